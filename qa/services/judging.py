"""An answer that has passed is judged for this buyer and shown."""

from django.utils import timezone

from .. import ranking, signals
from ..composing import as_reply
from ..models import Answer, Question
from ..need import Need
from ..ranking.record import record_of
from . import telling


def show(question: Question, answer: Answer) -> None:
    """Judge and show; the question's row is locked. Only people's answers are told on the phone and timed."""
    now = timezone.now()
    record = record_of(answer.shop_id, now)
    judgement = ranking.judge(Need.from_json(question.need), as_reply(answer), text=question.text, record=record)
    answer.status, answer.visible_at = Answer.Status.VISIBLE, now
    answer.score, answer.reasons = judgement.score, judgement.to_json()
    answer.save(update_fields=["verdict", "status", "visible_at", "score", "reasons"])
    question.answer_count = question.answers.for_buyer().count()
    question.status = Question.Status.ANSWERED
    if not answer.is_automatic:
        # What the platform says of waiting is about people.
        question.first_answer_at = question.first_answer_at or now
        telling.answer_arrived(question, answer)
    question.save(update_fields=["answer_count", "first_answer_at", "status"])
    signals.answer_visible.send(sender=Answer, answer=answer)
