"""Products by the summed rarity of the query's tokens that they have: found by the rarest, scored by all.

A query costs what its posting lists cost, so only as many products are looked at as a budget allows: the rarest
tokens first, then pairs of tokens that are each too frequent, and where even those are too many, some of them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import BigIntegerField, Case, Expression, F, Q, QuerySet, Value, When
from django.db.models.functions import Length

from core.prepared import any_of

from ..models import Product
from . import index
from .frequencies import Frequencies, frequencies
from .reranking import TOP, available, rerank
from .words import clean, is_chinese, query_tokens, weights

# Scores are whole thousandths: PostgreSQL adds integers twice as fast as decimals, and pages can be cut at them.
UNIT = 1000
# Two tokens of one query stand together this many times more often than chance would have it.
TOGETHER = 5
# Products looked at, at the very most, in budgets: expectations may be wrong.
MOST = 8
# Budgets that an index beside PostgreSQL may go through for one search: it takes it a millisecond.
WIDER = 8
# Products named by it for each that is wanted, since rows may have changed and equals be ordered.
NAMED = 2
# Frequent tokens that are paired with each other and with all that are more frequent, the rarest first.
PAIRED = 6


@dataclass(frozen=True)
class Hit:
    product_id: int
    score: float


class Points(Expression):
    """The sum of the points of those tokens that a tsvector has."""

    output_field = BigIntegerField()

    def __init__(self, vector: F, points: dict[str, int]):
        super().__init__()
        self.vector, self.points = vector, points

    def get_source_expressions(self):
        return [self.vector]

    def set_source_expressions(self, exprs):
        (self.vector,) = exprs

    def as_sql(self, compiler, connection):
        vector, params = compiler.compile(self.vector)
        values = [value for token in self.points for value in (*params, _quoted(token))]
        return points_sql(vector, self.points), values


def points_sql(vector: str, points: dict[str, int]) -> str:
    """SQL that adds up the points of the tokens that `vector` has; its parameters are the quoted tokens."""
    # One CASE for each: four times as fast as a sub-select over an array.
    cases = [f"CASE WHEN {vector} @@ %s::tsquery THEN {value} ELSE 0 END" for value in points.values()]
    return f"({' + '.join(cases)})"


def thousandths(worth: dict[str, float]) -> dict[str, int]:
    """As points."""
    return {token: round(value * UNIT) for token, value in worth.items()}


def _quoted(token: str) -> str:
    """A tsquery of one token, which is alphanumeric: nothing in it can be an operator."""
    return f"'{token}'"


@dataclass(frozen=True)
class Plan:
    """How one query is looked up.

    Attributes:
        found: a tsquery.
        worth: what each token adds to a score.
        named: the only products to look at, where an index beside PostgreSQL has named them.
    """

    found: str
    worth: dict[str, float]
    named: list[int] | None = None

    @property
    def condition(self) -> str:
        """SQL for the products that are looked at; its parameters are `values`."""
        return "search @@ %s::tsquery" if self.named is None else "(id = ANY(%s) AND search @@ %s::tsquery)"

    @property
    def values(self) -> list:
        return [self.found] if self.named is None else [self.named, self.found]

    @cached_property
    def points(self) -> dict[str, int]:
        """What tokens are worth, in whole thousandths."""
        return thousandths(self.worth)

    @cached_property
    def quoted(self) -> list[str]:
        """The parameters of `points_sql`."""
        return [_quoted(token) for token in self.worth]


def plan(
    query: str | Sequence[str],
    *,
    strict: bool = False,
    known: Frequencies | None = None,
    most: int = 0,
    categories: Collection[int] | None = None,
) -> Plan | None:
    """The plan for a text or for tokens of one; None where there is nothing to search for.

    Args:
        strict: found by any whole word, or by all single characters; otherwise by some of the characters, too.
        known: how frequent its tokens are; one indexed read where it isn't given.
        most: products that settings.SEARCH_ENGINE may name; 0 where they are not looked for in all that is on sale.
        categories: of these only (primary keys); the caller's own filter says so, too.
    """
    tokens = query_tokens(query) if isinstance(query, str) else clean(query)
    if not tokens:
        return None
    known = known or frequencies(tokens)
    worth = {token: weight * known.rarity(token) for token, weight in weights(tokens).items()}
    ways = _strict(tokens) if strict else [(token,) for token in tokens]
    if most and index.is_chosen():
        wide = affordable(ways, known, WIDER)
        named = index.nearest(wide, worth, most=most, categories=categories)
        if named is not None:
            return Plan(_any_way(wide), worth, named)
    return Plan(_any_way(affordable(ways, known)), worth)


def _any_way(ways: Sequence[Sequence[str]]) -> str:
    return " | ".join(" & ".join(map(_quoted, way)) for way in ways)


def rank(query: str | Sequence[str], *, limit: int, among: QuerySet | None = None, reranked: bool = True) -> list[Hit]:
    """The products nearest to `query`, best first.

    Args:
        query: a text, or tokens of one.
        limit: hits at most.
        among: products to choose from; those on sale, whether their shop is open or not, if None.
        reranked: by the model that settings.SEARCH_RERANKER names, where it is there.
    """
    if not reranked or not available():
        return _by_words(query, limit, among)
    text = query if isinstance(query, str) else " ".join(query)
    return rerank(text, _by_words(query, max(limit, TOP), among))[:limit]


def _by_words(query: str | Sequence[str], limit: int, among: QuerySet | None) -> list[Hit]:
    if among is not None:
        rows = (
            scored(query, among)
            .order_by("-matches", "-sold", Length("title").desc(), "-pk")
            .values_list("pk", "matches")[:limit]
        )
        return [Hit(pk, matches / UNIT) for pk, matches in rows]
    chosen = plan(query, most=NAMED * limit)
    if chosen is None:
        return []
    score, most = points_sql("search", chosen.points), MOST * settings.SEARCH_BUDGET
    sql = ON_SALE.format(table=Product._meta.db_table, score=score, found=chosen.condition, most=most)
    with connection.cursor() as cursor:
        # The same by the ORM takes a third of a millisecond more, on each question and each keystroke.
        cursor.execute(sql, [*chosen.quoted, *chosen.values, limit])
        return [Hit(pk, matches / UNIT) for pk, matches in cursor.fetchall()]


# Between equals the one that sold more, then the one that says more: measured better than the shorter title.
# The inner limit holds where even all tokens together are in too many products (a query of one frequent
# character): then they hardly differ, and some of them do.
ON_SALE = """
SELECT id, {score} AS matches FROM (
    SELECT id, sold, title, search FROM {table} WHERE {found} AND status = 'published' LIMIT {most}
) AS found ORDER BY matches DESC, sold DESC, length(title) DESC, id DESC LIMIT %s
"""


def scored(
    query: str | Sequence[str],
    queryset: QuerySet,
    *,
    strict: bool = False,
    most: int = 0,
    categories: Collection[int] | None = None,
    following: Sequence[int] = (),
) -> QuerySet:
    """`queryset` narrowed to what is worth looking at for `query`, annotated with its score in thousandths as
    `matches`. See `plan` for the other options.

    Args:
        following: products (primary keys) that are there whatever their words, with a score of 0 where these don't find
            them.
    """
    chosen = plan(query, strict=strict, most=most, categories=categories)
    if chosen is None:
        return queryset.none().annotate(matches=Value(0))
    found = Q(search=SearchQuery(chosen.found, search_type="raw", config="simple"))
    if chosen.named is not None:
        found &= Q(any_of("pk", chosen.named))
    points: Expression = Points(F("search"), chosen.points)
    if following:
        points = Case(When(found, then=points), default=0, output_field=BigIntegerField())
        found |= Q(any_of("pk", following))
    return queryset.filter(found).annotate(matches=points)


def _strict(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    single = tuple(token for token in tokens if len(token) == 1 and is_chinese(token))
    return [*((token,) for token in tokens if token not in single), *([single] if single else [])]


def affordable(ways: Sequence[tuple[str, ...]], known: Frequencies, budgets: int = 1) -> list[tuple[str, ...]]:
    """Conjunctions of tokens whose products together fit so many settings.SEARCH_BUDGET, those with the fewest first."""
    left = float(budgets * settings.SEARCH_BUDGET)
    chosen: list[tuple[str, ...]] = []

    def choose(candidates: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Take those that still fit; return the others."""
        nonlocal left
        others = []
        for rows, way in sorted((_expected(way, known), way) for way in candidates):
            if rows <= left:
                chosen.append(way)
                left -= rows
            else:
                others.append(way)
        return others

    rest = choose(ways)
    words = [token for way in ways for token in way if len(token) > 1]
    choose([a + b for n, a in enumerate(rest[:PAIRED]) for b in rest[n + 1 :] if not _overlap(a, b, words)])
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
