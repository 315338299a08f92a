"""An answer is checked, judged by the buyer's conditions, and shown; or adopted."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.selectors import mini_program_openids
from chat.models import Conversation
from chat.services import open_conversation, post_note
from core import audit, outbox
from core.locks import lock_row
from shops.selectors import is_blocked
from wechat import moderation

from .. import handing_over, signals
from ..errors import AnswerNotOpen, ShortlistFull
from ..models import Answer, Invitation, Question, Verdict
from ..selectors.answers import MOST_COMPARED
from . import judging, telling
from .dispatching import advance, withdraw_invitations
from .standing import Event, Noted, note


def screen_answer(answer_id: int) -> None:
    """Outbox handler: have an answer checked and show it.

    Raises:
        outbox.Retry: no verdict yet; the answer stays hidden.
    """
    answer = Answer.objects.select_related("staff", "question__buyer").filter(pk=answer_id).first()
    if answer is None or answer.status != Answer.Status.SCREENING or answer.verdict == Verdict.REVIEW:
        return  # Taken back, decided, or waiting for a person.
    # Staff who work in the dashboard have not been in the mini-program; the reader of the answer has.
    openids = mini_program_openids(answer.staff, answer.question.buyer)
    with moderation.or_again():
        verdict = moderation.check_text_by_any(openids=openids, text=answer.text, scene=moderation.FORUM)
    conclude_answer(answer=answer, verdict=verdict.suggest)


@transaction.atomic
def conclude_answer(*, answer: Answer, verdict: str, by: User | None = None) -> Answer:
    """Record the verdict: WeChat's (`by` None) or that of ops. An answer that no longer waits for one stays.

    Args:
        verdict: pass, review (a person must look) or risky.
    """
    question = lock_row(answer.question)
    answer = lock_row(answer)
    if answer.status != Answer.Status.SCREENING:
        return answer
    answer.verdict = verdict
    audit.record(actor=by, action="qa.answer_checked", target=answer, verdict=verdict)
    if verdict == Verdict.PASSED and question.is_live and not is_blocked(shop=answer.shop, buyer=question.buyer):
        _show(question, answer)
    elif verdict == Verdict.PASSED:
        _drop(question, answer)
    elif verdict == Verdict.RISKY:
        _refuse(question, answer)
    else:
        answer.save(update_fields=["verdict"])
    return answer


def _show(question: Question, answer: Answer) -> None:
    judging.show(question, answer)
    telling.question_changed(question)
    telling.all_invitations_changed(question)
    if question.answers.shown().places() >= settings.QA_MAX_ANSWERS:
        withdraw_invitations(question)


def _refuse(question: Question, answer: Answer) -> None:
    """Its words are not allowed."""
    answer.status = Answer.Status.REJECTED
    answer.save(update_fields=["verdict", "status"])
    note([Noted(Event.ANSWER_REFUSED, answer.shop_id)])
    telling.answer_refused(answer)
    telling.all_invitations_changed(question)
    advance(question)


def _drop(question: Question, answer: Answer) -> None:
    """The question ended, or the two were parted, while the answer was being checked."""
    answer.status = Answer.Status.LATE
    answer.save(update_fields=["verdict", "status"])
    Invitation.objects.filter(pk=answer.invitation_id).update(status=Invitation.Status.WITHDRAWN)
    note([Noted(Event.ANSWER_DROPPED, answer.shop_id)])
    telling.all_invitations_changed(question)
    advance(question)


@transaction.atomic
def shortlist(*, answer: Answer, by: User, on: bool) -> Answer:
    """The buyer keeps an answer for comparing, or lets it go. A repeat changes nothing.

    Raises:
        ShortlistFull: three are kept already.
    """
    question = lock_row(answer.question)
    answer = lock_row(answer)
    if on and answer.shortlisted_at is None:
        if question.answers.exclude(shortlisted_at=None).count() >= MOST_COMPARED:
            raise ShortlistFull
        answer.shortlisted_at = timezone.now()
    elif not on:
        answer.shortlisted_at = None
    answer.save(update_fields=["shortlisted_at"])
    return answer


@transaction.atomic
def adopt(*, answer: Answer, by: User) -> Conversation:
    """The buyer chooses this answer: a conversation with its shop opens, and nobody else needs to answer.

    Adopting the same answer again returns the same conversation.

    Raises:
        AnswerNotOpen: another was adopted, or the question is over.
    """
    question = lock_row(answer.question)
    answer = lock_row(answer)
    if answer.status == Answer.Status.ADOPTED and answer.conversation:
        return answer.conversation
    if question.status != Question.Status.ANSWERED or answer.status != Answer.Status.VISIBLE:
        raise AnswerNotOpen
    answer.conversation = open_conversation(
        shop=answer.shop, buyer=question.buyer, slip=handing_over.parts(question, answer)
    )
    answer.status = Answer.Status.ADOPTED
    answer.save(update_fields=["status", "conversation"])
    question.status = Question.Status.ADOPTED
    question.save(update_fields=["status"])
    # Nobody was asked for an automatic answer: it tells that the shop serves well, not how its staff answer.
    event = Event.HELPED if answer.is_automatic else Event.ADOPTED
    withdraw_invitations(question, also=[Noted(event, answer.shop_id, question.category_id)])
    outbox.cancel(kind="qa.expire", key=question.public_id)
    post_note(
        conversation=answer.conversation,
        key=f"adopted:{answer.public_id}",
        note=handing_over.line(answer),
    )
    audit.record(actor=by, action="qa.adopted", target=answer, question=question.public_id)
    signals.answer_adopted.send(sender=Answer, answer=answer)
    telling.adopted(answer)
    telling.question_changed(question)
    telling.all_invitations_changed(question)
    return answer.conversation
