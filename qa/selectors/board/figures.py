"""All figures of the board together, kept for some seconds: several people of ops, and pages that ask again, share one
reading."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from core.cache import remembered

from .fairness import Fairness, fairness
from .flow import FirstAnswers, Step, WaveRow, first_answers, funnel, waves
from .scope import scope_of
from .unanswered import Gap, Pool, gaps, pool_now

# Seconds for which one reading is shown, by days: today moves, a month hardly does.
KEPT_SECONDS = {1: 5, 7: 15, 30: 60}


@dataclass(frozen=True)
class Board:
    """
    Attributes:
        seen_at: the moment of the reading.
    """

    seen_at: datetime
    funnel: list[Step]
    waves: list[WaveRow]
    first_answers: FirstAnswers
    gaps: list[Gap]
    pool: Pool
    fairness: Fairness


def board(days: int, category_id: int | None = None) -> Board:
    """The figures of these days, at most KEPT_SECONDS old.

    Raises:
        Category.DoesNotExist
    """
    key = f"qa:board:{days}:{category_id or 0}:{timezone.localdate()}"
    return remembered(key, KEPT_SECONDS.get(days, 5), lambda: _read(days, category_id))


def _read(days: int, category_id: int | None) -> Board:
    scope = scope_of(days, category_id)
    return Board(
        seen_at=scope.until,
        funnel=funnel(scope),
        waves=waves(scope),
        first_answers=first_answers(scope),
        gaps=gaps(scope),
        pool=pool_now(scope.category_ids),
        fairness=fairness(scope),
    )
