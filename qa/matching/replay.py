"""Another policy, tried on what has happened: what would the last days have been with other weights?

Each invitation was made with a known probability (its propensity) and its outcome is known. Among the shops that were
considered, the other policy would have asked some with another probability. The ratio of the two weighs the outcomes
(inverse propensity): clipped, so that a rare pair cannot decide alone, and divided by the sum of the weights
(self-normalised), so that it stays a share. What it cannot say: anything of shops that were never considered.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.utils import timezone

from ..models import Answer, Consideration, Invitation
from .scoring import Shops, Weights, score

MOST = 10.0
DRAWS = 64
FACTORS = tuple(Shops.__dataclass_fields__)


@dataclass(frozen=True)
class Replay:
    """
    Attributes:
        waves, invitations: what was replayed.
        answered, adopted: shares of the invitations as they were; `_then`: as estimated for the other weights.
        changed: the share of places that would have gone to another shop.
        effective: how many invitations the estimate rests on, in effect; below some hundred it says little.
    """

    waves: int = 0
    invitations: int = 0
    answered: float = 0.0
    adopted: float = 0.0
    answered_then: float = 0.0
    adopted_then: float = 0.0
    changed: float = 0.0
    effective: float = 0.0


def replay(weights: Weights, *, days: int = 7, now: datetime | None = None) -> Replay:
    """What the last `days` would have been with these weights, from what is stored of each wave."""
    now = now or timezone.now()
    asked = Invitation.objects.filter(created_at__gte=now - timedelta(days=days), propensity__gt=0)
    outcomes = {
        (row.question_id, row.wave.number, row.shop_id): row
        for row in asked.exclude(status__in=[*Invitation.OPEN, Invitation.Status.WITHDRAWN]).select_related("wave")
    }
    questions = {question for question, _wave, _shop in outcomes}
    chosen = Answer.objects.filter(question__in=questions, status=Answer.Status.ADOPTED)
    adopted = set(chosen.values_list("invitation_id", flat=True))
    waves: dict[tuple[int, int], list[Consideration]] = defaultdict(list)
    for row in Consideration.objects.filter(question__in=questions, reason="").order_by("pk"):
        if all(name in row.features for name in FACTORS):
            waves[row.question_id, row.wave_number].append(row)
    ratios, answers, adoptions, places, changed = [], [], [], 0, 0
    for (question, wave), rows in waves.items():
        size = sum(row.asked for row in rows)
        if not size:
            continue
        shops = Shops.of([row.features for row in rows])
        then = score(shops, weights, places=size, seed=question * 100 + wave, draws=DRAWS)
        top = set(np.argsort(-then.total, kind="stable")[:size])
        chances = then.propensity if then.propensity is not None else [float(n in top) for n in range(len(rows))]
        places += size
        changed += sum(not row.asked for number, row in enumerate(rows) if number in top)
        for row, chance in zip(rows, chances, strict=True):
            happened = outcomes.get((question, wave, row.shop_id))
            if row.asked and happened:
                ratios.append(min(MOST, float(chance) / happened.propensity))
                answers.append(happened.status == Invitation.Status.ANSWERED)
                adoptions.append(happened.pk in adopted)
    return _estimate(
        np.array(ratios), np.array(answers, float), np.array(adoptions, float), len(waves), places, changed
    )


def _estimate(ratios, answers, adoptions, waves: int, places: int, changed: int) -> Replay:
    if not len(ratios) or not ratios.sum():
        return Replay(waves=waves, changed=round(changed / places, 4) if places else 0.0)
    return Replay(
        waves=waves,
        invitations=len(ratios),
        answered=round(float(answers.mean()), 4),
        adopted=round(float(adoptions.mean()), 4),
        answered_then=round(float((ratios * answers).sum() / ratios.sum()), 4),
        adopted_then=round(float((ratios * adoptions).sum() / ratios.sum()), 4),
        changed=round(changed / places, 4),
        effective=round(float(ratios.sum() ** 2 / (ratios**2).sum()), 1),
    )
