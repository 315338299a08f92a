"""What ops' board shows: how far questions come, wave by wave, where nobody answers, and how fairly shops are asked."""

from .fairness import Fairness, fairness, gini, lorenz
from .figures import Board, board
from .flow import AGAIN, FirstAnswers, Step, WaveRow, first_answers, funnel, waves
from .scope import DAYS, Scope, scope_of
from .unanswered import Gap, Pool, gaps, pool_now, unanswered_rows

__all__ = [
    "AGAIN",
    "DAYS",
    "Board",
    "Fairness",
    "FirstAnswers",
    "Gap",
    "Pool",
    "Scope",
    "Step",
    "WaveRow",
    "board",
    "fairness",
    "first_answers",
    "funnel",
    "gaps",
    "gini",
    "lorenz",
    "pool_now",
    "scope_of",
    "unanswered_rows",
    "waves",
]
