"""Products by the summed rarity of the query's tokens that they have: found by the rarest, scored by all.

A query costs what its posting lists cost, so only as many products are looked at as a budget allows: the rarest
tokens first, then pairs of tokens that are each too frequent, and where even those are too many, some of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from django.conf import settings
from django.contrib.postgres.search import SearchQuery
from django.db.models import BigIntegerField, Expression, F, QuerySet, Value

from ..models import Product
from .frequencies import Frequencies, frequencies
from .words import clean, is_chinese, query_tokens, weights

# Scores are whole thousandths: PostgreSQL adds integers twice as fast as decimals, and pages can be cut at them.
UNIT = 1000
# Two tokens of one query stand together this many times more often than chance would have it.
TOGETHER = 20
# Frequent tokens that are paired, the rarest first.
PAIRED = 6


@dataclass(frozen=True)
class Hit:
    product_id: int
    score: float


class Score(Expression):
    """The sum of what those tokens are worth that a tsvector has, in thousandths."""

    output_field = BigIntegerField()

    def __init__(self, vector: F, worth: dict[str, float]):
        super().__init__()
        self.vector, self.worth = vector, worth

    def get_source_expressions(self):
        return [self.vector]

    def set_source_expressions(self, exprs):
        (self.vector,) = exprs

    def as_sql(self, compiler, connection):
        vector, params = compiler.compile(self.vector)
        # One CASE for each: four times as fast as a sub-select over an array.
        cases = [
            f"CASE WHEN {vector} @@ %s::tsquery THEN {round(worth * UNIT)} ELSE 0 END" for worth in self.worth.values()
        ]
        values = [value for token in self.worth for value in (*params, f"'{token}'")]
        return f"({' + '.join(cases)})", values


def rank(query: str | Sequence[str], *, limit: int, among: QuerySet[Product] | None = None) -> list[Hit]:
    """The products nearest to `query`, best first.

    Args:
        query: a text, or tokens of one.
        limit: hits at most.
        among: products to choose from; those on sale, whether their shop is open or not, if None.
    """
    if among is None:
        among = Product.objects.filter(status=Product.Status.PUBLISHED)
    rows = scored(query, among).order_by("-matches", "-sold", "-pk").values_list("pk", "matches")
    return [Hit(pk, matches / UNIT) for pk, matches in rows[:limit]]


def scored(query: str | Sequence[str], queryset: QuerySet, *, strict: bool = False) -> QuerySet:
    """`queryset` narrowed to what is worth looking at for `query`, annotated with its score in thousandths as `matches`.

    Args:
        strict: found by any whole word, or by all single characters; otherwise by some of the characters, too.
    """
    tokens = query_tokens(query) if isinstance(query, str) else clean(query)
    if not tokens:
        return queryset.none().annotate(matches=Value(0))
    known = frequencies(tokens)
    worth = {token: weight * known.rarity(token) for token, weight in weights(tokens).items()}
    ways = [*_strict(tokens)] if strict else [(token,) for token in tokens]
    found = " | ".join(" & ".join(f"'{token}'" for token in way) for way in affordable(ways, known))
    # Tokens are alphanumeric, so nothing in them can be an operator of a tsquery.
    return queryset.filter(search=SearchQuery(found, search_type="raw", config="simple")).annotate(
        matches=Score(F("search"), worth)
    )


def _strict(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    single = tuple(token for token in tokens if len(token) == 1 and is_chinese(token))
    return [*((token,) for token in tokens if token not in single), *([single] if single else [])]


def affordable(ways: Sequence[tuple[str, ...]], known: Frequencies) -> list[tuple[str, ...]]:
    """Conjunctions of tokens whose products together fit settings.SEARCH_BUDGET, those with the fewest first."""
    left = settings.SEARCH_BUDGET
    chosen: list[tuple[str, ...]] = []
    rest = []
    for way in sorted(ways, key=lambda way: _expected(way, known)):
        rows = _expected(way, known)
        if rows <= left:
            chosen.append(way)
            left -= rows
        else:
            rest.append(way)
    words = [token for way in ways for token in way if len(token) > 1]
    pairs = [a + b for a, b in combinations(rest[:PAIRED], 2) if not _overlap(a, b, words)]
    for pair in sorted(pairs, key=lambda way: _expected(way, known)):
        rows = _expected(pair, known)
        if rows <= left:
            chosen.append(pair)
            left -= rows
    return chosen or [tuple(dict.fromkeys(token for way in rest for token in way))]


def _expected(way: Sequence[str], known: Frequencies) -> float:
    """Products that have all of these tokens, about."""
    fewest = float(min(known.documents[token] for token in way))
    chance = float(known.total)
    for token in way:
        chance *= known.documents[token] / known.total
    return max(1.0, min(fewest, chance * TOGETHER ** (len(way) - 1)))


def _overlap(a: Sequence[str], b: Sequence[str], words: Sequence[str]) -> bool:
    """A word and its own part stand together always, and two parts of a word are just that word."""
    return any(
        left in right or right in left or any(left in word and right in word for word in words)
        for left in a
        for right in b
    )
