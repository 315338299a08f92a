"""A ticket says that a question's next wave is due. It is a row: whoever takes it, takes it once."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.models import Priority
from core.prepared import OnConflict, insert

from ...models import Question, Ticket
from .rules import slot_end

logger = logging.getLogger(__name__)


def issue(question: Question, number: int, *, due_at: datetime | None = None) -> None:
    """The wave is due: now where nobody else asks, else with the others of the slot, or at `due_at` (UTC).

    The same number again is a quiet no-op.
    """
    now = timezone.now()
    due_at = due_at or _soon(now)
    ticket = Ticket(question=question, number=number, created_at=now, due_at=due_at)
    insert(ticket, on_conflict=OnConflict.IGNORE, unique=("question", "number"))
    if due_at <= now:
        wake()


def issue_all(waves: Sequence[tuple[Question, int]]) -> None:
    """As `issue` for each question's wave of this number; several are due with the others of the slot."""
    if len(waves) == 1:
        issue(*waves[0])
        return
    now = timezone.now()
    due_at = slot_end(now)
    rows = [Ticket(question=question, number=number, created_at=now, due_at=due_at) for question, number in waves]
    Ticket.objects.bulk_create(rows, ignore_conflicts=True)
    if rows and due_at <= now:
        wake()


def wake() -> None:
    """Have what is due done after commit; where the message is lost, the next second's does it."""
    from ...tasks import tick  # Tasks import this package.

    def send():
        try:
            tick.apply_async(expires=5, retry=False, priority=Priority.FIRST)
        except tick.OperationalError as error:
            logger.warning("dispatch not woken, the next second will be: %s", error)

    transaction.on_commit(send)


def _soon(now: datetime) -> datetime:
    if not settings.QA_BATCH_SECONDS:
        return now
    newest = Ticket.objects.order_by("-pk").values_list("created_at", flat=True).first()
    alone = newest is None or newest <= now - timedelta(seconds=settings.QA_BATCH_SECONDS)
    return now if alone else slot_end(now)
