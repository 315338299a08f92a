"""Real titles and queries with known answers, laid on our own shelf; and BM25 to hold results against."""

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import datasets
from ._catalogue import make_shops

MISSED = 10**9
# The usual constants.
K1, B = 1.2, 0.75


@dataclass(frozen=True)
class Query:
    text: str
    relevant: frozenset[int]  # ids of the data's products

    @property
    def is_dev(self) -> bool:
        """Half of the queries, by a hash that is the same everywhere: what was tuned was tuned on these."""
        return int(hashlib.sha256(self.text.encode()).hexdigest(), 16) % 2 == 0


@dataclass(frozen=True)
class Shelf:
    """`products` as the data gives them; `key` finds the primary key of ours for an id of theirs."""

    products: list[dict]
    queries: list[Query]
    key: dict[int, int]

    def merchant_of(self) -> dict[int, int]:
        """Primary key of a product -> the data's merchant."""
        return {self.key[row["id"]]: row["merchant"] for row in self.products}


def load(folder: Path) -> Shelf:
    """Put every product of the data on sale, each at its merchant's shop.

    In the order of a hash: in the data's own order the relevant ones stand first, and equal scores are ordered by age.
    """
    from shops import search
    from shops.models import Product
    from shops.search.frequencies import count

    rows = list(datasets.lines(folder / "products.jsonl"))
    queries = [Query(row["query"], frozenset(row["relevant"])) for row in datasets.lines(folder / "queries.jsonl")]
    rows.sort(key=lambda row: hashlib.sha256(f"product {row['id']}".encode()).hexdigest())
    names = sorted({row["merchant"] for row in rows})
    shops = dict(zip(names, make_shops(len(names)), strict=True))
    made = Product.objects.bulk_create(
        [
            Product(
                shop_id=shops[row["merchant"]],
                title=row["title"][:60],
                status=Product.Status.PUBLISHED,
                price_from_fen=100,
                stock=1,
                search=search.vector(row["title"]),
            )
            for row in rows
        ],
        batch_size=500,
    )
    count()
    return Shelf(rows, queries, {row["id"]: product.pk for row, product in zip(rows, made, strict=True)})


def load_texts(folder: Path) -> list[str]:
    """What people typed, unlabelled: for the load."""
    path = folder / "load_queries.jsonl"
    with path.open(encoding="utf-8") as rows:
        return [json.loads(row)["query"] for row in rows]


class BM25:
    """The baseline: search words and single characters, each as often as it stands there."""

    def __init__(self, texts: dict[int, str]):
        self.postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.lengths = {}
        for key, text in texts.items():
            found = _bag(text)
            self.lengths[key] = len(found)
            for token, times in Counter(found).items():
                self.postings[token].append((key, times))
        self.mean = sum(self.lengths.values()) / len(self.lengths)

    def rank(self, query: str, limit: int) -> list[int]:
        scores: dict[int, float] = defaultdict(float)
        for token in set(_bag(query)):
            found = self.postings.get(token, ())
            rarity = math.log(1 + (len(self.lengths) - len(found) + 0.5) / (len(found) + 0.5))
            for key, times in found:
                norm = K1 * (1 - B + B * self.lengths[key] / self.mean)
                scores[key] += rarity * times * (K1 + 1) / (times + norm)
        return sorted(scores, key=lambda key: (-scores[key], key))[:limit]


def _bag(text: str) -> list[str]:
    import rjieba

    from shops.search import fold, is_chinese

    folded = fold(text)
    return [*filter(str.isalnum, rjieba.cut_for_search(folded)), *filter(is_chinese, folded)]


def first_place(ranked: Iterable[int], wanted: frozenset[int]) -> int:
    """The place of the first wanted one, from 1; MISSED where there is none."""
    return next((place for place, key in enumerate(ranked, 1) if key in wanted), MISSED)


def mrr(places: Sequence[int], cut: int = 10) -> float:
    return sum(1 / place for place in places if place <= cut) / len(places)


def recall(places: Sequence[int], cut: int) -> float:
    """Share of queries with something relevant among the first `cut`; the data knows one product a query."""
    return sum(place <= cut for place in places) / len(places)


def halves(queries: Sequence[Query], places: Sequence[int], figure: Callable[[Sequence[int]], float]) -> str:
    """A figure on all queries, with both halves: 0.750 (dev 0.703, held-out 0.791)."""
    parts = [
        [place for query, place in zip(queries, places, strict=True) if query.is_dev is dev] for dev in (True, False)
    ]
    dev, held = (f"{figure(part):.3f}" if part else "-" for part in parts)
    return f"{figure(places):.3f} (dev {dev}, held-out {held})"
