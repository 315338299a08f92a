"""What a worker takes first from Redis."""

import pytest
from django.db import transaction
from django.utils import timezone

from core import outbox, tasks
from core.models import OutboxEvent, Priority
from core.tasks import sweep_outbox
from qa.services.dispatching import tickets
from weixuan.celery import app

pytestmark = pytest.mark.django_db(transaction=True)


def push(number: int) -> OutboxEvent:
    return OutboxEvent.objects.create(
        kind="notifications.push", key=f"push {number}", due_at=timezone.now(), priority=Priority.LATER
    )


def sweep_with_messages_before_an_answer(messages: int) -> None:
    taken()
    for number in range(messages):
        push(number)
    OutboxEvent.objects.create(kind="qa.screen_answer", key="answer", due_at=timezone.now())
    sweep_outbox()


def taken() -> list[str]:
    """The names of all waiting tasks, with a row's kind, in the order in which a worker would take them."""
    found = []
    with app.connection_for_read() as connection:
        queue = app.amqp.queues["celery"](connection.default_channel)
        while (message := queue.get(no_ack=True)) is not None:
            args = message.payload[0]
            some = args[0] if args else []
            row = OutboxEvent.objects.filter(pk__in=some if isinstance(some, list) else [some]).first()
            found.append(row.kind if row else message.headers["task"])
    return found


def test_dispatch_comes_before_other_work_and_messages_to_phones_come_last():
    sweep_with_messages_before_an_answer(20)
    tickets.wake()
    first, second, *others = taken()
    assert (first, second) == ("qa.tasks.tick", "qa.screen_answer")
    assert others == ["notifications.push"] * 20


def test_a_new_row_overtakes_messages_to_phones_that_were_there_before():
    taken()
    with transaction.atomic():
        outbox.enqueue(kind="notifications.push", key="one")
        outbox.enqueue_many(kind="notifications.push", promises=[outbox.Promise("two", {})])
        outbox.enqueue(kind="qa.screen_answer", key="answer")
    assert [name for name in taken() if name.startswith("qa.")] == ["qa.screen_answer"]
    with transaction.atomic():
        outbox.enqueue(kind="notifications.push", key="three")
        outbox.enqueue(kind="qa.screen_answer", key="another")
    assert taken() == ["qa.screen_answer", "notifications.push"]


def test_the_sweep_wakes_what_is_urgent_behind_more_than_it_reads_at_a_time():
    sweep_with_messages_before_an_answer(600)
    first, *others = taken()
    assert (first, len(others)) == ("qa.screen_answer", 500)


def test_the_sweep_leaves_what_can_wait_alone_while_much_is_on_its_way(monkeypatch):
    taken()
    monkeypatch.setattr(tasks, "MANY_ON_THEIR_WAY", 3)
    for number in range(3):
        push(number)
    for _second in range(2):
        sweep_outbox()
    OutboxEvent.objects.create(kind="qa.screen_answer", key="answer", due_at=timezone.now())
    sweep_outbox()
    assert taken() == ["qa.screen_answer", *["notifications.push"] * 3]
