"""From a query to the merchants who have it: 1,000 shops, three in ten of whose titles are not theirs.

A merchant is relevant when one of its products is relevant to the query. A shop is as near as its best product.
The baseline is the same by BM25 in memory.
"""

from collections.abc import Sequence
from functools import partial

from . import _labelled, datasets

FIGURES = ("recall1", "recall5", "recall10", "recall20")
CUTS = {1: "", 5: ">= 0.84", 10: "", 20: ">= 0.92"}
# Products looked at for a query, as in matching.
POOL = 400


def run(options, report) -> dict[str, float]:
    from shops import search

    shelf = _labelled.load(datasets.folder(options, "taobao"))
    merchant = shelf.merchant_of()
    bm25 = _labelled.BM25({shelf.key[row["id"]]: row["title"] for row in shelf.products})
    ours = places(shelf, merchant, lambda text: [(hit.product_id, hit.score) for hit in search.rank(text, limit=POOL)])
    base = places(shelf, merchant, lambda text: [(key, 0.0) for key in bm25.rank(text, POOL)])
    figures = {}
    for cut, limit in CUTS.items():
        name = f"recall{cut}"
        figures[name] = round(_labelled.recall(ours, cut), 3)
        values = [_labelled.halves(shelf.queries, found, partial(_labelled.recall, cut=cut)) for found in (ours, base)]
        report.row(name, values[0], limit=limit, baseline=values[1])
    return figures


def places(shelf, merchant: dict[int, int], rank) -> list[int]:
    """The place of the first relevant merchant, for each query."""
    found = []
    for query in shelf.queries:
        wanted = frozenset(merchant[shelf.key[id_]] for id_ in query.relevant)
        found.append(_labelled.first_place(by_merchant(rank(query.text), merchant), wanted))
    return found


def by_merchant(hits: Sequence[tuple[int, float]], merchant: dict[int, int]) -> list[int]:
    """Merchants in the order of their best product."""
    return list(dict.fromkeys(merchant[key] for key, _score in hits))
