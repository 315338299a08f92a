"""Products that may answer a need, held against its wishes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from shops import search
from shops.models import AttributeValue

from ..need import SAID, TAPPED, Need
from ..understanding.catalogue import terms
from .pool import WEIGHTS, Pool

LEAST_RELEVANCE = 0.25
# What tokens that no product has count, against those that some have: they tell no two products apart.
UNHEARD = 0.2
# A product speaks of the need at all when it has this share of what the need's words are worth, or this share of what
# its single characters are worth: 手工皂 is no answer to 二手挖掘机, but 茶杯 is one to 杯子.
LEAST_SAID, LEAST_SPELT = 0.08, 0.45

# Less than any difference that words make.
HAIR = 1e-6


@dataclass(slots=True)
class Candidate:
    """A product that may answer the need.

    Attributes:
        features: its parts of WEIGHTS.
        fits: relevant enough, and it speaks of the need: a price that fits alone says nothing.
    """

    product_id: int
    shop_id: int
    price_fen: int
    stock: int
    values: dict[str, list[str]]
    features: dict[str, float]
    relevance: float = 0.0
    fits: bool = False


def score(need: Need, pool: Pool, values: "Values | None" = None) -> list[Candidate]:
    """Candidates, those that fit first, by falling relevance; what the buyer wants to avoid drops out.

    Args:
        values: of the products' attributes, where they are known already or nobody asks for them.
    """
    if not pool.rows:
        return []
    if values is None:
        values = values_of([row[0] for row in pool.rows])
    named = [_named(values.get(row[0], ())) for row in pool.rows]
    parts = _parts(need, pool, named)
    relevance = np.zeros(len(pool.rows))
    for name, part in parts.items():
        relevance += part * WEIGHTS[name]
    relevance /= sum(WEIGHTS[name] for name in parts) or 1
    fits = (relevance >= LEAST_RELEVANCE) & _speaks_of_it(need, pool)
    rows = zip(*(part.tolist() for part in parts.values()), strict=True) if parts else [()] * len(named)
    features = [dict(zip(parts, row, strict=True)) for row in rows]
    order = np.lexsort((-relevance, ~fits)).tolist()
    scores, good = relevance.tolist(), fits.tolist()
    found = []
    for place in order:
        product, shop, _category, price, stock, title, _city = pool.rows[place]
        if not need.avoid or not avoids(need, title, values.get(product, ())):
            found.append(
                Candidate(product, shop, price, stock, named[place], features[place], scores[place], good[place])
            )
    return found


# Product -> its attributes' (name, value, the value's synonyms).
Values = dict[int, list[tuple[str, str, str]]]


def values_of(product_ids: Collection[int]) -> Values:
    """One statement."""
    links = AttributeValue.products.through.objects.filter(product_id__in=product_ids).values_list(
        "product_id", "attributevalue__attribute__name", "attributevalue__name", "attributevalue__synonyms"
    )
    found: Values = defaultdict(list)
    for product_id, name, value, synonyms in links:
        found[product_id].append((name, value, synonyms))
    return found


def _named(values: Iterable[tuple[str, str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for attribute, name, _synonyms in values:
        found.setdefault(attribute, []).append(name)
    return found


def avoids(need: Need, title: str, values: Iterable[tuple[str, str, str]]) -> bool:
    """True when the product is, by its title or its (attribute, value, synonyms), what the buyer wants to avoid."""
    unwanted = [search.fold(word) for word in need.avoid]
    said = [search.fold(title), *(term for _, name, synonyms in values for term in terms(name, synonyms))]
    return any(word in text or text in word for word in unwanted for text in said)


def _parts(need: Need, pool: Pool, values: Sequence[dict[str, list[str]]]) -> dict[str, np.ndarray]:
    """Of each part that the need speaks of, how well each row does: 0 to 1."""
    parts: dict[str, np.ndarray] = {}
    if len(pool.worth):
        heard = pool.has.any(axis=0)
        parts["words"] = _reread(pool, pool.has @ pool.worth / (pool.worth * np.where(heard, 1.0, UNHEARD)).sum())
    if need.category_id:
        parts["category"] = np.array([row[2] == need.category_id for row in pool.rows], float)
    if need.attributes:
        wishes = need.attributes.items()
        parts["attributes"] = np.array([sum(_fit(row, *wish) for wish in wishes) / len(wishes) for row in values])
    if need.has_budget:
        parts["price"] = np.array([price_fit(need, row[3]) for row in pool.rows])
    if need.city and any(row[6] for row in pool.rows):
        parts["city"] = np.array([need.city in (row[6] or need.city) for row in pool.rows], float)
    return parts


def _reread(pool: Pool, shares: np.ndarray) -> np.ndarray:
    """The same shares, those of the nearest dealt out in the order that search's second opinion gives them, where
    there is one (settings.SEARCH_RERANKER)."""
    top = np.argsort(-shares, kind="stable")[: search.TOP]
    ids = [pool.rows[place][0] for place in top]
    wished = " ".join(token for token, whole in zip(pool.tokens, pool.is_word, strict=True) if whole)
    agreed = search.agreed(wished, ids)
    if agreed == ids:
        return shares
    place_of = dict(zip(ids, top, strict=True))
    dealt = shares.copy()
    # Equal shares are dealt out in order as well.
    dealt[[place_of[pk] for pk in agreed]] = shares[top] - HAIR * np.arange(len(top))
    return dealt


def _speaks_of_it(need: Need, pool: Pool) -> np.ndarray:
    of_kind = np.array([row[2] in pool.topics for row in pool.rows], bool)
    if not len(pool.worth):
        return of_kind
    said = _share(pool, pool.is_word) >= LEAST_SAID
    if need.category_id and need.origins.get("category") in (SAID, TAPPED):
        # Another kind must have a word of it: 口红 is not spelt by the 口 and 红 of a tea's taste.
        return of_kind | said
    return of_kind | said | (_share(pool, ~pool.is_word) >= LEAST_SPELT)


def _share(pool: Pool, tokens: np.ndarray) -> np.ndarray:
    """How much of what these tokens are worth each row has."""
    total = pool.worth[tokens].sum()
    return pool.has[:, tokens] @ pool.worth[tokens] / total if total else np.zeros(len(pool.rows))


def _fit(values: dict[str, list[str]], name: str, wanted: str) -> float:
    """A shop that does not say is better than one that says otherwise."""
    return 0.4 if name not in values else float(wanted in values[name])


def price_fit(need: Need, price_fen: int) -> float:
    """1 within the budget, falling to 0 at half below or half above it."""
    low, high = need.budget_min_fen, need.budget_max_fen
    if high and price_fen > high:
        return max(0.0, 1 - 2 * (price_fen - high) / high)
    if low and price_fen < low:
        return max(0.0, 1 - 2 * (low - price_fen) / low)
    return 1.0
