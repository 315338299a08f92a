"""Similar public questions, by the rarity of the words that they share with what somebody types.

As products are found (shops.search, docs/adr/0010-rarity-ranking.md), with counts of their own: 生日 is rare among
titles of goods and common among questions.
"""

from django.conf import settings
from django.contrib.postgres.search import SearchQuery
from django.db import connection, transaction
from django.db.models import F, Func, QuerySet, Value

from shops import search
from shops.search.frequencies import Frequencies
from shops.search.words import STOP, clean

from ..models import PublicAnswer, PublicTerm

# What is looked at of a question that is typed: a question has at most so many characters.
MAX_TYPED = 500
# One character says nothing yet.
SHORTEST = 2
# A question is similar when it has this share of what the words typed are worth together.
SIMILAR = 0.25
# How much a surely helpful answer (score 1) stands above one that nobody spoke of, at the same likeness.
HELP_WEIGHT = 0.5
# Guesses while nothing is counted: so many questions, of which these have a given character, a given word.
COLD_TOTAL, COLD_CHARACTER, COLD_WORD = 1_000, 60, 8
# The row that holds how many questions there are.
TOTAL = ""

# Read of what the words find, in budgets (settings.SEARCH_BUDGET): where even all words together are frequent, the
# questions that have them hardly differ, and some of them do.
MOST = 2
# Each likeness is worked out once: the inner OFFSET keeps the planner from repeating it.
BEST = """
SELECT id FROM (
    SELECT id, score, {likeness} AS likeness FROM ({looked_at}) AS found(id, score, search) OFFSET 0
) AS measured
WHERE likeness >= %s ORDER BY likeness * (1 + {help} * score) DESC, id DESC LIMIT %s
"""

COUNT = """
INSERT INTO {terms} (token, documents)
SELECT word, ndoc FROM ts_stat('SELECT search FROM {answers} WHERE status = ''public''')
UNION ALL SELECT '', (SELECT count(*) FROM {answers} WHERE status = 'public')
"""


def vector(question: str, answer: str) -> Func:
    """An expression for `PublicAnswer.search`: the question's words and characters, of the answer the words."""
    return search.vector(question, answer)


def similar(text: str, rows: QuerySet[PublicAnswer], *, limit: int) -> QuerySet[PublicAnswer]:
    """The `limit` of `rows` whose question is likest to `text` and whose answer helped most, best first.

    None for a text that says nothing. Two statements here, and the one of the result.
    """
    chosen = plan(text)
    if chosen is None:
        return rows.none()
    asked = SearchQuery(chosen.found, search_type="raw", config="simple")
    looked_at = rows.filter(search=asked).order_by().values("pk", "score", "search")[: MOST * settings.SEARCH_BUDGET]
    sql, params = looked_at.query.sql_with_params()
    likeness, least = search.points_sql("search", chosen.points), SIMILAR * sum(chosen.points.values())
    with connection.cursor() as cursor:
        cursor.execute(
            BEST.format(looked_at=sql, likeness=likeness, help=HELP_WEIGHT), [*chosen.quoted, *params, least, limit]
        )
        best = [pk for (pk,) in cursor.fetchall()]
    if not best:
        return rows.none()
    return rows.filter(pk__in=best).order_by(Func(Value(best), F("pk"), function="array_position"))


def plan(text: str) -> search.Plan | None:
    """How a typed text is looked up; None where there is nothing to look for. One indexed read."""
    text = text[:MAX_TYPED].strip()
    tokens = clean(search.query_tokens(text)) if len(text) >= SHORTEST else []
    return None if all(token in STOP for token in tokens) else search.plan(tokens, known=frequencies(tokens))


def frequencies(tokens: list[str]) -> Frequencies:
    """In how many public questions each token stands."""
    counted = dict(PublicTerm.objects.filter(token__in=[*tokens, TOTAL]).values_list("token", "documents"))
    total = counted.pop(TOTAL, 0)
    if not total:
        return Frequencies(COLD_TOTAL, {token: COLD_CHARACTER if len(token) == 1 else COLD_WORD for token in tokens})
    return Frequencies(total, {token: counted.get(token, 1) for token in tokens})


@transaction.atomic
def count() -> int:
    """Count anew; returns how many tokens are known. Readers see the old counts until it is done."""
    PublicTerm.objects.all().delete()
    with connection.cursor() as cursor:
        names = {"terms": PublicTerm._meta.db_table, "answers": PublicAnswer._meta.db_table}
        cursor.execute(COUNT.format(**names))
        return cursor.rowcount - 1
