"""One question's shops: refused by the filters, or scored by what is known of them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.utils import timezone

from core.prepared import Prepared

from ..models import RoutingWeights, Stage
from ..need import Need
from . import model
from .filters import Ask, reason
from .products import Candidate
from .rates import Record, adoption_rate, answer_rate, in_time, service_rate, usual_seconds
from .scoring import Shops, Weights, score
from .standing import Knowledge, Known

# Refused shops kept for the story, and products shown of a shop.
REFUSED_KEPT = 20
PRODUCTS_SHOWN = 3
# What costs more than so many times the budget is not shown to the buyer at all.
AFFORDABLE = 2
NOTHING = Record()


@dataclass
class Match:
    """A shop that was looked at.

    Attributes:
        score: comparable within one call only.
        features: what the score is made of: the parts of the relevance, the factors, what is counted of the shop.
        product_ids: its best products for the need, best first.
        reason: "" when it may be asked, else a code of filters.WORDS.
        propensity: how probable it was that this shop is among those asked; None where nobody drew.
    """

    shop_id: int
    score: float
    features: dict[str, float] = field(default_factory=dict)
    product_ids: list[int] = field(default_factory=list)
    reason: str = ""
    propensity: float | None = None


@dataclass(frozen=True)
class Wanted:
    """A question for which shops are chosen: how many places it has, and how many shops are wanted to choose from.

    Attributes:
        hope: answers that its places together should promise; fewer places are filled where fewer do.
        wave: its number; within: seconds after which the next shops are asked, None where nobody waits.
    """

    need: Need
    at: datetime
    limit: int
    # What draws with.
    seed: int
    places: int | None = None
    hope: float = math.inf
    wave: int = 1
    within: float | None = None
    buyer_id: int | None = None

    @cached_property
    def hour(self) -> float:
        return float(timezone.localtime(self.at).hour)


def weights_in_use() -> Weights:
    """Those that ops have put into use, or the code's own."""
    return Weights.of(_active.first())


@Prepared()
def _active():
    return RoutingWeights.objects.filter(stage=Stage.ACTIVE)


def by_shop(candidates: Iterable[Candidate]) -> dict[int, list[Candidate]]:
    """Each shop's products in the order of `candidates`, and the shops in the order of their best."""
    shops: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        shops.setdefault(candidate.shop_id, []).append(candidate)
    return shops


def choose(wanted: Wanted, shops: dict[int, list[Candidate]], known: Knowledge, weights: Weights) -> list[Match]:
    """At most `limit` shops that may be asked, best first, then the best of those that may not.

    Args:
        shops: the products of each, best first.
    """
    matches = [_look(wanted, known.shops[shop], products, known) for shop, products in shops.items()]
    fitting = [match for match in matches if not match.reason]
    refused = [match for match in matches if match.reason]
    _score(wanted, fitting, weights)
    for match in refused:
        match.score = match.features["relevance"]
    # Between equals the one whose product stands first.
    fitting.sort(key=lambda match: -match.score)
    refused.sort(key=lambda match: -match.score)
    return [*fitting[: wanted.limit], *refused[:REFUSED_KEPT]]


def _look(wanted: Wanted, shop: Known, products: list[Candidate], known: Knowledge) -> Match:
    stocked = [found for found in products if found.stock > 0]
    most = wanted.need.budget_max_fen
    affordable = [found for found in stocked if not most or found.price_fen <= AFFORDABLE * most]
    best = (affordable or stocked or products)[0]
    ask = Ask(
        wanted.need,
        wanted.at,
        stocked=bool(stocked),
        affordable=bool(affordable) or not stocked,
        fits=best.fits,
        blocked=(shop.shop_id, wanted.buyer_id) in known.blocked,
    )
    shown = [found.product_id for found in (affordable or products) if found.fits]
    features = {**best.features, **_facts(wanted, shop, best.relevance, known)}
    return Match(
        shop.shop_id,
        0.0,
        {name: round(value, 4) for name, value in features.items()},
        shown[:PRODUCTS_SHOWN],
        reason(shop, ask),
    )


def _facts(wanted: Wanted, shop: Known, relevance: float, known: Knowledge) -> dict[str, float]:
    category = wanted.need.category_id
    together = known.by_category.get((shop.shop_id, category), NOTHING) if category else NOTHING
    chain = (known.rates.get(None, NOTHING), known.rates.get(category, NOTHING), shop.record, together)
    timed = shop.record.answers if shop.answer_seconds else 0.0
    usual = usual_seconds(shop.answer_seconds, timed)
    return {
        "relevance": relevance,
        # Both, so that what a model says can be held against the rates later.
        "rate": answer_rate(*chain),
        "answers": answer_rate(*chain),
        "in_time": in_time(usual, timed, wanted.within) if wanted.within else 1.0,
        "seconds": usual,
        "timed": timed,
        "adoption": adoption_rate(*chain),
        "service": service_rate(shop.praise, shop.blame),
        "trials": shop.record.trials,
        "category_trials": together.trials,
        "load": float(shop.open_now),
        "recent": shop.recent,
        # A week and never are the same here.
        "since_asked": min(168.0, shop.since_asked if shop.since_asked is not None else 168.0),
        "hour": wanted.hour,
    }


def _score(wanted: Wanted, fitting: list[Match], weights: Weights) -> None:
    if not fitting:
        return
    artifact = model.in_use()
    if artifact is not None:
        chances = artifact.chances(
            [match.shop_id for match in fitting], wanted.need.category_id, [match.features for match in fitting]
        )
        for match, chance in zip(fitting, chances, strict=True):
            match.features["answers"] = round(float(chance), 4)
    scores = score(
        Shops.of([match.features for match in fitting]),
        weights,
        wave=wanted.wave,
        places=wanted.places or wanted.limit,
        hope=wanted.hope,
        seed=wanted.seed,
        draws=settings.QA_DRAWS,
    )
    for number, match in enumerate(fitting):
        # To so many digits, not places: who was asked much lately is worth little, but not alike.
        match.score = float(f"{scores.total[number]:.4g}")
        match.features["exploration"] = round(float(scores.explored[number]), 4)
        if scores.propensity is not None:
            match.propensity = round(float(scores.propensity[number]), 4)
