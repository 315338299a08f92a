"""Dispatch: shops are asked in waves. Nobody is asked twice, and every deadline is an outbox row.

A wave's deadline says when the next shops are asked. A shop that was asked may answer until the schedule's end,
unless the places for answers are taken first. Every change of a question happens under its row's lock, so that
answers, deadlines, passes and adoption come one after another, in whichever order.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from core import audit, outbox
from core.locks import lock_row
from shops.models import Shop

from ..matching import Match
from ..models import Consideration, Invitation, Question, Wave
from ..need import Need
from . import prepared, telling
from .standing import Event, Noted, note, note_invitations

# Shops that just missed the wave are kept for ops' story.
RUNNERS_UP = 15


def dispatch_question(question_id: int) -> None:
    """Outbox handler: open the question's next wave, if one is due. Calling it again changes nothing."""
    question = Question.objects.get(pk=question_id)
    number = _next_wave(question)
    if number is None:
        return
    if number == 1:
        # Wave 0: what shops have prepared for just this kind of question.
        prepared.answer_automatically(question)
    now = timezone.now()
    size, seconds = settings.QA_WAVES[number - 1]
    # Looked up before the lock is taken: reading the catalogue is the long part.
    matches = import_string(settings.QA_MATCHER)(
        Need.from_json(question.need), exclude=_not_to_ask(question), limit=size + RUNNERS_UP, at=now
    )
    with transaction.atomic():
        question = lock_row(question)
        if _next_wave(question) != number:
            return  # Another dispatcher was faster, or the question has ended.
        _open_wave(question, number, matches, now, timedelta(seconds=seconds))


def close_wave(wave_id: int) -> None:
    """Outbox handler: do what the clock says is due for this wave: lapse, close, ask the next shops, tell the buyer."""
    wave = Wave.objects.select_related("question").get(pk=wave_id)
    with transaction.atomic():
        question = lock_row(wave.question)
        _lapse(question, timezone.now())
        advance(question)


def advance(question: Question) -> None:
    """Go on with a locked question: close the wave when its time is up or nobody in it is left to wait for."""
    if not question.is_live:
        return
    wave = question.waves.order_by("number").last()
    if wave is None:
        return
    if wave.closed_at is None:
        waiting = wave.invitations.filter(status__in=Invitation.OPEN).exists()
        if waiting and wave.deadline_at > timezone.now():
            return
        Wave.objects.filter(pk=wave.pk).update(closed_at=timezone.now())
        outbox.cancel(kind="qa.close_wave", key=f"{wave.pk}:deadline")
    if _next_wave(question) is not None:
        outbox.enqueue(
            kind="qa.dispatch",
            key=f"{question.public_id}:{wave.number + 1}",
            payload={"question_id": question.pk},
        )
    else:
        _conclude(question)


def withdraw_invitations(question: Question, *, also: Sequence[Noted] = ()) -> None:
    """Nobody needs to answer any more: free the shops that are still at it. The question is locked.

    Args:
        also: what else this transaction has to note of shops; all of it is noted at once.
    """
    rows = list(question.invitations.open().select_related("shop"))
    question.invitations.open().update(status=Invitation.Status.WITHDRAWN, finished_at=timezone.now())
    for wave in question.waves.filter(closed_at=None):
        outbox.cancel(kind="qa.close_wave", key=f"{wave.pk}:deadline")
    for wave in question.waves.all():
        outbox.cancel(kind="qa.close_wave", key=f"{wave.pk}:window")
    question.waves.filter(closed_at=None).update(closed_at=timezone.now())
    note([*also, *(Noted(Event.WITHDRAWN, row.shop_id, question.category_id) for row in rows)])
    for invitation in rows:
        telling.invitation_changed(invitation)


def places_left(question: Question) -> int:
    return max(0, settings.QA_MAX_ANSWERS - question.answers.holding_a_place().places())


def _next_wave(question: Question) -> int | None:
    """The number of the wave that is due, or None: one is open, all are over, the places are taken, it has ended."""
    if not question.is_live:
        return None
    last = question.waves.order_by("number").last()
    if last is not None and (last.closed_at is None or last.size == 0):
        return None
    number = last.number + 1 if last else 1
    return number if number <= len(settings.QA_WAVES) and places_left(question) else None


def _not_to_ask(question: Question) -> set[int]:
    """Shops that were asked already, and those where the buyer works."""
    asked = question.invitations.values_list("shop_id", flat=True)
    own = Shop.objects.filter(
        merchant__memberships__user=question.buyer_id, merchant__memberships__removed_at=None
    ).values_list("pk", flat=True)
    return {*asked, *own}


def _open_wave(question: Question, number: int, matches: Sequence[Match], now: datetime, lasts: timedelta) -> None:
    chosen = [match for match in matches if not match.reason][: settings.QA_WAVES[number - 1][0]]
    wave = Wave.objects.create(
        question=question,
        number=number,
        size=len(chosen),
        opened_at=now,
        deadline_at=now + lasts if chosen else now,
        closed_at=None if chosen else now,
    )
    _keep_story(question, number, matches, {match.shop_id for match in chosen})
    if not chosen:
        _conclude(question)
        return
    window_ends = now + timedelta(seconds=sum(seconds for _, seconds in settings.QA_WAVES[number - 1 :]))
    invitations = Invitation.objects.bulk_create(
        Invitation(
            question=question,
            wave=wave,
            shop_id=match.shop_id,
            deadline_at=window_ends,
            features=match.features,
            propensity=match.propensity,
        )
        for match in chosen
    )
    note_invitations(Event.ASKED, invitations, category_id=question.category_id)
    for name, due_at in {"deadline": wave.deadline_at, "window": window_ends}.items():
        outbox.enqueue(kind="qa.close_wave", key=f"{wave.pk}:{name}", payload={"wave_id": wave.pk}, due_at=due_at)
    shops = Shop.objects.in_bulk([match.shop_id for match in chosen])
    for invitation in invitations:
        invitation.shop = shops[invitation.shop_id]
    telling.invited(question, invitations)
    telling.question_changed(question)
    audit.record(actor=None, action="qa.wave_opened", target=question, number=number, shops=len(chosen))


def _keep_story(question: Question, number: int, matches: Sequence[Match], chosen: set[int]) -> None:
    Consideration.objects.bulk_create(
        Consideration(
            question=question,
            wave_number=number,
            shop_id=match.shop_id,
            score=match.score,
            features=match.features,
            products=match.product_ids,
            asked=match.shop_id in chosen,
            reason=match.reason if match.shop_id not in chosen else "",
        )
        for match in matches
    )


def _lapse(question: Question, now: datetime) -> None:
    over = question.invitations.open().filter(deadline_at__lte=now).select_related("shop")
    rows = list(over)
    question.invitations.filter(pk__in=[row.pk for row in rows]).update(
        status=Invitation.Status.LAPSED, finished_at=now
    )
    note_invitations(Event.LAPSED, rows, category_id=question.category_id)
    for invitation in rows:
        telling.invitation_changed(invitation)
    if rows:
        telling.question_changed(question)


def _conclude(question: Question) -> None:
    """Every wave is over. Where nobody answered and nobody still may, the buyer is told, once."""
    if question.invitations.open().exists() or question.answers.holding_a_place().exists():
        return
    told = Question.objects.filter(pk=question.pk, no_answer_at=None).update(no_answer_at=timezone.now())
    if told:
        telling.nobody_answered(question)
        telling.question_changed(question)
        audit.record(actor=None, action="qa.nobody_answered", target=question)
