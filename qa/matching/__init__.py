"""Which shops to ask: the one function `match_many`, behind which everything may be replaced (settings.QA_MATCHER).

A shop is as good as its best product for this need (products.py). Those that may not be asked drop out (filters.py);
the others are scored by what is known of them (standing.py, rates.py, model.py, scoring.py).
What a merchant pays, for ads or as a fee, is never read here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from shops.models import Category, Product

from ..need import Need
from . import standing
from .choosing import Match, Wanted, choose, weights_in_use
from .filters import awake, shop_reason
from .products import LEAST_RELEVANCE, POOL, Candidate, Scored, avoids, columns, pool, price_fit, score

__all__ = [
    "Candidate",
    "Match",
    "Request",
    "avoids",
    "awake",
    "in_stock",
    "match",
    "match_many",
    "price_fit",
    "rank_products",
]

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
        places: how many are asked, `limit` where it isn't said.
        seed: of the draw; the need's own text where none is given.
    """

    need: Need
    exclude: Collection[int]
    limit: int
    widened: bool = False
    buyer_id: int | None = None
    places: int | None = None
    seed: int | None = None


def match(need: Need, *, exclude: Collection[int], limit: int, at: datetime) -> list[Match]:
    """Shops for one need; see match_many."""
    return match_many([Request(need, exclude, limit)], at=at)[0]


def match_many(requests: Sequence[Request], *, at: datetime) -> list[list[Match]]:
    """For each request shops, best first: at most `limit` that may be asked, then the best of those that may not.

    What is known of the shops is read once for all requests.

    Args:
        at: the moment of asking; shops have quiet hours.
    """
    looked = [_look(request) for request in requests]
    known = standing.read(
        {candidate.shop_id for scored in looked for candidate in scored.candidates},
        category_ids={request.need.category_id for request in requests if request.need.category_id},
        buyer_ids={request.buyer_id for request in requests if request.buyer_id},
        at=at,
    )
    weights = weights_in_use()
    return [
        choose(
            _wanted(request, at), scored.candidates, {row["id"]: row["stock"] for row in scored.rows}, known, weights
        )
        for request, scored in zip(requests, looked, strict=True)
    ]


def _wanted(request: Request, at: datetime) -> Wanted:
    return Wanted(request.need, at, request.limit, request.places, request.buyer_id, request.seed)


def _look(request: Request) -> Scored:
    need, rows = request.need, pool(request.need, request.exclude)
    siblings = _siblings(need) if request.widened else []
    if siblings:
        seen = {row["id"] for row in rows}
        for sibling in siblings:
            near = pool(replace(need, category_id=sibling, words=[]), request.exclude)
            rows += [row for row in near[: POOL // len(siblings)] if row["id"] not in seen]
        need = replace(need, category_id=None)
    return score(need, rows)


def _siblings(need: Need) -> list[int]:
    """Categories beside the need's own."""
    same_parent = Category.objects.filter(parent__children=need.category_id).exclude(pk=need.category_id)
    return list(same_parent.order_by("pk").values_list("pk", flat=True)[:WIDENED_TO]) if need.category_id else []


def rank_products(need: Need, products: QuerySet[Product], *, limit: int) -> list[Candidate]:
    """The products of `products` that fit the need, best first; for one shop's picker or a buyer's suggestions."""
    return score(need, list(columns(products)[:POOL])).candidates[:limit]


def in_stock(need: Need) -> list[Candidate]:
    """What the buyer could really get now: the material of the clarifying questions."""
    rows = [row for row in pool(need, ()) if row["stock"] > 0 and not shop_reason(row, None)]
    return [found for found in score(need, rows).candidates if found.relevance >= LEAST_RELEVANCE]
