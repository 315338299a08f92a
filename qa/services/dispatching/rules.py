"""What the schedule says: how many shops, for how long, and whether a question waits for any more."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q

from core.prepared import Prepared, any_of

from ...models import Answer, Question, Wave


def schedule(number: int) -> tuple[int, timedelta]:
    """How many shops the wave asks, and when the next ones are asked. Beyond the schedule its last line holds."""
    size, seconds = settings.QA_WAVES[min(number, len(settings.QA_WAVES)) - 1]
    return size, timedelta(seconds=seconds)


def window(number: int) -> timedelta:
    """How long a shop of this wave may answer: until the schedule's end."""
    rest = settings.QA_WAVES[min(number, len(settings.QA_WAVES)) - 1 :]
    return timedelta(seconds=sum(seconds for _size, seconds in rest))


def is_last(number: int) -> bool:
    return number >= len(settings.QA_WAVES)


def places_left(question: Question) -> int:
    return max(0, settings.QA_MAX_ANSWERS - question.answers.holding_a_place().places())


def places_taken(questions: Iterable[int]) -> dict[int, int]:
    """For each question how many places are taken, as AnswerQuerySet.places counts them; one statement."""
    counted = _counted.rows(questions=list(questions))
    return {question: people + min(automatic, settings.QA_AUTOMATIC_PLACES) for question, people, automatic in counted}


@Prepared(questions=list)
def _counted(questions):
    rows = Answer.objects.holding_a_place().filter(any_of("question_id", questions)).order_by().values("question_id")
    counts = {"people": Count("pk", filter=Q(prepared=None)), "automatic": Count("pk", filter=~Q(prepared=None))}
    return rows.annotate(**counts).values_list("question_id", "people", "automatic")


def last_waves(questions: Iterable[int]) -> dict[int, Wave]:
    """The last scheduled wave of each question that has one; one statement."""
    return {wave.question_id: wave for wave in _last.all(questions=list(questions))}


@Prepared(questions=list)
def _last(questions):
    rows = Wave.objects.scheduled().filter(any_of("question_id", questions))
    return rows.order_by("question_id", "-number").distinct("question_id")


def is_due(question: Question, number: int, last: Wave | None, taken: int) -> bool:
    """Whether this wave may open: the question lives, the one before is over, and places are left."""
    before = last.number if last else 0
    over = last is None or last.closed_at is not None
    return question.is_live and over and number == before + 1 and taken < settings.QA_MAX_ANSWERS


def slot_end(now: datetime) -> datetime:
    """Questions of one slot of QA_BATCH_SECONDS are dispatched together, at its end; without slots at once."""
    seconds = settings.QA_BATCH_SECONDS
    if not seconds:
        return now
    since = now.timestamp()
    return now + timedelta(seconds=seconds - since % seconds)
