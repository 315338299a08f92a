"""Tickets that are due are taken together and solved as one assignment.

A ticket is locked while its question is matched, so that a second dispatcher takes the others; a worker that dies
lets go of them at once. Questions are locked only for the writing, and one that somebody else holds at that moment
waits for the next second: nothing here waits for a lock of a question.
"""

import logging
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from core.prepared import Prepared, any_of
from merchants.models import Membership
from shops.models import Block

from ...matching import Match, Request
from ...matching.rates import still_coming
from ...matching.scoring import enough
from ...models import Invitation, PreparedAnswer, Question, Ticket
from ...need import Need
from .. import prepared
from . import waves
from .rules import is_due, last_waves, places_taken, schedule

logger = logging.getLogger(__name__)

# Of whom was asked before, and what may still come of it.
ASKED = (
    "question_id", "shop_id", "status", "created_at", "deadline_at",
    "features__answers", "features__seconds", "features__timed",
)  # fmt: skip
# Shops that just missed the wave are kept for ops' story, and step in where another has no room any more.
RUNNERS_UP = 15
# A ticket that breaks the dispatcher is tried again after this.
BROKEN_FOR = timedelta(seconds=30)


@dataclass
class Asking:
    """A wave in the making."""

    ticket: Ticket
    question: Question
    # Answers that the wave should promise; fewer shops are asked where fewer do.
    hope: float = math.inf
    matches: Sequence[Match] = field(default_factory=list)

    number = property(lambda self: self.ticket.number)
    most = property(lambda self: schedule(self.ticket.number)[0])
    seconds = property(lambda self: schedule(self.ticket.number)[1].total_seconds())

    @property
    def size(self) -> int:
        """How many shops are asked: the schedule's number, or as many of the best as promise enough."""
        fitting = [match.features.get("answers", 0.0) for match in self.matches if not match.reason]
        return enough(fitting, places=self.most, hope=self.hope)


def dispatch_due(limit: int | None = None) -> int:
    """Open the waves that are due; returns how many tickets were looked at."""
    return _dispatch(Ticket.objects.filter(due_at__lte=timezone.now()), limit or settings.QA_BATCH_SIZE)


def dispatch_question(question_id: int) -> None:
    """Open the question's next wave, if one is due or in this slot. Calling it again changes nothing."""
    soon = timezone.now() + timedelta(seconds=settings.QA_BATCH_SECONDS)
    _dispatch(Ticket.objects.filter(question=question_id, due_at__lte=soon), 1)


def _dispatch(due: QuerySet[Ticket], limit: int) -> int:
    due = due.filter(done_at=None).order_by("due_at", "pk")
    _answer_from_prepared(due[:limit])
    try:
        with transaction.atomic():
            taken = _take(due, limit)
            _open(taken)
    except Exception:  # One question that can't be matched must not keep the others waiting.
        logger.exception("a batch of %s could not be dispatched", limit)
    else:
        return len(taken)
    return sum(_alone(ticket) for ticket in due[:limit])


def _take(due: QuerySet[Ticket], limit: int) -> list[Ticket]:
    return list(due.select_for_update(skip_locked=True, of=("self",)).select_related("question")[:limit])


def _alone(ticket: Ticket) -> int:
    try:
        with transaction.atomic():
            _open(_take(Ticket.objects.filter(pk=ticket.pk, done_at=None), 1))
    except Exception:  # Whatever it is, ops read of it, and this question alone waits for the next try.
        logger.exception("question could not be dispatched", extra={"ticket_id": ticket.pk})
        Ticket.objects.filter(pk=ticket.pk, done_at=None).update(due_at=timezone.now() + BROKEN_FOR)
    return 1


def _answer_from_prepared(due: QuerySet[Ticket]) -> None:
    """Wave 0, before shops are asked: what they have prepared for just this kind of question."""
    categories = PreparedAnswer.objects.in_use().order_by().values("category")
    first = Question.objects.filter(pk__in=[ticket.question_id for ticket in due if ticket.number == 1])
    for question in first.filter(category__in=categories):
        try:
            prepared.answer_automatically(question)
        except Exception:  # People are asked all the same.
            logger.exception("prepared answers failed", extra={"question_id": question.pk})


def _open(taken: Sequence[Ticket]) -> None:
    if not taken:
        return
    now = timezone.now()
    askings = [Asking(ticket, ticket.question) for ticket in taken]
    for asking, matches in zip(askings, _look_up(askings, now), strict=True):
        asking.matches = matches
    held, ready = _still_due(askings)
    opened = waves.open_waves(ready, timezone.now())
    over = [ask.ticket.pk for ask in held if ask not in ready] + [ask.ticket.pk for ask in opened]
    Ticket.objects.filter(pk__in=over).update(done_at=timezone.now())


def _look_up(askings: Sequence[Asking], now: datetime) -> list[list[Match]]:
    """Before any question is locked: reading the catalogue is the long part."""
    questions = [asking.question for asking in askings]
    asked = list(Invitation.objects.filter(question__in=questions).order_by().values_list(*ASKED))
    excluded, hopes = _not_to_ask(questions, asked), _hopes(questions, asked, now)
    for asking in askings:
        asking.hope = hopes[asking.question.pk]
    requests = [
        Request(
            need=Need.from_json(asking.question.need),
            exclude=excluded[asking.question.pk],
            limit=asking.most + RUNNERS_UP,
            widened=asking.number >= settings.QA_WIDENED_FROM,
            buyer_id=asking.question.buyer_id,
            places=asking.most,
            hope=asking.hope,
            wave=asking.number,
            within=asking.seconds,
            seed=asking.question.pk * 100 + asking.number,
        )
        for asking in askings
    ]
    return import_string(settings.QA_MATCHER)(requests, at=now)


def _not_to_ask(questions: Sequence[Question], asked: Sequence[tuple]) -> dict[int, set[int]]:
    """For each question the shops that were asked already, those where the buyer works, and where one blocks the other."""
    buyers = list({question.buyer_id for question in questions})
    barred: dict[int, set[int]] = defaultdict(set)
    for buyer, shop in [*_own_shops.rows(buyers=buyers), *_blocks.rows(buyers=buyers)]:
        barred[buyer].add(shop)
    excluded = {question.pk: set(barred[question.buyer_id]) for question in questions}
    for question, shop, *_rest in asked:
        excluded[question].add(shop)
    return excluded


@Prepared(buyers=list)
def _own_shops(buyers):
    own = Membership.objects.filter(any_of("user_id", buyers), removed_at=None, merchant__shop__isnull=False)
    return own.order_by().values_list("user_id", "merchant__shop__pk")


@Prepared(buyers=list)
def _blocks(buyers):
    return Block.objects.filter(any_of("buyer_id", buyers)).order_by().values_list("buyer_id", "shop_id")


def _hopes(questions: Sequence[Question], asked: Sequence[tuple], now: datetime) -> dict[int, float]:
    """For each question the answers that its next wave should promise: QA_ENOUGH for each place that is left, less
    what the shops that are still silent may yet answer."""
    if not settings.QA_ENOUGH:
        return {question.pk: math.inf for question in questions}
    taken = places_taken([question.pk for question in questions]) if asked else {}
    hopes = {
        question.pk: settings.QA_ENOUGH * (settings.QA_MAX_ANSWERS - taken.get(question.pk, 0))
        for question in questions
    }
    for question, _shop, status, since, until, *known in asked:
        # Who took the question up by itself was never judged.
        if status in Invitation.OPEN and None not in known:
            waited, whole = (now - since).total_seconds(), (until - since).total_seconds()
            hopes[question] -= still_coming(*known, waited=waited, until=whole)
    return hopes


def _still_due(askings: Sequence[Asking]) -> tuple[list[Asking], list[Asking]]:
    """With their questions locked: those that could be locked, and of these the ones whose wave may open."""
    ids = [asking.question.pk for asking in askings]
    locked = Question.objects.select_for_update(skip_locked=True, of=("self",)).select_related("buyer")
    questions = {row.pk: row for row in locked.filter(pk__in=ids).order_by("pk")}
    last, taken = last_waves(questions), places_taken(questions)
    held = [asking for asking in askings if asking.question.pk in questions]
    for asking in held:
        asking.question = questions[asking.question.pk]
    ready = [
        asking
        for asking in held
        if is_due(asking.question, asking.number, last.get(asking.question.pk), taken.get(asking.question.pk, 0))
    ]
    return held, ready
