"""Another policy, tried on what has happened: what would the last days have been with other weights?

Each invitation was made with a known probability (its propensity) and its outcome is known. Among the shops that were
considered, the other policy would have asked some with another probability. The ratio of the two weighs the outcomes
(inverse propensity): clipped, so that a rare pair cannot decide alone, and divided by the sum of the weights
(self-normalised), so that it stays a share. Outcomes of one question hang together, so the standard errors count
questions, not invitations. What it cannot say: anything of shops that were never considered.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import timezone

from ..models import Answer, Consideration, Invitation
from .scoring import Shops, Weights, score

MOST = 10.0
DRAWS = 64
# Waves that one replay looks at, the latest of its days: some seconds' work.
WAVES = 3000
# With fewer outcomes in effect an estimate is a guess.
LEAST_EFFECTIVE = 200
FACTORS = tuple(Shops.__dataclass_fields__)


@dataclass(frozen=True)
class Replay:
    """
    Attributes:
        waves, invitations: what was replayed; an invitation counts once its outcome is known.
        answered, adopted: shares of the invitations as they were; `_then`: as estimated for the other weights;
            `_error`: the standard error of that estimate.
        newcomers: their share of the places as they were; `_then`: with the other weights and the place kept for them.
        changed: the share of places that would have gone to another shop.
        effective: how many invitations the estimate rests on, in effect.
    """

    waves: int = 0
    invitations: int = 0
    answered: float = 0.0
    adopted: float = 0.0
    answered_then: float = 0.0
    adopted_then: float = 0.0
    answered_error: float = 0.0
    adopted_error: float = 0.0
    newcomers: float = 0.0
    newcomers_then: float = 0.0
    changed: float = 0.0
    effective: float = 0.0

    @property
    def is_enough(self) -> bool:
        """Whether the estimate may be believed at all."""
        return self.effective >= LEAST_EFFECTIVE


@dataclass
class _Tally:
    """What is gathered wave by wave; the lists have one entry an invitation with a known outcome."""

    questions: list[int] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    answers: list[bool] = field(default_factory=list)
    adoptions: list[bool] = field(default_factory=list)
    waves: int = 0
    places: int = 0
    changed: int = 0
    newcomers: int = 0
    newcomers_then: int = 0


def replay(weights: Weights, *, days: int = 7, now: datetime | None = None) -> Replay:
    """What the last `days` would have been with these weights, from what is stored of each wave."""
    now = now or timezone.now()
    asked = Invitation.objects.filter(created_at__gte=now - timedelta(days=days), propensity__gt=0)
    outcomes = {
        (row.question_id, row.wave.number, row.shop_id): row
        for row in asked.exclude(status__in=[*Invitation.OPEN, Invitation.Status.WITHDRAWN])
        .defer("features", "draft")
        .select_related("wave")
    }
    latest = sorted({(question, wave) for question, wave, _shop in outcomes}, reverse=True)[:WAVES]
    questions = {question for question, _wave in latest}
    chosen = Answer.objects.filter(question__in=questions, status=Answer.Status.ADOPTED)
    adopted = set(chosen.values_list("invitation_id", flat=True))
    tally = _Tally()
    for (question, wave), rows in _considered(questions, set(latest)).items():
        size = sum(row.asked for row in rows)
        if not size:
            continue
        shops = Shops.of([row.features for row in rows])
        then = score(shops, weights, places=size, wave=wave, seed=question * 100 + wave, draws=DRAWS)
        ranked = [int(number) for number in np.argsort(-then.total, kind="stable")]
        top = set(ranked[:size])
        chances = then.propensity if then.propensity is not None else [float(n in top) for n in range(len(rows))]
        _count_places(tally, rows, ranked, size)
        for row, chance in zip(rows, chances, strict=True):
            happened = outcomes.get((question, wave, row.shop_id))
            if row.asked and happened:
                tally.questions.append(question)
                tally.ratios.append(min(MOST, float(chance) / happened.propensity))
                tally.answers.append(happened.status == Invitation.Status.ANSWERED)
                tally.adoptions.append(happened.pk in adopted)
    return _estimate(tally)


def _considered(questions: set[int], wanted: set[tuple[int, int]]) -> dict[tuple[int, int], list[Consideration]]:
    """By question and wave the shops that could have been asked, with what their score was made of."""
    waves: dict[tuple[int, int], list[Consideration]] = defaultdict(list)
    rows = Consideration.objects.filter(question__in=questions, reason="").defer("products").order_by("pk")
    for row in rows:
        if (row.question_id, row.wave_number) in wanted and all(name in row.features for name in FACTORS):
            waves[row.question_id, row.wave_number].append(row)
    return waves


def _count_places(tally: _Tally, rows: list[Consideration], ranked: list[int], size: int) -> None:
    new = {n for n, row in enumerate(rows) if row.features["trials"] < settings.QA_NEWCOMER_INVITATIONS}
    tally.waves += 1
    tally.places += size
    tally.changed += sum(not rows[number].asked for number in ranked[:size])
    tally.newcomers += sum(rows[number].asked for number in new)
    # The last place of a wave is a newcomer's, beside those who are among the best (qa.matching.assignment).
    best = new & set(ranked[: size - 1]) if size > 1 else new & set(ranked[:size])
    tally.newcomers_then += len(best) + (size > 1 and len(new) > len(best))


def _estimate(tally: _Tally) -> Replay:
    ratios, answers, adoptions = (np.array(one, float) for one in (tally.ratios, tally.answers, tally.adoptions))
    places: dict[str, Any] = {"waves": tally.waves}
    if tally.places:
        places |= {
            name: round(getattr(tally, name) / tally.places, 4) for name in ("changed", "newcomers", "newcomers_then")
        }
    if not len(ratios) or not ratios.sum():
        return Replay(**places)
    _, question = np.unique(tally.questions, return_inverse=True)
    found: dict[str, Any] = {}
    for name, happened in (("answered", answers), ("adopted", adoptions)):
        found[name] = round(float(happened.mean()), 4)
        found[f"{name}_then"] = round(_mean(ratios, happened), 4)
        found[f"{name}_error"] = round(_error(ratios, happened, question), 4)
    return Replay(
        **places,
        **found,
        invitations=len(ratios),
        effective=round(float(ratios.sum() ** 2 / (ratios**2).sum()), 1),
    )


def _mean(ratios: np.ndarray, happened: np.ndarray) -> float:
    return float((ratios * happened).sum() / ratios.sum())


def _error(ratios: np.ndarray, happened: np.ndarray, question: np.ndarray) -> float:
    """The standard error of `_mean`, by the delta method over whole questions."""
    residuals = ratios * (happened - _mean(ratios, happened))
    return float(np.sqrt((np.bincount(question, residuals) ** 2).sum()) / ratios.sum())
