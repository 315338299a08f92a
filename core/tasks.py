from datetime import timedelta

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from . import outbox
from .models import IdempotencyRecord, OutboxEvent

DONE_EVENTS_KEPT = timedelta(days=7)
IDEMPOTENCY_RECORDS_KEPT = timedelta(days=7)
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
    """Wake every row that is due. Sends ids only, so a large backlog spreads over all workers."""
    cache.set(HEARTBEAT_KEY, timezone.now().timestamp(), 300)
    for event_id in outbox.due_ids():
        run_event.apply_async((event_id,), expires=30)


@shared_task
def prune() -> None:
    """Forget what nobody will ask for again."""
    now = timezone.now()
    OutboxEvent.objects.filter(status="done", finished_at__lt=now - DONE_EVENTS_KEPT).delete()
    IdempotencyRecord.objects.filter(created_at__lt=now - IDEMPOTENCY_RECORDS_KEPT).delete()
