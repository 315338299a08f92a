"""The shop's side: see, write, answer or pass."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, outbox
from core.errors import Invalid
from core.locks import lock_row
from orders.models import Quote
from orders.services import withdraw_quote
from shops import placeholders

from ..drafts import Draft, checked_day, checked_promises, checked_text
from ..errors import (
    AlreadyAnswered,
    CardChanged,
    PlacesHeld,
    QuestionClosed,
    SlotsTaken,
    TooLateToUndo,
    WindowOver,
)
from ..models import Answer, Invitation
from ..understanding import mask
from . import telling
from .dispatching import advance, check_open, hold
from .freezing import Card, check_cards, freeze
from .standing import Event, note_invitations


@transaction.atomic
def open_invitation(*, invitation: Invitation, by: User) -> None:
    """Staff have looked at the question; the buyer sees that. Later states stay."""
    now = timezone.now()
    changed = Invitation.objects.filter(pk=invitation.pk, status=Invitation.Status.ASKED, deadline_at__gt=now).update(
        status=Invitation.Status.SEEN, seen_at=now
    )
    invitation.refresh_from_db(fields=["status", "seen_at"])
    if changed:
        telling.question_changed(invitation.question)
        telling.invitation_changed(invitation)


def start_writing(*, invitation: Invitation, by: User) -> bool:
    """Staff have begun to write, or go on: they hold a place. False where none can be held."""
    try:
        hold(invitation=invitation, by=by)
    except (AlreadyAnswered, WindowOver, SlotsTaken, QuestionClosed, PlacesHeld):
        return False
    return True


def save_draft(*, invitation: Invitation, by: User, draft: Draft) -> None:
    """Keep what is being written, also after the time is up. An answer that was sent is not touched."""
    Invitation.objects.filter(pk=invitation.pk).exclude(status=Invitation.Status.ANSWERED).update(draft=draft.to_json())
    invitation.draft = draft.to_json()
    if not draft.is_empty:
        start_writing(invitation=invitation, by=by)


def answer(
    *,
    invitation: Invitation,
    by: User,
    text: str,
    cards: Sequence[Card] = (),
    promises: Sequence[str] = (),
    arrive_by: date | str | None = None,
) -> Answer:
    """Answer within the window. For QA_UNDO_SECONDS it can be taken back; then it is checked and shown.

    Prices, stock and promises of the cards are frozen in a quote each. What cannot be taken any more is refused and
    kept as the draft.

    Args:
        text: 1 to 500 characters; phone numbers and the like are hidden. Blanks of a phrase must have been filled.
        cards: at most three variants of this shop that are on sale and in stock, at the price at which they were
            picked (`seen_fen`).
        promises: the shop's promises for this answer, at most 6 of 20 characters.
        arrive_by: the promised day of arrival.

    Raises:
        Invalid, NotYoursToSell, CardChanged: with `fields`; AlreadyAnswered; WindowOver; SlotsTaken; QuestionClosed;
        PlacesHeld: others hold the last places while they write.
    """
    words = mask(checked_text(text))
    if left := placeholders.blanks(words):
        blanks = "、".join(map(placeholders.spelled, left))
        raise Invalid(fields={"text": [_("Fill in %(blanks)s first") % {"blanks": blanks}]})
    kept, arrival = checked_promises(list(promises)), checked_day(arrive_by)
    draft = Draft(
        text=text,
        cards=[_picked(card) for card in cards],
        promises=kept,
        arrive_by=arrival.isoformat() if arrival else "",
    )
    try:
        return _answer(invitation, by, words, cards, kept, arrival, draft)
    except (WindowOver, SlotsTaken, PlacesHeld, QuestionClosed, CardChanged):
        save_draft(invitation=invitation, by=by, draft=draft)
        raise


@transaction.atomic
def _answer(invitation, by, words, cards, promises, arrive_by, draft) -> Answer:
    question = lock_row(invitation.question)
    invitation = lock_row(invitation)
    check_open(question, invitation)
    # Read here, so that the price that is compared is the price that is frozen.
    cards = check_cards(invitation.shop, cards)
    given = Answer.objects.create(
        question=question,
        invitation=invitation,
        shop=invitation.shop,
        staff=by,
        text=words,
        promises=promises,
        arrive_by=arrive_by,
    )
    freeze(given, question, cards, by=by)
    invitation.status, invitation.finished_at = Invitation.Status.ANSWERED, timezone.now()
    invitation.draft, invitation.lease_until = draft.to_json(), None
    invitation.save(update_fields=["status", "finished_at", "draft", "lease_until"])
    note_invitations(Event.ANSWERED, [invitation], category_id=question.category_id)
    outbox.enqueue(
        kind="qa.screen_answer",
        key=given.public_id,
        payload={"answer_id": given.pk},
        due_at=timezone.now() + timedelta(seconds=settings.QA_UNDO_SECONDS),
    )
    audit.record(actor=by, action="qa.answered", target=given, question=question.public_id)
    telling.all_invitations_changed(question)
    advance(question)
    return given


@transaction.atomic
def take_back(*, answer: Answer, by: User) -> Invitation:
    """Undo an answer that has not gone out yet: it becomes a draft again and its place is free.

    Raises:
        TooLateToUndo: the seconds for it are over.
    """
    question = lock_row(answer.question)
    mine = Answer.objects.filter(pk=answer.pk, status=Answer.Status.SCREENING).first()
    if mine is None or timezone.now() >= mine.created_at + timedelta(seconds=settings.QA_UNDO_SECONDS):
        raise TooLateToUndo
    invitation = mine.invitation
    for quote in Quote.objects.filter(answer_card__answer=mine).order_by("pk"):
        withdraw_quote(quote=quote, by=by)
    audit.record(actor=by, action="qa.answer_taken_back", target=mine, question=question.public_id)
    outbox.cancel(kind="qa.screen_answer", key=mine.public_id)
    mine.delete()
    invitation.status, invitation.finished_at = Invitation.Status.WRITING, None
    # The place that the answer took is held on.
    invitation.lease_until = timezone.now() + timedelta(seconds=settings.QA_LEASE_SECONDS)
    invitation.save(update_fields=["status", "finished_at", "lease_until"])
    note_invitations(Event.ANSWER_TAKEN_BACK, [invitation], category_id=question.category_id)
    telling.all_invitations_changed(question)
    return invitation


@transaction.atomic
def pass_on(*, invitation: Invitation, by: User) -> None:
    """这题不会: free, and counted against nobody. Passing twice changes nothing.

    Raises:
        AlreadyAnswered; WindowOver: there is nothing left to pass on.
    """
    question = lock_row(invitation.question)
    locked = lock_row(invitation)
    if locked.status == Invitation.Status.PASSED:
        return
    if locked.status == Invitation.Status.ANSWERED:
        raise AlreadyAnswered
    if not locked.is_open:
        raise WindowOver
    Invitation.objects.filter(pk=locked.pk).update(
        status=Invitation.Status.PASSED, finished_at=timezone.now(), lease_until=None
    )
    note_invitations(Event.PASSED, [locked], category_id=question.category_id)
    audit.record(actor=by, action="qa.passed", target=locked)
    telling.question_changed(question)
    telling.all_invitations_changed(question)
    advance(question)


@transaction.atomic
def take_back_pass(*, invitation: Invitation, by: User) -> None:
    """Undo a pass while the window is open.

    Raises:
        TooLateToUndo: the question or the window is over.
    """
    question = lock_row(invitation.question)
    changed = (
        Invitation.objects.filter(pk=invitation.pk, status=Invitation.Status.PASSED, deadline_at__gt=timezone.now())
        if question.is_live
        else Invitation.objects.none()
    ).update(status=Invitation.Status.SEEN, finished_at=None)
    if not changed:
        raise TooLateToUndo
    note_invitations(Event.PASS_TAKEN_BACK, [invitation], category_id=question.category_id)
    telling.question_changed(question)
    telling.invitation_changed(invitation)


def _picked(card: Card) -> dict:
    price_fen = card.sku.price_fen if card.seen_fen is None else card.seen_fen
    return {"product": card.sku.product.public_id, "sku": card.sku.public_id, "price_fen": price_fen}
