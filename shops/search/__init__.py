"""Chinese search in PostgreSQL, without an extension.

The tokens of a product (`words`) stand as they are in a tsvector with a GIN index: PostgreSQL never parses Chinese.
`rank` finds and orders products by how rare the tokens are that they share with a query (`ranking`, `frequencies`).
An optional index beside it names the products to look at in a large catalogue (`index`, `indexing`).
"""

from collections.abc import Collection, Sequence

from django.db.models import Func, QuerySet, Value

from .frequencies import frequencies
from .ranking import MOST, NAMED, Hit, Plan, Points, plan, points_sql, rank, scored
from .reranking import TOP, agreed
from .words import MAX_QUERY_TOKENS, fold, is_chinese, query_tokens, title_tokens, tokens, words

__all__ = [
    "MAX_QUERY_TOKENS",
    "MOST",
    "NAMED",
    "TOP",
    "Hit",
    "Plan",
    "Points",
    "agreed",
    "fold",
    "frequencies",
    "is_chinese",
    "plan",
    "points_sql",
    "products",
    "query_tokens",
    "rank",
    "stored_words",
    "title_tokens",
    "tokens",
    "vector",
    "vector_of",
]


def vector(text: str, more: str = "") -> Func:
    """An expression for `Product.search`.

    Args:
        text: what the product is called; also its single characters are found.
        more: what else is said of it. Words only: a long description has nearly every character.
    """
    return vector_of(stored_words(text, more))


def stored_words(text: str, more: str = "") -> list[str]:
    """The words of `vector`."""
    return list(dict.fromkeys([*title_tokens(text), *(word for word in words(fold(more)) if len(word) > 1)]))


def vector_of(found: list[str]) -> Func:
    return Func(Value(found), function="array_to_tsvector", template="%(function)s(%(expressions)s::text[])")


def products(
    query: str,
    queryset: QuerySet,
    *,
    most: int = 0,
    categories: Collection[int] | None = None,
    following: Sequence[int] = (),
) -> QuerySet:
    """Narrow `queryset` to what a buyer may mean by `query`, best first, annotated with the score `matches`.

    A product is found by any whole word, or by all single characters; where scores are equal, sales decide, then age.
    See `scored` for the options.
    """
    found = scored(query, queryset, strict=True, most=most, categories=categories, following=following)
    return found.order_by("-matches", "-sold", "-id")
