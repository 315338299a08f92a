"""The outbox: Celery wakes, the database remembers.

A service calls `enqueue` inside its own transaction. After commit a Celery task is sent as a
wake-up; whether it arrives or not, the sweeper takes up every row that is due. A handler is named
in `settings.OUTBOX_HANDLERS` and called with the payload as keyword arguments, outside any
transaction. It may be called again after a crash, so its effect is guarded by a state or a key of
its own. To speak of the outcome it raises:

- `Retry(code, after=seconds)`: try again later; after MAX_ATTEMPTS the row is given up;
- `GiveUp(code)`: it can never succeed; ops see it;
- `Unknown(code)`: it may or may not have happened and must not be repeated blindly; ops decide.

Any other exception counts as `Retry` and is logged.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from .models import OutboxEvent, Priority
from .prepared import OnConflict, Prepared, insert

logger = logging.getLogger(__name__)

# A handler that has not finished within its lease is presumed dead and called again.
LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 30
WOKEN_TOGETHER = 10
MAX_BACKOFF_SECONDS = 3600


class Outcome(Exception):
    """How a handler says that it did not simply succeed."""

    def __init__(self, code: str, message: str = ""):
        self.code, self.message = code, message
        super().__init__(f"{code} {message}".strip())


class Retry(Outcome):
    def __init__(self, code: str, message: str = "", *, after: float | None = None):
        super().__init__(code, message)
        self.after = after


class GiveUp(Outcome):
    pass


class Unknown(Outcome):
    pass


def enqueue(*, kind: str, key: str, payload: dict | None = None, due_at: datetime | None = None) -> OutboxEvent:
    """Promise that `kind` happens for `key`, once, at `due_at` (UTC; now if None).

    The same (kind, key) again is a quiet no-op. `payload` holds ids, never personal data.

    Raises:
        ValueError: the kind has no handler.
        RuntimeError: called outside a transaction, where the promise could outlive its reason.
    """
    if kind not in settings.OUTBOX_HANDLERS:
        raise ValueError(f"{kind} has no handler in OUTBOX_HANDLERS")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an outbox row belongs to the transaction that makes its effect due")
    now = timezone.now()
    event = OutboxEvent(kind=kind, key=key, payload=payload or {}, priority=priority_of(kind), due_at=due_at or now)
    insert(event, on_conflict=OnConflict.UPDATE, unique=("kind", "key"))
    if event.due_at <= now:
        wake(event.pk, event.priority)
    return event


@dataclass(frozen=True)
class Promise:
    """One of many: what `enqueue` takes."""

    key: str
    payload: dict


def enqueue_many(*, kind: str, promises: Sequence[Promise], due_at: datetime | None = None) -> None:
    """As `enqueue` for each of them, in one statement and with few wake-ups.

    Raises:
        ValueError, RuntimeError: as `enqueue`.
    """
    if kind not in settings.OUTBOX_HANDLERS:
        raise ValueError(f"{kind} has no handler in OUTBOX_HANDLERS")
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("outbox rows belong to the transaction that makes their effects due")
    now, priority = timezone.now(), priority_of(kind)
    # "Updated" to what they are where they are there, so that PostgreSQL returns their keys; in one order for all.
    events = OutboxEvent.objects.bulk_create(
        [
            OutboxEvent(kind=kind, key=promise.key, payload=promise.payload, priority=priority, due_at=due_at or now)
            for promise in sorted(promises, key=lambda promise: promise.key)
        ],
        update_conflicts=True,
        unique_fields=["kind", "key"],
        update_fields=["kind"],
    )
    if due_at is None or due_at <= now:
        wake_many([event.pk for event in events], priority)


def cancel(*, kind: str, key: str) -> None:
    """Take back a promise that has not been kept yet: a deadline that no longer matters."""
    _cancelled.update(kind=kind, key=key, now=timezone.now())


@Prepared(kind=str, key=str, now=datetime)
def _cancelled(kind, key, now):
    waiting = OutboxEvent.objects.filter(kind=kind, key=key, status=OutboxEvent.Status.PENDING)
    return waiting, {"status": OutboxEvent.Status.CANCELLED, "finished_at": now}


def priority_of(kind: str) -> int:
    return Priority.LATER if kind in settings.OUTBOX_LATER else Priority.USUAL


def wake(event_id: int, priority: int) -> None:
    """Ask a worker for the row after commit. A broker that is down only costs the sweep's interval."""
    if not settings.OUTBOX_WAKES:
        return
    from .tasks import run_event  # Tasks import this module.

    def send():
        try:
            run_event.apply_async((event_id,), expires=60, retry=False, priority=priority)
        except run_event.OperationalError as error:
            logger.warning("wake-up not sent, the sweep will find it: %s", error)

    transaction.on_commit(send)


def wake_many(event_ids: Sequence[int], priority: int) -> None:
    """As `wake`, with a message for every WOKEN_TOGETHER rows: a worker takes them one after another."""
    from .tasks import run_events  # Tasks import this module.

    def send():
        for start in range(0, len(event_ids), WOKEN_TOGETHER):
            try:
                some = event_ids[start : start + WOKEN_TOGETHER]
                run_events.apply_async((some,), expires=60, retry=False, priority=priority)
            except run_events.OperationalError as error:
                logger.warning("wake-up not sent, the sweep will find it: %s", error)
                return

    transaction.on_commit(send)


def claim(event_id: int) -> OutboxEvent | None:
    """Take a due row for LEASE. None if it is not due, finished, or someone else's.

    A row whose last attempt never came back is given up: whatever it does to its worker, it would do again.
    """
    now = timezone.now()
    event = _due.first(pk=event_id, now=now)
    if event is None:
        return None
    if event.attempts >= MAX_ATTEMPTS:
        _finish(event, OutboxEvent.Status.FAILED, "worker_lost")
        return None
    # Guarded by the attempt: of two workers that saw the row one takes it.
    if not _claimed.update(pk=event_id, now=now, seen=event.attempts, attempts=event.attempts + 1, lease=now + LEASE):
        return None
    event.status, event.due_at, event.attempts = OutboxEvent.Status.RUNNING, now + LEASE, event.attempts + 1
    return event


def _open(pk, now):
    return OutboxEvent.objects.filter(pk=pk, due_at__lte=now, status__in=["pending", "running"])


@Prepared(pk=int, now=datetime)
def _due(pk, now):
    return _open(pk, now).order_by()


@Prepared(pk=int, now=datetime, seen=int, attempts=int, lease=datetime)
def _claimed(pk, now, seen, attempts, lease):
    changes = {"status": OutboxEvent.Status.RUNNING, "due_at": lease, "attempts": attempts}
    return _open(pk, now).filter(attempts=seen), changes


def run(event_id: int) -> bool:
    """Claim one row and call its handler. True if this call ran it."""
    event = claim(event_id)
    if event is None:
        return False
    try:
        import_string(settings.OUTBOX_HANDLERS[event.kind])(**event.payload)
    except Retry as outcome:
        _postpone(event, outcome.code, outcome.message, outcome.after)
    except GiveUp as outcome:
        _finish(event, OutboxEvent.Status.FAILED, outcome.code, outcome.message)
    except Unknown as outcome:
        _finish(event, OutboxEvent.Status.UNKNOWN, outcome.code, outcome.message)
    except Exception as error:  # A handler's bug must cost a retry, never the row.
        logger.exception("outbox handler failed", extra={"event_kind": event.kind, "event_id": event.pk})
        # PostgreSQL tells the row's values from the second line on: people's, which ops' pages must not show.
        _postpone(event, type(error).__name__, str(error).partition("\n")[0].replace("\0", ""), None)
    else:
        _finish(event, OutboxEvent.Status.DONE)
    return True


def due_ids(priority: Priority, limit: int = 500) -> list[int]:
    """Rows whose time has come, oldest first: new ones, retries, and leases that ran out."""
    return list(
        OutboxEvent.objects.filter(priority=priority, due_at__lte=timezone.now(), status__in=["pending", "running"])
        .order_by("due_at")
        .values_list("pk", flat=True)[:limit]
    )


def retry_now(*, event: OutboxEvent) -> None:
    """Ops' retry button: a given-up or unknown row becomes due again."""
    with transaction.atomic():
        changed = OutboxEvent.objects.filter(pk=event.pk, status__in=["failed", "unknown", "pending"]).update(
            status=OutboxEvent.Status.PENDING, due_at=timezone.now(), attempts=0, finished_at=None
        )
        if changed:
            wake(event.pk, event.priority)


def _finish(event: OutboxEvent, status: str, code: str = "", message: str = "") -> None:
    # Guarded by the attempt: a row whose lease ran out belongs to whoever claimed it after us.
    _finished.update(
        pk=event.pk,
        attempts=event.attempts,
        status=str(status),
        code=code[:64],
        message=message[:500],
        now=timezone.now(),
    )


@Prepared(pk=int, attempts=int, status=str, code=str, message=str, now=datetime)
def _finished(pk, attempts, status, code, message, now):
    ours = OutboxEvent.objects.filter(pk=pk, attempts=attempts, status__in=["pending", "running"])
    return ours, {"status": status, "error_code": code, "error": message, "finished_at": now}


def _postpone(event: OutboxEvent, code: str, message: str, after: float | None) -> None:
    if event.attempts >= MAX_ATTEMPTS:
        _finish(event, OutboxEvent.Status.FAILED, code, message)
        return
    seconds = after if after is not None else min(2**event.attempts, MAX_BACKOFF_SECONDS)
    OutboxEvent.objects.filter(pk=event.pk, attempts=event.attempts, status="running").update(
        status=OutboxEvent.Status.PENDING,
        due_at=timezone.now() + timedelta(seconds=seconds),
        error_code=code[:64],
        error=message[:500],
    )
