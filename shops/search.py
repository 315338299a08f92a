"""Chinese search: the only module that knows how text becomes words.

Traditional folds to simplified and full width to half width; words come from rjieba's search mode,
and each Chinese character is kept as a token of its own, so that 壶 finds 紫砂壶. The tokens are stored as they
are in a tsvector with a GIN index: PostgreSQL never parses Chinese.
"""

import functools
import unicodedata

import rjieba
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery
from django.db.models import F, Func, IntegerField, QuerySet, TextField, Value
from opencc import OpenCC

MAX_CHARACTERS = 4000
MAX_QUERY_TOKENS = 32
# How many of an array's tokens, each quoted, are in a tsvector.
MATCHES = "(SELECT count(*) FROM (SELECT %(expressions)s) AS given (vector, tokens), unnest(tokens) AS token WHERE vector @@ token::tsquery)"
# Characters that stand in most texts and tell no two products apart.
STOP = frozenset("的了和是在有我你他她它给送想要买把个一款这那吗呢吧啊哦请问什么怎么哪")


@functools.cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def fold(text: str) -> str:
    """Simplified characters, half width, lower case."""
    text = text[:MAX_CHARACTERS].encode("utf-8", "ignore").decode()
    return _simplifier().convert(unicodedata.normalize("NFKC", text)).lower()


def is_chinese(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


def tokens(text: str) -> list[str]:
    """Words and single Chinese characters of `text`, folded, each once, in order of appearance."""
    folded = fold(text)
    words = (word for word in rjieba.cut_for_search(folded) if word.isalnum())
    characters = (character for character in folded if is_chinese(character))
    return list(dict.fromkeys([*words, *characters]))


def query_tokens(text: str) -> list[str]:
    """The tokens of a query that tell products apart; all of them where none would be left."""
    found = tokens(text)
    return ([token for token in found if token not in STOP] or found)[:MAX_QUERY_TOKENS]


def vector(text: str) -> Func:
    """An expression for `Product.search`."""
    return Func(Value(tokens(text)), function="array_to_tsvector", template="%(function)s(%(expressions)s::text[])")


def _raw(expression: str) -> SearchQuery:
    # Tokens are alphanumeric, so nothing in them can be an operator of a tsquery.
    return SearchQuery(expression, search_type="raw", config="simple")


def products(query: str, queryset: QuerySet) -> QuerySet:
    """Narrow `queryset` to what `query` may mean, best first, annotated with `matches`.

    A product is found by any whole word, or by all single characters. It ranks by how many of the query's
    tokens it has (a long word brings its characters along), then by sales, then by age.
    """
    found = query_tokens(query)
    if not found:
        return queryset.none().annotate(matches=Value(0))
    words = [token for token in found if len(token) > 1 or not is_chinese(token)]
    characters = [token for token in found if token not in words]
    alternatives = [f"'{word}'" for word in words]
    if characters:
        alternatives.append("(" + " & ".join(f"'{character}'" for character in characters) + ")")
    quoted = Value([f"'{token}'" for token in found], ArrayField(TextField()))
    matches = Func(F("search"), quoted, template=MATCHES, output_field=IntegerField())
    return (
        queryset.filter(search=_raw(" | ".join(alternatives)))
        .annotate(matches=matches)
        .order_by("-matches", "-sold", "-id")
    )
