"""What happens when a wave is over, and when all are: the next shops, the pool, the buyer told, asked again later."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core import audit
from shops.models import Shop

from ...matching import Match
from ...models import Invitation, Question, Ticket, Wave
from .. import telling
from ..standing import Event, Noted, note
from . import tickets
from .rules import is_last, last_waves, places_left, places_taken

# Deadlines looked at in one transaction.
TOGETHER = 100
# A ticket that was due this much after it was made was for asking again.
AT_ONCE = timedelta(seconds=30)


def end_due() -> int:
    """Do what the clock says is due: invitations lapse, waves close, the next shops are asked. Returns for how many."""
    now = timezone.now()
    over = Invitation.objects.open().filter(deadline_at__lte=now).order_by("deadline_at")
    closing = Wave.objects.filter(closed_at=None, deadline_at__lte=now).order_by("deadline_at")
    due = {*over.values_list("question", flat=True)[:TOGETHER], *closing.values_list("question", flat=True)[:TOGETHER]}
    return _end(due, skip_locked=True) if due else 0


def close_wave(wave_id: int) -> None:
    """The same for the question of one wave."""
    _end([Wave.objects.values_list("question", flat=True).get(pk=wave_id)], skip_locked=False)


@transaction.atomic
def _end(question_ids: Iterable[int], *, skip_locked: bool) -> int:
    locked = Question.objects.select_for_update(skip_locked=skip_locked, of=("self",)).select_related("buyer")
    questions = {row.pk: row for row in locked.filter(pk__in=question_ids).order_by("pk")}
    now = timezone.now()
    over = Invitation.objects.open().filter(question__in=questions, deadline_at__lte=now)
    lapsed = list(over.select_related("shop").order_by("pk"))
    Invitation.objects.filter(pk__in=[row.pk for row in lapsed]).update(
        status=Invitation.Status.LAPSED, finished_at=now, lease_until=None
    )
    if lapsed:
        note([Noted(Event.LAPSED, row.shop_id, questions[row.question_id].category_id) for row in lapsed])
        telling.invitations_changed(lapsed)
        telling.questions_changed([questions[pk] for pk in sorted({row.question_id for row in lapsed})])
    advance_all(list(questions.values()))
    return len(questions)


def advance(question: Question) -> None:
    """Go on with a locked question: close the wave when its time is up or nobody in it is left to wait for."""
    advance_all([question])


def advance_all(questions: Sequence[Question]) -> None:
    """The same for several: what is read and written of their waves and tickets is so once for all of them."""
    now, last = timezone.now(), last_waves([question.pk for question in questions])
    over = _over([question for question in questions if question.pk in last], last, now)
    Wave.objects.filter(pk__in=[last[question.pk].pk for question in over], closed_at=None).update(closed_at=now)
    live = [question for question in over if question.is_live]
    taken = places_taken([question.pk for question in live])
    following = []
    for question in live:
        wave = last[question.pk]
        if not is_last(wave.number) and wave.size and taken.get(question.pk, 0) < settings.QA_MAX_ANSWERS:
            following.append((question, wave.number + 1))
        else:
            conclude(question)
    tickets.issue_all(following)


def _over(questions: Sequence[Question], last: dict[int, Wave], now: datetime) -> list[Question]:
    """Those whose last wave is closed, or has nobody or no time left to wait for."""
    running = [last[question.pk] for question in questions if last[question.pk].closed_at is None]
    asked = Invitation.objects.open().filter(wave__in=[wave.pk for wave in running if wave.deadline_at > now])
    waited_for = set(asked.order_by().values_list("wave", flat=True))
    return [question for question in questions if not (question.is_live and last[question.pk].pk in waited_for)]


def conclude(question: Question, matches: Sequence[Match] = ()) -> None:
    """Every wave is over. Whoever fits may take the question up by itself; where nobody answered and nobody still
    may, the buyer is told, once; and shops that could not be asked now are asked later.

    Args:
        matches: what the last wave found, where it asked nobody.
    """
    if not places_left(question):
        return
    now = timezone.now()
    if question.pooled_at is None:
        question.pooled_at = now
        Question.objects.filter(pk=question.pk).update(pooled_at=now)
    _ask_later(question, now)
    if question.invitations.open().exists() or question.answers.holding_a_place().exists():
        return
    told = Question.objects.filter(pk=question.pk, no_answer_at=None).update(no_answer_at=now)
    if told:
        question.no_answer_at = now
        telling.nobody_answered(question)
        telling.question_changed(question)
        audit.record(actor=None, action="qa.nobody_answered", target=question)


def _ask_later(question: Question, now: datetime) -> None:
    """A ticket for when sleeping shops wake, or for an hour later; QA_ASK_AGAIN times at most, while it lives."""
    last = question.waves.scheduled().order_by("number").last()
    following = last.number + 1 if last else 1
    tried = Ticket.objects.filter(question=question)
    if tried.filter(number=following, done_at=None).exists():
        return
    if tried.filter(due_at__gt=F("created_at") + AT_ONCE).count() >= settings.QA_ASK_AGAIN:
        return
    asleep = Shop.objects.filter(pk__in=question.considerations.filter(reason="quiet_hours").values("shop"))
    asleep = asleep.exclude(pk__in=question.invitations.values("shop"))
    opening = min((_next_start(shop, now) for shop in asleep), default=None)
    if opening is None and question.answers.holding_a_place().exists():
        return
    due_at = opening or now + timedelta(seconds=settings.QA_ASK_AGAIN_SECONDS)
    if due_at < question.expires_at:
        tickets.issue(question, following, due_at=due_at)


def _next_start(shop: Shop, now: datetime) -> datetime:
    local = timezone.localtime(now)
    start = local.replace(hour=shop.asks_from.hour, minute=shop.asks_from.minute, second=0, microsecond=0)
    return start if start > local else start + timedelta(days=1)


def withdraw_invitations(question: Question, *, also: Sequence[Noted] = ()) -> None:
    """Nobody needs to answer any more: free the shops that are still at it. The question is locked.

    Args:
        also: what else this transaction has to note of shops; all of it is noted at once.
    """
    now = timezone.now()
    rows = list(question.invitations.open().select_related("shop"))
    question.invitations.open().update(status=Invitation.Status.WITHDRAWN, finished_at=now, lease_until=None)
    question.waves.filter(closed_at=None).update(closed_at=now)
    note([*also, *(Noted(Event.WITHDRAWN, row.shop_id, question.category_id) for row in rows)])
    telling.invitations_changed(rows)
