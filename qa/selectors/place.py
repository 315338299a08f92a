"""How a shop stands as an answerer, beside the median of the shops that are asked the same kinds of questions."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import NullIf

from shops.models import Shop

from ..matching.standing import standing_of
from ..models import CategoryStanding
from .advice import better
from .board.scope import Percentile

# Fewer shops than this would tell of each other.
LEAST_SHOPS = 5
# Invitations from which on a shop's share means something, and categories shown.
LEAST_TRIALS, MOST_KINDS = 3, 6


@dataclass(frozen=True)
class Figures:
    """Shares 0 to 1 and seconds; None where too little has happened."""

    answers: float | None = None
    seconds: float | None = None
    adopted: float | None = None


@dataclass(frozen=True)
class Kind:
    """One category: the shop's own figures, and the median of all who are asked there; None with too few of them."""

    name: str
    own: Figures
    usual: Figures | None
    shops: int

    @property
    def advice(self) -> list[tuple[str, str]]:
        if self.usual is None:
            return []
        return better(
            answers=_difference(self.own.answers, self.usual.answers),
            seconds=_difference(self.own.seconds, self.usual.seconds),
            adopted=_difference(self.own.adopted, self.usual.adopted),
        )


def kinds(shop: Shop) -> list[Kind]:
    """The categories in which the shop is asked most; three statements."""
    seconds = standing_of(shop).answer_seconds or None
    rows = list(CategoryStanding.objects.filter(shop=shop).select_related("category").order_by("-trials")[:MOST_KINDS])
    usual = {row["category"]: row for row in _usual([row.category_id for row in rows])}
    return [
        Kind(
            name=row.category.name,
            own=Figures(_share(row.answers, row.trials), seconds, _share(row.adoptions, row.answers)),
            usual=_figures(usual.get(row.category_id)),
            shops=usual.get(row.category_id, {}).get("shops", 0),
        )
        for row in rows
    ]


def advice(rows: list[Kind]) -> list[tuple[str, str]]:
    """All of it, each once."""
    return list(dict.fromkeys(line for row in rows for line in row.advice))


def _usual(category_ids: list[int]):
    known = CategoryStanding.objects.filter(category__in=category_ids, trials__gte=LEAST_TRIALS)
    answered = Q(answers__gte=LEAST_TRIALS)
    return (
        known.order_by()
        .values("category")
        .annotate(
            shops=Count("shop"),
            answers_median=Percentile(F("answers") / F("trials"), 0.5),
            adopted_median=Percentile(F("adoptions") / F("answers"), 0.5, filter=answered),
            seconds_median=Percentile(NullIf(F("shop__standing__answer_seconds"), 0.0), 0.5),
        )
    )


def _figures(row: dict[str, Any] | None) -> Figures | None:
    if row is None or row["shops"] < LEAST_SHOPS:
        return None
    return Figures(row["answers_median"], row["seconds_median"], row["adopted_median"])


def _share(part: float, whole: float) -> float | None:
    return min(1.0, part / whole) if whole >= LEAST_TRIALS else None


def _difference(own: float | None, usual: float | None) -> float | None:
    return None if own is None or usual is None else own - usual
