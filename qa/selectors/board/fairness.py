"""How evenly open shops are asked and get to answer, and whether new ones come in."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from shops.models import Shop

from ...models import Invitation
from .scope import Scope

# Points of a Lorenz curve besides 0.
POINTS = 20


@dataclass(frozen=True)
class Fairness:
    """Of the shops that are open now and could be asked.

    Attributes:
        gini_asked, gini_answers: 0: all alike, towards 1: few get all. None where nothing happened.
        never_share: of shops without an invitation in this time.
        newcomers: shops that had been asked fewer than QA_NEWCOMER_INVITATIONS times before it.
        newcomer_asked, newcomer_answers: their share of invitations and of answers.
        curve_asked, curve_answers: the share that the less favoured part of the shops gets, at 0, 1/POINTS … 1.
    """

    shops: int = 0
    invitations: int = 0
    answers: int = 0
    gini_asked: float | None = None
    gini_answers: float | None = None
    never_share: float = 0.0
    newcomers: int = 0
    newcomer_asked: float | None = None
    newcomer_answers: float | None = None
    curve_asked: list[float] = field(default_factory=list)
    curve_answers: list[float] = field(default_factory=list)


def fairness(scope: Scope) -> Fairness:
    """Three statements."""
    open_shops = scope.shops()
    shops = open_shops.count()
    if not shops:
        return Fairness()
    found = _counts(scope, open_shops)
    asked, answers, before = (
        np.array([getattr(row, name) for row in found], float) for name in ("asked", "answered", "before")
    )
    new = before < settings.QA_NEWCOMER_INVITATIONS
    return Fairness(
        shops=shops,
        invitations=int(asked.sum()),
        answers=int(answers.sum()),
        gini_asked=gini(asked, shops),
        gini_answers=gini(answers, shops),
        never_share=1 - int((asked > 0).sum()) / shops,
        newcomers=_newcomers(scope, found),
        newcomer_asked=_share(asked, new),
        newcomer_answers=_share(answers, new),
        curve_asked=lorenz(asked, shops),
        curve_answers=lorenz(answers, shops),
    )


class Asked(NamedTuple):
    """What came to a shop in this time, and before it; `in_all` is of all categories."""

    asked: int
    answered: int
    in_all: int
    before: int


def _counts(scope: Scope, open_shops: QuerySet[Shop]) -> list[Asked]:
    """Of each open shop that was asked. What came before counts all categories: a shop is a newcomer on the platform,
    not in a category."""
    wanted = Q() if scope.category_ids is None else Q(question__category__in=scope.category_ids)
    rows = (
        replace(scope, category_ids=None)
        .invitations()
        .filter(shop__in=open_shops.order_by().values("pk"))
        .values("shop_id", ever=Coalesce(F("shop__standing__asked"), 0))
        .annotate(
            asked=Count("pk", filter=wanted),
            answered=Count("pk", filter=wanted & Q(status=Invitation.Status.ANSWERED)),
            in_all=Count("pk"),
        )
    )
    return [Asked(row["asked"], row["answered"], row["in_all"], row["ever"] - row["in_all"]) for row in rows]


def _newcomers(scope: Scope, found: list[Asked]) -> int:
    """Open shops that were newcomers when this time began; who has not been asked in it is what it was."""
    least = settings.QA_NEWCOMER_INVITATIONS
    still = scope.shops().filter(Q(standing=None) | Q(standing__asked__lt=least)).count()
    asked_still = sum(row.before + row.in_all < least for row in found)
    return still - asked_still + sum(row.before < least for row in found)


def _share(counts: np.ndarray, among: np.ndarray) -> float | None:
    return float(counts[among].sum() / counts.sum()) if counts.sum() else None


def _ascending(counts, among: int) -> np.ndarray:
    """All shops' counts, from the least: those that are not in `counts` have 0."""
    counts = np.sort(np.asarray(counts, float))
    return np.concatenate([np.zeros(max(0, among - len(counts))), counts])


def gini(counts, among: int) -> float | None:
    """The Gini coefficient of `counts`, filled up with zeros to `among`; None where there is nothing to share."""
    values = _ascending(counts, among)
    whole = values.sum()
    if not whole:
        return None
    places = np.arange(1, len(values) + 1)
    return float(2 * (places * values).sum() / (len(values) * whole) - (len(values) + 1) / len(values))


def lorenz(counts, among: int) -> list[float]:
    """What share the least favoured 0, 1/POINTS, … 1 of the shops have together; [] where there is nothing to share."""
    values = _ascending(counts, among)
    if not values.sum():
        return []
    reached = np.concatenate([[0.0], np.cumsum(values)]) / values.sum()
    at = np.linspace(0, len(values), POINTS + 1)
    return [round(float(value), 4) for value in np.interp(at, np.arange(len(values) + 1), reached)]
