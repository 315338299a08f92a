from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from core import outbox
from core.models import OutboxEvent, Priority

KIND = "qa.expire"
calls: list[int] = []


def handler(question_id):
    calls.append(question_id)


def retrying(question_id):
    raise outbox.Retry("busy", after=5)


def unknown(question_id):
    raise outbox.Unknown("timeout", "no answer")


def giving_up(question_id):
    raise outbox.GiveUp("refused")


def crashing(question_id):
    raise KeyError("bug")


@pytest.fixture(autouse=True)
def no_calls():
    calls.clear()


@pytest.fixture
def handled_by(settings):
    def use(function):
        settings.OUTBOX_HANDLERS = {KIND: f"{__name__}.{function.__name__}"}

    use(handler)
    return use


@pytest.fixture
def event(db, handled_by):
    with transaction.atomic():
        return outbox.enqueue(kind=KIND, key="1", payload={"question_id": 1})


def test_enqueue_refuses_a_kind_without_handler(db, handled_by):
    with pytest.raises(ValueError, match="no handler"):
        outbox.enqueue(kind="nobody.does", key="1")


@pytest.mark.django_db(transaction=True)
def test_enqueue_refuses_outside_a_transaction(handled_by):
    with pytest.raises(RuntimeError):
        outbox.enqueue(kind=KIND, key="1")
    assert not OutboxEvent.objects.exists()


def test_enqueue_twice_is_one_event(event):
    assert outbox.enqueue(kind=KIND, key="1") == event
    assert OutboxEvent.objects.count() == 1


def test_run_calls_the_handler_once(event):
    assert outbox.run(event.pk)
    assert not outbox.run(event.pk)
    assert calls == [1]
    event.refresh_from_db()
    assert event.status == "done" and event.finished_at


def test_run_before_it_is_due_does_nothing(db, handled_by):
    event = outbox.enqueue(kind=KIND, key="2", due_at=timezone.now() + timedelta(hours=1))
    assert not outbox.run(event.pk)
    assert calls == []
    assert outbox.due_ids(Priority.USUAL) == []


@pytest.mark.parametrize(
    ("function", "status", "code"),
    [(retrying, "pending", "busy"), (unknown, "unknown", "timeout"), (giving_up, "failed", "refused")],
)
def test_run_records_the_outcome(event, handled_by, function, status, code):
    handled_by(function)
    outbox.run(event.pk)
    event.refresh_from_db()
    assert (event.status, event.error_code) == (status, code)


def test_a_bug_in_a_handler_costs_a_retry_not_the_row(event, handled_by, caplog):
    handled_by(crashing)
    outbox.run(event.pk)
    event.refresh_from_db()
    assert (event.status, event.error_code) == ("pending", "KeyError")
    assert event.due_at > timezone.now()
    assert "outbox handler failed" in caplog.text


def test_after_the_last_attempt_the_row_is_given_up(event, handled_by):
    handled_by(retrying)
    OutboxEvent.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    outbox.run(event.pk)
    event.refresh_from_db()
    assert event.status == "failed"


def test_a_lease_that_ran_out_is_taken_up_again(event):
    claimed = outbox.claim(event.pk)
    assert outbox.claim(event.pk) is None
    OutboxEvent.objects.update(due_at=timezone.now())
    assert outbox.due_ids(Priority.USUAL) == [event.pk]
    assert outbox.run(event.pk)
    # The first worker wakes up late: its outcome no longer counts.
    outbox._finish(claimed, OutboxEvent.Status.FAILED, "late")
    event.refresh_from_db()
    assert event.status == "done"


def test_cancel_takes_back_only_what_is_not_done(event):
    outbox.cancel(kind=KIND, key="1")
    assert not outbox.run(event.pk)
    assert calls == []


def test_retry_now_makes_a_given_up_row_due(event, handled_by):
    handled_by(giving_up)
    outbox.run(event.pk)
    handled_by(handler)
    outbox.retry_now(event=event)
    assert outbox.run(event.pk)
    assert calls == [1]


def test_a_rolled_back_transaction_leaves_no_promise(db, handled_by):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.enqueue(kind=KIND, key="3")
        raise ZeroDivisionError
    assert not OutboxEvent.objects.exists()


def test_a_row_that_kills_its_worker_is_given_up(event):
    """Nothing comes back from such an attempt, so the next claim counts it."""
    for _number in range(outbox.MAX_ATTEMPTS):
        assert outbox.claim(event.pk)
        OutboxEvent.objects.update(due_at=timezone.now())
    assert outbox.claim(event.pk) is None
    event.refresh_from_db()
    assert (event.status, event.error_code) == ("failed", "worker_lost")
    outbox.retry_now(event=event)
    assert outbox.run(event.pk)


def revealing(question_id):
    raise ValueError('null value in column "name"\nDETAIL: Failing row contains (1, 林晓, 13800006072)')


def test_the_values_of_a_row_that_failed_are_not_kept(event, handled_by):
    handled_by(revealing)
    outbox.run(event.pk)
    event.refresh_from_db()
    assert event.error == 'null value in column "name"'
