"""Which shops to ask: the one function `match_many`, behind which everything may be replaced (settings.QA_MATCHER).

A shop is as good as its best product for this need. Products are found by search words and category, scored by
words, category, attributes, price and place; the shop's record of answering and its present load come on top.
What a merchant pays, for ads or as a fee, is never read here.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import QuerySet

from shops.models import Category, Product

from ..need import Need
from .filters import awake, shop_reason
from .products import LEAST_RELEVANCE, POOL, Candidate, Scored, avoids, columns, pool, price_fit, score
from .standing import loads, records

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

# Refused shops kept for the story, and products shown of a shop.
REFUSED_KEPT = 20
PRODUCTS_SHOWN = 3
# Each question that is open at a shop lowers its score; at FULL_LOAD it is asked nothing more.
LOAD_STEP, FULL_LOAD = 0.02, 20
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
    """

    need: Need
    exclude: Collection[int]
    limit: int
    widened: bool = False
    buyer_id: int | None = None


@dataclass
class Match:
    """A shop that was looked at.

    Attributes:
        score: comparable within one call only.
        features: the named parts of the score, 0 to 1 but for `load` (questions open there).
        product_ids: its best products for the need, best first.
        reason: "" when it may be asked, else why not: closed, resting, quiet_hours, cannot_be_paid,
            out_of_stock, too_far, full.
        propensity: how probable it was that this shop is among those asked; None where nobody drew.
    """

    shop_id: int
    score: float
    features: dict[str, float] = field(default_factory=dict)
    product_ids: list[int] = field(default_factory=list)
    reason: str = ""
    propensity: float | None = None


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
    shops = {candidate.shop_id for scored in looked for candidate in scored.candidates}
    known, open_now = records(shops, at), loads(shops)
    return [_match(request, scored, known, open_now, at) for request, scored in zip(requests, looked, strict=True)]


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


def _match(request: Request, scored: Scored, known: dict, open_now: dict, at: datetime) -> list[Match]:
    by_shop: dict[int, list[Candidate]] = defaultdict(list)
    rows = {row["id"]: row for row in scored.rows}
    for candidate in scored.candidates:
        by_shop[candidate.shop_id].append(candidate)
    matches = [_match_shop(products, rows, known, open_now, at) for products in by_shop.values()]
    matches.sort(key=lambda found: (-found.score, found.shop_id))
    fitting = [found for found in matches if not found.reason]
    refused = [found for found in matches if found.reason]
    return [*fitting[: request.limit], *refused[:REFUSED_KEPT]]


def rank_products(need: Need, products: QuerySet[Product], *, limit: int) -> list[Candidate]:
    """The products of `products` that fit the need, best first; for one shop's picker or a buyer's suggestions."""
    return score(need, list(columns(products)[:POOL])).candidates[:limit]


def in_stock(need: Need) -> list[Candidate]:
    """What the buyer could really get now: the material of the clarifying questions."""
    rows = [row for row in pool(need, ()) if row["stock"] > 0 and not shop_reason(row, None)]
    return [found for found in score(need, rows).candidates if found.relevance >= LEAST_RELEVANCE]


def _match_shop(products: list[Candidate], rows: dict, known: dict, open_now: dict, at: datetime) -> Match:
    stocked = [found for found in products if rows[found.product_id]["stock"] > 0]
    best = (stocked or products)[0]
    shop_id, load = best.shop_id, open_now[best.shop_id]
    rate = known[shop_id]
    features = {name: round(part, 3) for name, part in best.features.items()}
    features |= {"relevance": round(best.relevance, 3), "answers": round(rate, 3), "load": load}
    total = best.relevance * (0.6 + 0.4 * rate) - LOAD_STEP * load
    reason = shop_reason(rows[best.product_id], at)
    if not reason:
        checks = (
            ("out_of_stock", not stocked),
            ("too_far", best.relevance < LEAST_RELEVANCE),
            ("full", load >= FULL_LOAD),
        )
        reason = next((name for name, failed in checks if failed), "")
    shown = [found.product_id for found in (stocked or products) if found.relevance >= LEAST_RELEVANCE]
    return Match(shop_id, round(total, 4), features, shown[:PRODUCTS_SHOWN], reason)
