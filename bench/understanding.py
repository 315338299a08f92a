"""Reading a question's words: CPU with the ten thousand categories of a whole taxonomy.

`shopify_taxonomy/` is imported as `manage.py import_taxonomy` does it, then --products made of real titles (`taobao/`)
are spread over its leaves. Read are the first words of real shopping dialogues (`pscon/`), and the same words run
together to questions of 500 characters, the longest that there may be. CPU is the caller's and that of its PostgreSQL
backend. Baseline: the same with a tenth of the categories, before the others came.
"""

import time
from collections.abc import Callable, Sequence

from . import _catalogue, datasets
from .measure import tree_cpu_ms

FIGURES = ("cpu_ms", "long_cpu_ms", "statements", "growth")
SHOPS, LONGEST, TENTH = 1000, 500, "hg"


def add_arguments(parser):
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=400)


def run(options, report) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from qa.understanding import understand
    from shops.models import Category
    from shops.services.taxonomy import import_taxonomy

    folder, titles = datasets.folder(options, "shopify_taxonomy"), _titles(options)
    questions = _questions(options)
    run_together = "".join(questions)
    long = [run_together[at : at + LONGEST] for at in range(0, len(run_together) - LONGEST, LONGEST)]
    questions = (questions * (options.questions // len(questions) + 1))[: options.questions]

    import_taxonomy(folder, only=TENTH)
    few = Category.objects.count()
    shops = _catalogue.make_shops(SHOPS)
    _catalogue.make_products(options.products, shops=shops, titles=titles, categories=_leaves())
    before = _cpu_ms(understand, questions)
    report.progress(f"{few} categories are there; importing all of them")
    import_taxonomy(folder)
    many = Category.objects.count()
    _spread()
    after, longest = _cpu_ms(understand, questions), _cpu_ms(understand, long)
    with CaptureQueriesContext(connection) as queries:
        understand(questions[0])
    report.row(f"a question's words, {many} categories", _row(after), limit="<= 15", baseline=_row(before))
    report.row(f"{LONGEST} characters", _row(longest))
    report.row("statements", len(queries))
    report.note(f"Baseline: {few} categories. {len(questions)} questions, {options.products} products.")
    return {
        "cpu_ms": round(sum(after), 2),
        "long_cpu_ms": round(sum(longest), 2),
        "statements": len(queries),
        "growth": round(sum(after) / sum(before), 2),
    }


def _titles(options) -> list[str]:
    return [row["title"] for row in datasets.lines(datasets.folder(options, "taobao") / "products.jsonl")]


def _questions(options) -> list[str]:
    talks = datasets.lines(datasets.folder(options, "pscon") / "dialogues.jsonl")
    return [next(turn["text"] for turn in talk["turns"] if turn["role"] == "buyer") for talk in talks]


def _leaves() -> list[int]:
    from shops.models import Category

    return list(Category.objects.filter(children=None).order_by("pk").values_list("pk", flat=True))


def _spread() -> None:
    """The products over all leaves, not only over those that came first."""
    from django.db import connection

    leaves = _leaves()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shops_product SET category_id = (%s::bigint[])[1 + id %% %s]", [leaves, len(leaves)])
        cursor.execute("VACUUM ANALYZE")


def _cpu_ms(call: Callable[[str], object], texts: Sequence[str]) -> tuple[float, float]:
    """(of this process, of its backend) for a text."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [backend] = cursor.fetchone()
    for text in texts[:30]:
        call(text)
    began, used = time.process_time(), tree_cpu_ms([backend])
    for text in texts:
        call(text)
    spent = (time.process_time() - began) * 1000
    return spent / len(texts), (tree_cpu_ms([backend]) - used) / len(texts)


def _row(cpu: tuple[float, float]) -> str:
    return f"{sum(cpu):.1f} ms ({cpu[0]:.1f} + {cpu[1]:.1f})"
