"""The order in which a buyer sees answers: score and taste, with a step back for what resembles one above."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from shops import search

from . import weights
from .taste import Liking, Taste


@dataclass(frozen=True)
class Entry:
    """An answer as ordering sees it; product facts are those of its first card.

    Attributes:
        score: what `judge` found, without taste.
        products: primary keys of all its products.
        values: (attribute, value) pairs.
    """

    pk: int
    shop_id: int
    score: float
    visible_at: datetime
    title: str = ""
    price_fen: int | None = None
    category_id: int | None = None
    products: frozenset[int] = frozenset()
    values: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Placed:
    """One answer in its place: `score` with taste; `stepped_back`, what its likeness to one above cost it."""

    pk: int
    score: float
    liking: Liking = field(default_factory=Liking)
    stepped_back: float = 0.0


def order(entries: Sequence[Entry], taste: Taste | None = None) -> list[Placed]:
    """Best for this buyer first; equal ones by who answered earlier. Without taste that part is nobody's."""
    likings = {entry.pk: _liking(entry, taste) for entry in entries}
    scores = {entry.pk: entry.score + weights.TASTE * likings[entry.pk].share for entry in entries}
    left = sorted(entries, key=lambda entry: (-scores[entry.pk], entry.visible_at, entry.pk))
    placed: list[Placed] = []
    likeness = dict.fromkeys(scores, 0.0)
    while left:
        # The first of the best: `left` keeps the order of equal ones.
        best = max(left, key=lambda entry: round(scores[entry.pk] - weights.DIVERSITY * likeness[entry.pk], 9))
        left.remove(best)
        cost = weights.DIVERSITY * likeness[best.pk]
        placed.append(Placed(best.pk, round(scores[best.pk], 6), likings[best.pk], round(cost, 6)))
        for entry in left:
            likeness[entry.pk] = max(likeness[entry.pk], alike(best, entry))
    return placed


def _liking(entry: Entry, taste: Taste | None) -> Liking:
    if taste is None:
        return Liking()
    return taste.likes(
        shop_id=entry.shop_id, category_id=entry.category_id, price_fen=entry.price_fen, values=entry.values
    )


def alike(one: Entry, other: Entry) -> float:
    """1 for the same shop or the same goods, 0 for answers that have nothing in common."""
    if one.shop_id == other.shop_id or one.products & other.products:
        return 1.0
    if one.price_fen is None or other.price_fen is None:
        return 0.0
    nearer = min(one.price_fen, other.price_fen) / max(one.price_fen, other.price_fen, 1)
    parts = {
        "title": _overlap(_tokens(one.title), _tokens(other.title)),
        "values": _overlap(one.values, other.values),
        "price": nearer,
    }
    return sum(weights.ALIKE[name] * part for name, part in parts.items())


@lru_cache(maxsize=2048)
def _tokens(title: str) -> frozenset[str]:
    return frozenset(search.tokens(title))


def _overlap(one: frozenset, other: frozenset) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0
