"""What to ask back: one question at a time, each with answers to tap that are drawn from what is really in stock.

`candidates` are the products that fit the buyer's words and answers so far; `facets` are the ways in which they differ
(category, attributes, price, words of their titles); `next_step` asks about the one that tells most, until few are
left. Pure but for reading: services write the rows.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

from ..need import Need
from . import facets
from .answers import NO_MATTER, OTHER, apply, clear
from .candidates import Candidate, candidates, narrowed, said_of
from .facets import Facet, Option

__all__ = [
    "MAX_QUESTIONS", "NO_MATTER", "OTHER", "Candidate", "Question", "Step", "apply", "candidates", "clear", "narrowed", "next_step", "said_of", "step_among",
]  # fmt: skip

# A limit of the table, too.
MAX_QUESTIONS = 3
DAYS_AHEAD = (3, 7, 14)


@dataclass(frozen=True)
class Question:
    """A question and its options as they are kept; the value "" means that any will do.

    Attributes:
        asked: the question itself, where it is not one of ours.
    """

    slot: str
    asked: str
    options: list[Option]


@dataclass(frozen=True)
class Step:
    """Where clarifying stands: `fitting` products are left, and `question` is None where nothing is worth asking."""

    fitting: int
    question: Question | None


def next_step(need: Need, *, asked: Collection[str] = (), today: date | None = None) -> Step:
    """What to ask next about `need`, given the slots that were `asked` before, skipped ones included.

    Nothing more after MAX_QUESTIONS, or once at most settings.QA_CLARIFY_ENOUGH products are left.
    """
    return step_among(need, candidates(need), asked=asked, today=today)


def step_among(need: Need, found: list[Candidate], *, asked: Collection[str] = (), today: date | None = None) -> Step:
    """The same where the candidates are known."""
    if len(asked) >= MAX_QUESTIONS or len(found) <= settings.QA_CLARIFY_ENOUGH:
        return Step(len(found), None)
    best = _best(need, found, asked)
    if best:
        return Step(len(found), Question(best.slot, best.asked, best.options(found)))
    # Nothing tells them apart; the day tells the shops more than silence does.
    if "needed_by" not in asked and not need.settled("needed_by"):
        return Step(len(found), _needed_by(today or timezone.localdate()))
    return Step(len(found), None)


def _best(need: Need, found: list[Candidate], asked: Collection[str]) -> Facet | None:
    """The fine category where they spread over several, else what tells most: information gain times coverage."""
    category = facets.category(need, found)
    if category and category.slot not in asked and category.tells(found):
        return category
    others = [facet for facet in facets.others(need, found) if facet.slot not in asked and facet.tells(found)]
    return max(others, key=lambda facet: facet.worth(found), default=None)


def _needed_by(today: date) -> Question:
    days = [today + timedelta(days=ahead) for ahead in DAYS_AHEAD]
    options: list[Option] = [{"value": on.isoformat()} for on in days]
    return Question("needed_by", "", [*options, {"value": NO_MATTER}])
