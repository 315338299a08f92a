"""In how many products each token stands: what rarity, and the cost of looking a token up, are read from.

Counted by PostgreSQL itself (`ts_stat`), from a sample where the catalogue is large, once in a while: rarity
changes slowly. Where nothing is counted yet, a guess does; a small catalogue is then searched just as fast.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from ..models import Product, SearchTerm

# Rows read for one count: two seconds of one core, however large the catalogue is.
SAMPLE = 200_000
# The row that holds how many products there were.
TOTAL = ""
# Guesses while nothing is counted: so many products, of which these have a given character, a given word.
COLD_TOTAL, COLD_CHARACTER, COLD_WORD = 10_000, 200, 10

LOOK_UP = "SELECT token, documents FROM {terms} WHERE token = ANY(%s)"
COUNT = """
INSERT INTO {terms} (token, documents)
SELECT word, round(ndoc / %s) FROM ts_stat(%s) WHERE ndoc > 1 OR %s
UNION ALL SELECT %s, %s
"""


@dataclass(frozen=True)
class Frequencies:
    """Products having each token, among `total`."""

    total: int
    documents: dict[str, int]

    def rarity(self, token: str) -> float:
        """Inverse document frequency, as BM25 has it; never negative."""
        n = min(self.documents[token], self.total)
        return math.log(1 + (self.total - n + 0.5) / (n + 0.5))


def frequencies(tokens: Sequence[str]) -> Frequencies:
    """One indexed read."""
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP.format(terms=SearchTerm._meta.db_table), [[*tokens, TOTAL]])
        counted = dict(cursor.fetchall())
    total = counted.pop(TOTAL, None)
    if total is None:
        return Frequencies(COLD_TOTAL, {token: COLD_CHARACTER if len(token) == 1 else COLD_WORD for token in tokens})
    unseen = total // SAMPLE + 1
    return Frequencies(total, {token: counted.get(token, unseen) for token in tokens})


def _rows() -> int:
    """Products, as PostgreSQL last estimated them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [Product._meta.db_table])
        return cursor.fetchone()[0]


@transaction.atomic
def count() -> int:
    """Count anew; returns how many tokens are known. Readers see the old counts until it is done."""
    table = connection.ops.quote_name(Product._meta.db_table)
    total = _rows()
    sampled = total > SAMPLE
    # Pages are read, not rows picked: a little uneven, twenty times cheaper.
    source = f"{table} TABLESAMPLE SYSTEM ({100 * SAMPLE / total:.4f})" if sampled else table
    share = SAMPLE / total if sampled else 1.0
    total = total if sampled else Product.objects.exclude(search=None).count()
    SearchTerm.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT.format(terms=connection.ops.quote_name(SearchTerm._meta.db_table)),
            [share, f"SELECT search FROM {source}", not sampled, TOTAL, total],  # noqa: S608  Our own table's name.
        )
        return cursor.rowcount - 1
