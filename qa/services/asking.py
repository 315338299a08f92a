"""The buyer's side: ask, be asked back, send it off, close it."""

import logging
import unicodedata
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from accounts.models import User
from accounts.selectors import mini_program_openids
from core import audit, images, outbox
from core.errors import Invalid, NotFound
from core.locks import lock_row
from wechat import moderation

from .. import clarifying, signals
from ..errors import BadChoice, NotAskedNow, QuestionClosed, QuestionTooLong, QuestionUnclear
from ..models import Answer, Clarification, PreparedAnswer, Question, Verdict
from ..need import Need
from ..understanding import mask, model, understand
from ..understanding.catalogue import read_attributes
from . import telling
from .dispatching import issue, withdraw_invitations, write_to_buyer

logger = logging.getLogger(__name__)

MAX_TEXT, MAX_CITY = 500, 30
# The request that asks has the text checked at once; the outbox steps in where that came to nothing.
SAFETY_NET_SECONDS = 10
ENDABLE = (Question.Status.DRAFT, Question.Status.CLARIFYING, Question.Status.DISPATCHED, Question.Status.ANSWERED)


def ask(*, buyer: User, text: str, image=None, city: str = "", idempotency_key: str) -> Question:
    """Take a question, have it checked, and work out what to ask back.

    Nobody but the buyer sees it before it has passed the content check; while the checker is away it waits as a
    draft. Phone numbers and the like are hidden for good.

    Args:
        image: an uploaded picture, or None.
        city: where the buyer is, when the text does not say.
        idempotency_key: the same key again finds the first question.

    Raises:
        QuestionUnclear: no words in it; QuestionTooLong: above 500 characters; BadImage: see core.images.
    """
    text = clean(text)
    if len(city) > MAX_CITY:
        raise Invalid(fields={"city": [QuestionTooLong.title]})
    earlier = Question.objects.filter(buyer=buyer, idempotency_key=idempotency_key).first()
    if earlier:
        return earlier
    need = understand(text)
    need.city = need.city or city.strip()
    picture = images.reencode(image) if image else ""
    try:
        question = _create(buyer, text, need, picture, idempotency_key)
    except IntegrityError:
        # The same request came twice at once; the other one has written it.
        return Question.objects.get(buyer=buyer, idempotency_key=idempotency_key)
    try:
        screen_question(question.pk)
    except outbox.Outcome as outcome:
        logger.warning("question held until the check answers: %s", outcome.code)
    question.refresh_from_db()
    return question


def clean(text: object) -> str:
    """The question as it is kept: one text of 1 to 500 characters with at least one word, nothing to call by."""
    if not isinstance(text, str):
        raise QuestionUnclear
    kept = "".join(char for char in text if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs", "Co"))
    kept = kept.strip()
    if len(kept) > MAX_TEXT:
        raise QuestionTooLong
    masked = mask(kept)
    if sum(unicodedata.category(char).startswith("L") for char in masked) < 2:
        raise QuestionUnclear
    return masked[:MAX_TEXT]


@transaction.atomic
def _create(buyer: User, text: str, need: Need, picture, idempotency_key: str) -> Question:
    now = timezone.now()
    question = Question.objects.create(
        buyer=buyer,
        text=text,
        image=picture,
        category_id=need.category_id,
        need=need.to_json(),
        city=need.city,
        idempotency_key=idempotency_key,
        expires_at=now + timedelta(seconds=settings.QA_QUESTION_LIFETIME_SECONDS),
    )
    payload = {"question_id": question.pk}
    safety_net = now + timedelta(seconds=SAFETY_NET_SECONDS)
    outbox.enqueue(kind="qa.screen_question", key=question.public_id, payload=payload, due_at=safety_net)
    outbox.enqueue(kind="qa.expire", key=question.public_id, payload=payload, due_at=question.expires_at)
    audit.record(actor=buyer, action="qa.asked", target=question)
    return question


def screen_question(question_id: int) -> None:
    """Outbox handler: have a waiting question checked.

    Raises:
        outbox.Retry: no verdict yet; the question stays hidden.
    """
    question = Question.objects.select_related("buyer").get(pk=question_id)
    if question.status != Question.Status.DRAFT or question.verdict in (Verdict.REVIEW, Verdict.PASSED):
        return  # Decided, or waiting for a person, or for the model.
    openids = mini_program_openids(question.buyer)
    with moderation.or_again():
        verdict = moderation.check_text_by_any(openids=openids, text=question.text, scene=moderation.FORUM)
        if verdict.suggest == "pass" and question.image:
            _send_picture(question, [*openids, settings.WECHAT_MODERATION_OPENID][0])
            after = moderation.verdict_due(question.created_at) or moderation.VERDICT_WITHIN.total_seconds()
            raise outbox.Retry("picture_pending", after=after)
    need = model.complete(Need.from_json(question.need), question.text) if verdict.suggest == "pass" else None
    conclude_check(question=question, verdict=verdict.suggest, need=need)


def conclude_check(*, question: Question, verdict: str, by: User | None = None, need: Need | None = None) -> Question:
    """Record the verdict: WeChat's (`by` None) or that of ops. A question that no longer waits for one stays.

    Args:
        verdict: pass, review (a person must look) or risky.
        need: what has been understood since it was asked. None where no model has been asked: the one that there may
            be is asked by the outbox, since we may be in somebody's transaction here.
    """
    with transaction.atomic():
        question = lock_row(question)
        if question.status != Question.Status.DRAFT or question.verdict == Verdict.PASSED:
            return question
        to_be_read = verdict == Verdict.PASSED and need is None and model.is_on()
        question.verdict = verdict
        if verdict == Verdict.RISKY:
            question.status = Question.Status.REJECTED
            question.closed_at = timezone.now()
        elif verdict == Verdict.PASSED and not to_be_read:
            question.status = Question.Status.CLARIFYING
        question.save(update_fields=["verdict", "status", "closed_at"])
        outbox.cancel(kind="qa.screen_question", key=question.public_id)
        audit.record(actor=by, action="qa.question_checked", target=question, verdict=verdict)
        if to_be_read:
            outbox.enqueue(kind="qa.read_question", key=question.public_id, payload={"question_id": question.pk})
        elif question.status == Question.Status.CLARIFYING:
            if need:
                _keep(question, need)
            _ask_back(question)
        telling.question_changed(question)
    return question


def read_question(question_id: int) -> None:
    """Outbox handler: the model reads what ops, or the verdict on its picture, have let through; then it goes on."""
    question = Question.objects.get(pk=question_id)
    if not _is_to_be_read(question):
        return
    need = model.complete(Need.from_json(question.need), question.text)
    with transaction.atomic():
        question = lock_row(question)
        if _is_to_be_read(question):
            question.status = Question.Status.CLARIFYING
            question.save(update_fields=["status"])
            _keep(question, need)
            _ask_back(question)
            telling.question_changed(question)


def _is_to_be_read(question: Question) -> bool:
    return question.status == Question.Status.DRAFT and question.verdict == Verdict.PASSED


def conclude_picture(*, trace_id: str, passed: bool) -> None:
    """wxa_media_check: the verdict on a question's picture. An unknown or repeated trace is passed over."""
    question = Question.objects.filter(image_trace_id__in=moderation.traces_of(trace_id)).first() if trace_id else None
    if question:
        conclude_check(question=question, verdict=Verdict.PASSED if passed else Verdict.RISKY)


def _send_picture(question: Question, openid: str) -> None:
    """The picture's verdict comes later as an event; until then the question waits."""
    if not question.image_trace_id or not moderation.verdict_due(question.created_at):
        url = f"{settings.PUBLIC_URL}{question.image.url}"
        trace_id = moderation.check_image_async(
            openid=openid, media_url=url, scene=moderation.FORUM, before=question.image_trace_id
        )
        Question.objects.filter(pk=question.pk).update(image_trace_id=trace_id)


@transaction.atomic
def answer_clarification(*, question: Question, position: int, value: str | None) -> Question:
    """Record a tap and ask the next question; with nothing left to ask the question is sent off.

    The same tap again changes nothing.

    Args:
        value: one of the options' values ("" means that any will do, "~" that none of them); for a budget
            "<fen>-<fen>" and for a day YYYY-MM-DD may be the buyer's own. None skips: nothing is said.

    Raises:
        NotFound: nothing was asked at this position; BadChoice; NotAskedNow: it was answered otherwise before;
        QuestionClosed: the question has been sent off or has ended.
    """
    question = lock_row(question)
    asked = question.clarifications.filter(position=position).first()
    if asked is None:
        raise NotFound
    skipped = value is None
    if asked.answered_at and asked.skipped == skipped and asked.answer == (value or ""):
        return question
    if question.status != Question.Status.CLARIFYING:
        raise QuestionClosed
    if asked.answered_at:
        raise NotAskedNow
    need = Need.from_json(question.need)
    if value is not None:
        _fill(need, asked, question.text, value)
    asked.answer, asked.skipped, asked.answered_at = value or "", skipped, timezone.now()
    asked.save(update_fields=["answer", "skipped", "answered_at"])
    _keep(question, need)
    _ask_back(question, after=asked)
    return question


def _fill(need: Need, asked: Clarification, text: str, value: str) -> None:
    shown = tuple(option["value"] for option in asked.options)
    typed = asked.slot in ("budget", "needed_by") and value != clarifying.OTHER
    values = tuple(one for one in shown if one not in (clarifying.NO_MATTER, clarifying.OTHER))
    if not (value in shown or typed) or not clarifying.apply(need, asked.slot, value, shown=values):
        raise BadChoice
    if asked.slot == "category" and need.category_id:
        read_attributes(need, text)


@transaction.atomic
def submit(*, question: Question) -> Question:
    """Send it off as it is; what was not answered stays open. A question already sent stays as it is.

    Raises:
        QuestionClosed: not checked yet, refused, or over.
    """
    question = lock_row(question)
    if question.status == Question.Status.CLARIFYING:
        question.clarifications.filter(answered_at=None).update(skipped=True, answered_at=timezone.now())
        _send_off(question)
    elif question.dispatched_at is None or not question.is_live:
        raise QuestionClosed
    return question


@transaction.atomic
def close_question(*, question: Question, by: User, words: str = "") -> Question:
    """The buyer needs no (more) answers, or ops end it. Closed, expired and refused questions stay as they are.

    Args:
        words: why, as the buyer reads it.

    Raises:
        Invalid: the words are longer than 200 characters.
    """
    question = lock_row(question)
    if question.status in (*ENDABLE, Question.Status.ADOPTED):
        if words:
            write_to_buyer(question=question, words=words, by=by)
        _end(question, Question.Status.CLOSED)
        audit.record(actor=by, action="qa.closed", target=question)
    return question


@transaction.atomic
def expire_question(question_id: int) -> None:
    """Outbox handler: the question's life is over. An adopted one lives on in its chat."""
    question = lock_row(Question.objects.get(pk=question_id))
    if question.status in ENDABLE and question.expires_at <= timezone.now():
        _end(question, Question.Status.EXPIRED)
        audit.record(actor=None, action="qa.expired", target=question)


@transaction.atomic
def forget_questions(*, user: User) -> None:
    """The person is erased: open questions end, words and pictures go; what shops answered stays without them."""
    for question in Question.objects.of_buyer(user).order_by("pk"):
        close_question(question=question, by=user)
    Question.objects.of_buyer(user).update(text="-", image="", city="", need={})
    Clarification.objects.filter(question__buyer=user).update(answer="")
    answers = Answer.objects.filter(question__buyer=user)
    answers.update(reasons={}, shortlisted_at=None)
    # What went out by itself may cite the buyer: it goes back to the words that the shop had prepared.
    prepared = PreparedAnswer.objects.filter(pk=OuterRef("prepared")).values("text")
    answers.filter(prepared__isnull=False).update(text=Subquery(prepared))


def _end(question: Question, status: str) -> None:
    question.status, question.closed_at = status, timezone.now()
    question.save(update_fields=["status", "closed_at"])
    withdraw_invitations(question)
    outbox.cancel(kind="qa.expire", key=question.public_id)
    outbox.cancel(kind="qa.screen_question", key=question.public_id)
    outbox.cancel(kind="qa.read_question", key=question.public_id)
    telling.question_changed(question)


def _keep(question: Question, need: Need) -> None:
    question.need, question.category_id = need.to_json(), need.category_id
    question.save(update_fields=["need", "category"])


def _ask_back(question: Question, *, after: Clarification | None = None) -> None:
    """Ask what tells most now; with nothing left to ask the question goes off."""
    need, earlier = Need.from_json(question.need), list(question.clarifications.values_list("slot", flat=True))
    step = clarifying.next_step(need, asked=earlier)
    if after:
        after.fitting_after = step.fitting
        after.save(update_fields=["fitting_after"])
    if step.question is None:
        _send_off(question)
        return
    question.clarifications.create(
        position=len(earlier) + 1,
        slot=step.question.slot,
        asked=step.question.asked,
        options=step.question.options,
        fitting_before=step.fitting,
    )


def _send_off(question: Question) -> None:
    question.status, question.dispatched_at = Question.Status.DISPATCHED, timezone.now()
    question.save(update_fields=["status", "dispatched_at"])
    issue(question, 1)
    audit.record(actor=question.buyer, action="qa.dispatched", target=question)
    signals.question_dispatched.send(sender=Question, question=question)
    telling.question_changed(question)
