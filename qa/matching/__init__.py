"""Which shops to ask: the one function `match_many`, behind which everything may be replaced (settings.QA_MATCHER).

A shop is as good as its best product for this need (products.py). Those that may not be asked drop out (filters.py);
the others are scored by what is known of them (standing.py, rates.py, model.py, scoring.py).
What a merchant pays, for ads or as a fee, is never read here.
"""

import math
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from django.db.models import QuerySet

from shops.models import Category, Product

from ..need import Need
from . import standing
from .choosing import Match, Wanted, by_shop, choose, weights_in_use
from .filters import awake
from .pool import among, reach
from .products import Candidate, avoids, price_fit, score, values_of
from .scoring import Weights

__all__ = [
    "Candidate",
    "Match",
    "Request",
    "avoids",
    "awake",
    "match",
    "match_many",
    "price_fit",
    "rank_products",
]

# Shops, those with the best products first, of which more is read than what they sell.
LOOKED_AT = 80
# Categories that a widened search takes in.
WIDENED_TO = 4


@dataclass(frozen=True)
class Request:
    """A question that looks for shops.

    Attributes:
        exclude: shops (primary keys) that must not be asked: asked already, the buyer's own, blocked.
        limit: how many that may be asked are wanted.
        widened: categories beside the need's own count as well.
        buyer_id: who asks, where scoring wants to know.
        places: how many are asked at most, `limit` where it isn't said.
        hope: answers that those asked together should promise; where fewer than `places` do, no more are asked.
        wave: the number of the wave; within: seconds until the next shops are asked, None where nobody waits.
        seed: of the draw, and of the lot between equal products; the need's own text where none is given.
    """

    need: Need
    exclude: Collection[int]
    limit: int
    widened: bool = False
    buyer_id: int | None = None
    places: int | None = None
    hope: float = math.inf
    wave: int = 1
    within: float | None = None
    seed: int | None = None

    @property
    def lot(self) -> int:
        return zlib.crc32(repr(self.need).encode()) if self.seed is None else self.seed


def match(need: Need, *, exclude: Collection[int], limit: int, at: datetime) -> list[Match]:
    """Shops for one need; see match_many."""
    return match_many([Request(need, exclude, limit)], at=at)[0]


def match_many(requests: Sequence[Request], *, at: datetime) -> list[list[Match]]:
    """For each request shops, best first: at most `limit` that may be asked, then the best of those that may not.

    What is known of the shops is read once for all requests.

    Args:
        at: the moment of asking; shops have quiet hours.
    """
    weights = weights_in_use()
    looked = [by_shop(found) for found in _look(requests)]
    found = _choose(requests, [dict(islice(shops.items(), LOOKED_AT)) for shops in looked], weights, at)
    # At night many sleep: then the others are looked at as well.
    short = [
        number
        for number, (request, matches) in enumerate(zip(requests, found, strict=True))
        if len(looked[number]) > LOOKED_AT and sum(not match.reason for match in matches) < request.limit
    ]
    again = _choose([requests[number] for number in short], [looked[number] for number in short], weights, at)
    return [dict(zip(short, again, strict=True)).get(number, matches) for number, matches in enumerate(found)]


def _choose(
    requests: Sequence[Request], looked: Sequence[dict[int, list[Candidate]]], weights: Weights, at: datetime
) -> list[list[Match]]:
    if not requests:
        return []
    known = standing.read(
        {shop_id for shops in looked for shop_id in shops},
        category_ids={request.need.category_id for request in requests if request.need.category_id},
        buyer_ids={request.buyer_id for request in requests if request.buyer_id},
        at=at,
    )
    return [
        choose(_wanted(request, at), shops, known, weights) for request, shops in zip(requests, looked, strict=True)
    ]


def _wanted(request: Request, at: datetime) -> Wanted:
    return Wanted(
        need=request.need,
        at=at,
        limit=request.limit,
        places=request.places,
        hope=request.hope,
        wave=request.wave,
        within=request.within,
        buyer_id=request.buyer_id,
        seed=request.lot,
    )


def _look(requests: Sequence[Request]) -> list[list[Candidate]]:
    """The products for each request, best first."""
    beside = [_siblings(request.need) if request.widened else [] for request in requests]
    # Beside its own category every other is as good.
    needs = [
        replace(request.need, category_id=None) if siblings else request.need
        for request, siblings in zip(requests, beside, strict=True)
    ]
    pools = reach(
        [request.need for request in requests],
        without=[request.exclude for request in requests],
        beside=beside,
        lots=[request.lot for request in requests],
    )
    wanted = [need.attributes or need.avoid for need in needs]
    values = (
        values_of([row[0] for pool, asked in zip(pools, wanted, strict=True) if asked for row in pool.rows])
        if any(wanted)
        else {}
    )
    return [score(need, pool, values) for need, pool in zip(needs, pools, strict=True)]


def _siblings(need: Need) -> list[int]:
    """Categories beside the need's own."""
    same_parent = Category.objects.filter(parent__children=need.category_id).exclude(pk=need.category_id)
    return list(same_parent.order_by("pk").values_list("pk", flat=True)[:WIDENED_TO]) if need.category_id else []


def rank_products(need: Need, products: QuerySet[Product], *, limit: int) -> list[Candidate]:
    """The products of `products` that fit the need, best first; for one shop's picker or a buyer's suggestions."""
    return score(need, among(need, products))[:limit]
