"""Finding similar public questions while somebody types: how fast at --answers of them.

The questions are what buyers said in real shopping dialogues, recombined; asked are their beginnings, as they grow
under somebody's fingers.
"""

import random
import time

from django.db import connection

from . import datasets
from ._catalogue import _load_halves, _multiply, _without_gin, make_shops
from .measure import percentile

FIGURES = ("p50_ms", "p95_ms")
LIMIT = 10


def add_arguments(parser):
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1000)


def run(options, report) -> dict[str, float]:
    from qa.public import search
    from qa.selectors import publications

    dialogues = datasets.lines(datasets.folder(options, "pscon") / "dialogues.jsonl")
    texts = [_said(dialogue) for dialogue in dialogues]
    texts = [text for text in texts if len(text) >= 4]
    report.progress(f"Making {options.answers} public answers of {len(texts)} questions")
    _make(options.answers, texts)
    report.progress(f"{search.count()} words counted")
    draw = random.Random(1)
    asked = [text[: draw.randint(2, len(text))] for text in draw.choices(texts, k=options.queries)]
    latencies, found = [], 0
    for number, text in enumerate([*asked[:100], *asked]):
        began = time.perf_counter()
        rows = publications.public_answers(query=text).values_list("pk", flat=True)[:LIMIT]
        some = len(rows)
        if number >= 100:
            latencies.append((time.perf_counter() - began) * 1000)
            found += some > 0
    figures = {"p50_ms": round(percentile(latencies, 0.5), 2), "p95_ms": round(percentile(latencies, 0.95), 2)}
    report.row(f"p50 at {options.answers} public answers (ms)", figures["p50_ms"])
    report.row("p95 (ms)", figures["p95_ms"])
    report.row("queries that found something", f"{found / len(asked):.0%}")
    return figures


def _said(dialogue: dict) -> str:
    """All that the buyer says, as one question."""
    return "，".join(turn["text"] for turn in dialogue["turns"] if turn["role"] == "buyer")


def _make(count: int, texts: list[str]) -> None:
    from django.utils import timezone

    from qa.models import PublicAnswer

    shops, halves = make_shops(1000), _load_halves(texts)
    with connection.cursor() as cursor:
        # No answers stand behind these rows: finding looks at none.
        cursor.execute("SET session_replication_role = replica")
    now = timezone.now()
    first = PublicAnswer.objects.create(
        answer_id=1, shop_id=shops[0], question="茶", text="茶", status="public", verdict="pass", consented_at=now,
        published_at=now,
    )  # fmt: skip
    left, right = f"(g::bigint * 7919 + g / {halves}) % {halves}", f"(g::bigint * 104729 + g / 31) % {halves}"
    with _without_gin(PublicAnswer):
        _multiply(
            first,
            count,
            source=f"JOIN halves a ON a.n = {left} JOIN halves b ON b.n = {right}",
            answer_id="1 + g",
            shop_id=f"{shops.start} + g % {len(shops)}",
            question="left(a.head || b.tail, 500)",
            search="array_to_tsvector(a.head_tokens) || array_to_tsvector(b.tail_tokens)",
            score="(g % 97) / 100.0",
        )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE halves")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
