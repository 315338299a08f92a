from datetime import timedelta

from celery import current_app, shared_task
from django.core.cache import cache
from django.utils import timezone

from . import outbox
from .models import IdempotencyRecord, OutboxEvent, Priority

DONE_EVENTS_KEPT = timedelta(days=7)
IDEMPOTENCY_RECORDS_KEPT = timedelta(days=7)
MANY_ON_THEIR_WAY = 500
HEARTBEAT_KEY = "worker-heartbeat"


@shared_task(autoretry_for=())
def run_event(event_id: int) -> None:
    outbox.run(event_id)


@shared_task(autoretry_for=())
def run_events(event_ids: list[int]) -> None:
    """Several rows one after another; those that a lost worker leaves behind are the sweep's."""
    for event_id in event_ids:
        outbox.run(event_id)


@shared_task
def sweep_outbox() -> None:
    """Wake every row that is due. Sends ids only, so a large backlog spreads over all workers.

    What can wait is left alone while much is on its way: most of that are its own wake-ups, and each second's sweep
    would put them there once more.
    """
    cache.set(HEARTBEAT_KEY, timezone.now().timestamp(), 300)
    _wake_all(Priority.USUAL)
    if _on_their_way() < MANY_ON_THEIR_WAY:
        _wake_all(Priority.LATER)


def _wake_all(priority: Priority) -> None:
    for event_id in outbox.due_ids(priority):
        run_event.apply_async((event_id,), expires=30, priority=priority)


def _on_their_way() -> int:
    """How many tasks of every priority wait in Redis."""
    with current_app.connection_for_write() as connection:
        queue = current_app.amqp.queues[current_app.conf.task_default_queue](connection.default_channel)
        return queue.queue_declare().message_count


@shared_task
def prune() -> None:
    """Forget what nobody will ask for again."""
    now = timezone.now()
    OutboxEvent.objects.filter(status="done", finished_at__lt=now - DONE_EVENTS_KEPT).delete()
    IdempotencyRecord.objects.filter(created_at__lt=now - IDEMPOTENCY_RECORDS_KEPT).delete()
