"""From a query to the merchants who have it: 1,000 shops, three in ten of whose titles are not theirs.

A merchant is relevant when one of its products is relevant to the query. Ours is the whole way of a question: understood,
matched, filtered and scored, among shops of which nothing is known yet; nothing is drawn. Beside it the bare search,
where a shop is as near as its best product; the baseline is the same by BM25 in memory.
"""

from collections.abc import Callable, Sequence
from functools import partial

from . import _labelled, datasets

FIGURES = ("recall1", "recall5", "recall10", "recall20")
CUTS = {1: "", 5: ">= 0.84", 10: "", 20: ">= 0.92"}
# Products looked at for a query by the bare search.
POOL = 400


def run(options, report) -> dict[str, float]:
    from django.test import override_settings

    from shops import search

    shelf = _labelled.load(datasets.folder(options, "taobao"))
    merchant = shelf.merchant_of()
    bm25 = _labelled.BM25({shelf.key[row["id"]]: row["title"] for row in shelf.products})
    with override_settings(QA_DRAWS=0):
        ours = places(shelf, merchant, _matched(merchant))
    bare = places(shelf, merchant, lambda text: by_merchant(_searched(search.rank(text, limit=POOL)), merchant))
    base = places(shelf, merchant, lambda text: by_merchant(bm25.rank(text, POOL), merchant))
    figures = {}
    for cut, limit in CUTS.items():
        name = f"recall{cut}"
        figures[name] = round(_labelled.recall(ours, cut), 3)
        values = [
            _labelled.halves(shelf.queries, found, partial(_labelled.recall, cut=cut)) for found in (ours, base, bare)
        ]
        report.row(name, values[0], limit=limit, baseline=values[1])
        report.row("  by search alone", values[2])
    return figures


def places(shelf, merchant: dict[int, int], rank: Callable[[str], Sequence[int]]) -> list[int]:
    """The place of the first relevant merchant, for each query."""
    found = []
    for query in shelf.queries:
        wanted = frozenset(merchant[shelf.key[id_]] for id_ in query.relevant)
        found.append(_labelled.first_place(rank(query.text), wanted))
    return found


def by_merchant(products: Sequence[int], merchant: dict[int, int]) -> list[int]:
    """Merchants in the order of their best product."""
    return list(dict.fromkeys(merchant[key] for key in products))


def _searched(hits) -> list[int]:
    return [hit.product_id for hit in hits]


def _matched(merchant: dict[int, int]) -> Callable[[str], list[int]]:
    """From a text to the merchants that may be asked, best first."""
    from django.utils import timezone

    from qa.matching import match
    from qa.understanding import understand
    from shops.models import Product

    of_shop = {shop: merchant[pk] for pk, shop in Product.objects.values_list("pk", "shop_id")}
    noon = timezone.localtime().replace(hour=12)

    def found(text: str) -> list[int]:
        matches = match(understand(text), exclude=(), limit=max(CUTS), at=noon)
        return [of_shop[row.shop_id] for row in matches if not row.reason]

    return found
