"""The products that a need reaches. PostgreSQL finds, weighs and cuts them in one statement; what each token of the
need is worth comes from the catalogue (shops.search), and of each product comes back which of them it has."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models import F, QuerySet, Value

from shops import search
from shops.models import Product, Shop
from shops.search.words import LATIN_WORD, clean

from ..need import Need

# Share of each part in a product's relevance; they sum to 1. A part that the need says nothing about is left out.
WEIGHTS = {"words": 0.4, "category": 0.25, "attributes": 0.2, "price": 0.12, "city": 0.03}
# The newest of a category that are looked at where words don't reach them, for each product of the pool.
OF_CATEGORY = 2

COLUMNS = "id, shop_id, category_id, price_from_fen, stock, title"
REACHED = """
SELECT {columns}, {city}, {said} FROM (
    SELECT *, {nearness} AS nearness FROM ({found}) AS found ORDER BY {order} LIMIT {pool}
) AS best ORDER BY {order}
"""
# Between equals the one that says more, then by lot, anew for each question: whoever sold more, or came later, must not
# be asked each time.
ORDER = "nearness DESC, length(title) DESC, hashint8extended(id, {lot:d}), id"
BY_WORDS = "(SELECT {columns}, search FROM {table} WHERE {found} AND {on_sale} LIMIT {most})"
BY_CATEGORY = (
    "(SELECT {columns}, search FROM {table} WHERE category_id = %s AND {on_sale}{others} ORDER BY id DESC LIMIT {most})"
)
OTHERS = " AND ({found}) IS NOT TRUE"


@dataclass
class Pool:
    """Products, the nearest first.

    Attributes:
        rows: (id, shop, category, price in fen, stock, title, the shop's city where the need names one).
        plan: what the tokens are worth; None for a need without words.
        bits: for each row the tokens that it has, the first as the lowest bit.
        topics: categories that are the need's own, or beside it where the search is widened.
    """

    rows: list[tuple] = field(default_factory=list)
    plan: search.Plan | None = None
    bits: list[int] = field(default_factory=list)
    topics: set[int] = field(default_factory=set)

    @cached_property
    def tokens(self) -> list[str]:
        return list(self.plan.worth) if self.plan else []

    @cached_property
    def worth(self) -> np.ndarray:
        return np.array(list(self.plan.worth.values()) if self.plan else [], float)

    @cached_property
    def is_word(self) -> np.ndarray:
        """Which tokens are words: not the single characters of a word."""
        longer = "|".join(token for token in self.tokens if len(token) > 1)
        return np.array([len(t) > 1 or bool(LATIN_WORD.fullmatch(t)) or t not in longer for t in self.tokens], bool)

    @cached_property
    def has(self) -> np.ndarray:
        """Rows × tokens: 1 where the product has the token."""
        places = np.arange(len(self.worth), dtype=np.int64)
        return (np.array(self.bits, np.int64)[:, None] >> places & 1).astype(float)


def reach(
    needs: Sequence[Need],
    *,
    without: Sequence[Collection[int]] | None = None,
    beside: Sequence[Collection[int]] | None = None,
    lots: Sequence[int] | None = None,
) -> list[Pool]:
    """For each need the products on sale that its words or its category reach; one statement a need, and one for all.

    Args:
        without: for each need, shops (primary keys) that are left out.
        beside: for each need, categories that count as well as its own.
        lots: for each need a number by which equals are put in order.
    """
    known = search.frequencies([token for need in needs for token in clean(need.words)])
    pools = []
    for number, need in enumerate(needs):
        plan = search.plan(need.words, known=known, most=search.NAMED * settings.QA_POOL)
        topics = {need.category_id, *(beside[number] if beside else ())} - {None}
        lot = lots[number] if lots else 0
        pools.append(_reach(need, plan, without[number] if without else (), topics, lot))
    return pools


def _reach(need: Need, plan: search.Plan | None, without: Collection[int], topics: set[int], lot: int) -> Pool:
    if plan is None and not topics:
        return Pool()
    on_sale, barred = "status = 'published'", []
    if without:
        on_sale, barred = on_sale + " AND shop_id <> ALL(%s)", [sorted(without)]
    names = {
        "columns": COLUMNS,
        "table": Product._meta.db_table,
        "on_sale": on_sale,
        "found": plan.condition if plan else "",
    }
    nearness, values = _nearness(need, plan, topics)
    parts = []
    if plan:
        parts.append(BY_WORDS.format(**names, most=search.MOST * settings.SEARCH_BUDGET))
        values += [*plan.values, *barred]
    for topic in sorted(topics):
        others, most = OTHERS.format(**names) if plan else "", OF_CATEGORY * settings.QA_POOL
        parts.append(BY_CATEGORY.format(**names, others=others, most=most))
        values += [topic, *barred, *(plan.values if plan else [])]
    sql = REACHED.format(
        columns=COLUMNS,
        city=f"(SELECT city FROM {Shop._meta.db_table} WHERE id = shop_id)" if need.city else "''",  # noqa: S608
        said=search.points_sql("search", _bits(plan)) if plan else "0",
        nearness=nearness,
        found=" UNION ALL ".join(parts),
        order=ORDER.format(lot=lot),
        pool=settings.QA_POOL,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*(plan.quoted if plan else []), *values])
        return _pool(cursor.fetchall(), plan, topics)


def among(need: Need, products: QuerySet[Product]) -> Pool:
    """Of these products, those nearest to the need's words."""
    plan = search.plan(need.words)
    if plan is not None:
        products = products.annotate(
            near=search.Points(F("search"), plan.points), said=search.Points(F("search"), _bits(plan))
        ).order_by("-near", "-sold", "-pk")
    else:
        products = products.annotate(said=Value(0))
    names = [*COLUMNS.split(", "), "shop__city", "said"]
    return _pool(products.values_list(*names)[: settings.QA_POOL], plan, {need.category_id} - {None})


def _pool(rows: Iterable[tuple], plan: search.Plan | None, topics: set[int]) -> Pool:
    rows = list(rows)
    return Pool([row[:-1] for row in rows], plan, [row[-1] for row in rows], topics)


def _bits(plan: search.Plan) -> dict[str, int]:
    return {token: 1 << place for place, token in enumerate(plan.worth)}


def _nearness(need: Need, plan: search.Plan | None, topics: set[int]) -> tuple[str, list]:
    """SQL by which the pool is cut, and its parameters: words, category and price as in WEIGHTS; attributes come later."""
    parts: list[str] = []
    values: list = []
    if plan:
        # Words that every product has are worth nothing.
        whole = sum(plan.points.values()) or 1
        parts.append(f"{search.points_sql('search', plan.points)} * {WEIGHTS['words'] / whole:.12f}")
        values += plan.quoted
    if topics:
        parts.append(f"CASE WHEN category_id = ANY(%s) THEN {WEIGHTS['category']} ELSE 0 END")
        values.append(sorted(topics))
    low, high = need.budget_min_fen or 0, need.budget_max_fen or 0
    if low or high:
        # As products.price_fit.
        above = f"WHEN price_from_fen > {high:d} THEN 1 - 2.0 * (price_from_fen - {high:d}) / {high:d} " if high else ""
        below = f"WHEN price_from_fen < {low:d} THEN 1 - 2.0 * ({low:d} - price_from_fen) / {low:d} " if low else ""
        parts.append(f"{WEIGHTS['price']} * greatest(0, CASE {above}{below}ELSE 1 END)")
    return " + ".join(parts), values
