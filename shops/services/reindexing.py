"""Search words that were stored by an earlier release, made as this one makes them (docs/deployment.md, "Copies and upgrades").

In batches by primary key, each a transaction of its own: a call that was killed loses its last batch at most, and what is
right already is only read, without a lock. Rows that are wrong are read again once they are locked, so that whatever was
saved meanwhile stands.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import F, Func, Model, Prefetch, QuerySet, TextField

from core.locks import lock_rows

from .. import search
from ..models import Product, Sku
from .products import words_of

Row = TypeVar("Row", bound=Model)
# Rows of one transaction: they are held for as long as they take to be read and written again, some 50 ms.
BATCH = 100

# What a row is called, and what else is said of it.
Said = Callable[[Row], tuple[str, str]]
Cut = Callable[[str, str], list[str]]


@dataclass(frozen=True)
class Done:
    """One batch, committed. `last`: its last primary key."""

    last: int
    read: int
    changed: int


def reindex_products(*, after: int = 0) -> Iterator[Done]:
    """Products of any status; see `reindex`."""
    live = Prefetch("skus", Sku.objects.filter(archived_at=None).order_by("position", "pk"), to_attr="on_sale")
    rows = Product.objects.select_related("category").prefetch_related("values", live)
    yield from reindex(rows, lambda product: words_of(product, product.on_sale), after=after)


def reindex(rows: QuerySet[Row], said: Said, *, after: int = 0) -> Iterator[Done]:
    """Make `search` of these rows anew where it isn't what `said` gives; a second call changes nothing.

    Nobody is told and nothing else is written. An index beside PostgreSQL follows by itself (docs/adr/0013).

    Args:
        after: the primary key after which to begin.
    """
    while keys := list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        changed = _batch(rows, said, keys)
        after = keys[-1]
        yield Done(after, len(keys), changed)


def _batch(rows: QuerySet[Row], said: Said, keys: Sequence[int]) -> int:
    # What didn't change meanwhile is not cut into words twice.
    cut = lru_cache(maxsize=2 * BATCH)(search.stored_words)
    stored = Func(F("search"), function="tsvector_to_array", output_field=ArrayField(TextField()))
    some = rows.filter(pk__in=keys)
    wrong = _wrong(some.annotate(stored=stored), said, cut)
    if not wrong:
        return 0
    with transaction.atomic():
        held = lock_rows(some.filter(pk__in=[row.pk for row in wrong]).annotate(stored=stored))
        wrong = _wrong(held, said, cut)
        for row in wrong:
            row.search = search.vector_of(cut(*said(row)))
        rows.model._default_manager.bulk_update(wrong, ["search"])
    return len(wrong)


def _wrong(rows, said: Said, cut: Cut) -> list:
    return [row for row in rows if row.stored is None or set(row.stored) != set(cut(*said(row)))]
