"""Question to invitations: from a ticket that is due until wave, invitations, inbox rows and messages are committed.

Latency: one process, one question at a time, nothing waits for a window. Sustained: a backlog of tickets worked off by
two processes in batches, each with the settings' own size; the baseline takes the same tickets one by one. What is
sent to WeChat afterwards is not in it. Growth is the median at all merchants against the median at a tenth of them,
with a tenth of the products. The gain in utility is that of a rush in the evening: 200 questions of five kinds within
two seconds, one shop in ten taking questions, each with room for one to three.
"""

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from . import datasets
from .measure import percentile, tree_cpu_ms
from .servers import postgres_pid

FIGURES = ("p50_ms", "p95_ms", "per_s", "growth", "worker_mb")
PROCESSES = 2
WARM_UP = 20
# Questions of a rush, their kinds, shops for each that takes questions, and how many of these each takes; some rushes,
# for one alone is chance.
RUSH, RUSH_KINDS, RUSH_RESTING, RUSH_ROOM, RUSHES = 200, 5, 10, (1, 3), 5


def add_arguments(parser):
    parser.add_argument("--merchants", type=int, default=100_000)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=300, help="for each measurement")


def run(options, report) -> dict[str, float]:
    from ._catalogue import make_products, make_shops

    random.seed(2)
    titles, queries = _words(options, report)
    categories = _categories()
    shops = make_shops(options.merchants)
    report.progress(f"A tenth: {options.merchants // 10} merchants, {options.products // 10} products")
    tenth = shops[: max(1, options.merchants // 10)]
    make_products(options.products // 10, shops=tenth, titles=titles, categories=categories)
    small = one_at_a_time(_questions(queries, categories, options.questions // 2 + WARM_UP))
    report.progress(f"The whole: {options.merchants} merchants, {options.products} products")
    rest = shops[len(tenth) :]
    make_products(options.products - options.products // 10, shops=rest, titles=titles, categories=categories)
    whole = one_at_a_time(_questions(queries, categories, options.questions + WARM_UP))
    report.progress(f"{PROCESSES} processes work off {4 * options.questions} tickets")
    in_batches = backlog(_questions(queries, categories, 4 * options.questions), size=0)
    one_by_one = backlog(_questions(queries, categories, options.questions), size=1)
    figures = {
        "p50_ms": round(percentile(whole, 0.5), 1),
        "p95_ms": round(percentile(whole, 0.95), 1),
        "per_s": round(in_batches["per_s"], 1),
        "growth": round(percentile(whole, 0.5) / percentile(small, 0.5), 2),
        "worker_mb": round(in_batches["mb"]),
    }
    report.row("ticket due -> committed, p50 (ms)", figures["p50_ms"], baseline=round(percentile(small, 0.5), 1))
    report.row(
        "ticket due -> committed, p95 (ms)", figures["p95_ms"], limit="60", baseline=round(percentile(small, 0.95), 1)
    )
    report.row("questions a second, 2 processes", figures["per_s"], limit="60", baseline=round(one_by_one["per_s"], 1))
    report.row(
        "CPU of workers a question (ms)", round(in_batches["cpu_ms"], 1), baseline=round(one_by_one["cpu_ms"], 1)
    )
    report.row(
        "CPU of PostgreSQL a question (ms)",
        round(in_batches["postgres_ms"], 1),
        baseline=round(one_by_one["postgres_ms"], 1),
    )
    report.row("memory of a worker (MB)", figures["worker_mb"], limit="600")
    report.row("ten times the merchants (times)", figures["growth"], limit="1.5")
    rush(queries, random.sample(shops, len(shops) // RUSH_RESTING), report)
    report.note("Baselines: latency at a tenth of the merchants and products; throughput one question at a time.")
    return figures


def one_at_a_time(question_ids: list[int]) -> list[float]:
    """Milliseconds from a ticket's being due until its wave is committed, for each question but the first ones."""
    from qa.services import dispatching

    found = []
    for question_id in question_ids:
        _issue([question_id])
        began = time.perf_counter()
        assert dispatching.dispatch_due() == 1
        found.append((time.perf_counter() - began) * 1000)
    _all_opened(question_ids)
    return found[WARM_UP:]


def backlog(question_ids: list[int], *, size: int) -> dict[str, float]:
    """Tickets that are all due, worked off by PROCESSES processes in batches of `size` (the settings' if 0)."""
    from django.db import connections

    _issue(question_ids)
    connections.close_all()
    context = multiprocessing.get_context("fork")
    ready, told = context.Barrier(PROCESSES + 1), context.Queue()
    workers = [context.Process(target=_work, args=(ready, told, size)) for _ in range(PROCESSES)]
    for worker in workers:
        worker.start()
    ready.wait()
    began, used = time.perf_counter(), tree_cpu_ms([postgres_pid()])
    results = [told.get() for _ in workers]
    seconds, used = time.perf_counter() - began, tree_cpu_ms([postgres_pid()]) - used
    for worker in workers:
        worker.join()
    _all_opened(question_ids)
    return {
        "per_s": len(question_ids) / seconds,
        "cpu_ms": sum(cpu for cpu, _mb in results) / len(question_ids),
        "postgres_ms": used / len(question_ids),
        "mb": max(mb for _cpu, mb in results),
    }


def _work(ready, told, size: int) -> None:
    from django.db import connection

    from qa.models import Ticket
    from qa.services import dispatching

    connection.ensure_connection()
    ready.wait()
    # Questions that nobody fits have a ticket for later.
    while Ticket.objects.filter(done_at=None, number=1).exists():
        if not dispatching.dispatch_due(size or None):
            time.sleep(0.01)
    told.put((tree_cpu_ms([multiprocessing.current_process().pid or 0]), _peak_mb()))


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _issue(question_ids: list[int]) -> None:
    from django.utils import timezone

    from qa.models import Ticket

    now = timezone.now()
    Ticket.objects.bulk_create(Ticket(question_id=pk, number=1, created_at=now, due_at=now) for pk in question_ids)


def _all_opened(question_ids: list[int]) -> None:
    """Every question has its wave: as many shops as the schedule says where so many fit, and each was told."""
    from django.db.models import Count, Q

    from qa.models import Invitation, Wave

    waves = Wave.objects.filter(question__in=question_ids, number=1)
    assert waves.count() == len(question_ids)
    asked = Invitation.objects.filter(wave__in=waves)
    untold = asked.annotate(n=Count("pk", filter=Q(untold=""))).filter(n=0)
    assert asked.exists() and not untold.exists()


def _words(options, report) -> tuple[list[str], list[str]]:
    """Titles and what people search for: real ones where --data has them."""
    from ._catalogue import demo_titles

    try:
        folder = datasets.folder(options, "taobao")
        titles = [row["title"] for row in datasets.lines(folder / "products.jsonl")]
        queries = [row["query"] for row in datasets.lines(folder / "load_queries.jsonl")]
    except datasets.Absent as absent:
        report.progress(f"Titles of the demo: {absent}")
        titles = demo_titles()
        queries = titles
    return titles, [query for query in queries if len(query) > 1]


def _categories() -> list[int]:
    from shops.models import Category

    top = Category.objects.create(name="全部")
    return [Category.objects.create(name=f"类目{number}", parent=top).pk for number in range(60)]


def _text(query: str) -> str:
    return f"想买{query}，预算{random.randint(1, 8)}00左右"


def _questions(queries: list[str], categories: list[int], count: int) -> list[int]:
    """Questions that were sent off and have no ticket yet."""
    from django.utils import timezone

    from accounts.models import User
    from qa.models import Question
    from qa.understanding import understand

    now = timezone.now()
    buyers = User.objects.bulk_create(User(nickname="买家", password="!") for _ in range(count))  # noqa: S106
    rows = []
    for buyer in buyers:
        text = _text(random.choice(queries))
        need = understand(text)
        rows.append(
            Question(
                buyer=buyer,
                text=text[:500],
                need=need.to_json(),
                category_id=need.category_id,
                status=Question.Status.DISPATCHED,
                dispatched_at=now,
                expires_at=now + timedelta(days=1),
                idempotency_key="bench",
            )
        )
    return [row.pk for row in Question.objects.bulk_create(rows)]


def rush(queries: list[str], awake: Collection[int], report) -> None:
    """What assigning together wins over first come, first served, where many want the same few shops."""
    from shops.models import Shop

    Shop.objects.exclude(pk__in=awake).update(takes_questions=False)
    rushes = sorted((_one_rush(random.sample(queries, RUSH_KINDS)) for _ in range(RUSHES)), key=lambda one: one.gain)
    middle = rushes[len(rushes) // 2]
    report.row(
        f"utility in a rush, median of {RUSHES}, against one by one",
        f"{middle.gain:+.1f}% ({rushes[0].gain:+.1f} to {rushes[-1].gain:+.1f}%)",
    )
    report.row("places filled in it", middle.together, baseline=middle.apart)
    report.row("CPU of assigning it (ms)", round(middle.cpu_ms))
    if not middle.contested:
        report.note("No shop of the rush was wanted by more questions than it takes: its gain says nothing.")


class Rush(NamedTuple):
    """`gain` in per cent, places filled together and one by one, and those beyond a shop's room if all had their best."""

    gain: float
    together: int
    apart: int
    contested: int
    cpu_ms: float


def _one_rush(kinds: list[str]) -> Rush:
    from django.utils import timezone

    from qa.matching import Request, match_many
    from qa.matching.assignment import Wish, assign, one_by_one
    from qa.services.dispatching.batches import RUNNERS_UP
    from qa.services.dispatching.rules import schedule
    from qa.understanding import understand

    size, window = schedule(1)
    requests = []
    for number in range(RUSH):
        need = understand(_text(random.choice(kinds)))
        # Each with a seed of its own, as dispatch has it: questions with the same one want the same shops equally, and
        # whoever gets them the sum is the same.
        requests.append(Request(need, (), size + RUNNERS_UP, places=size, within=window.total_seconds(), seed=number))
    found = match_many(requests, at=timezone.now())
    wishes = [Wish(size, [(match.shop_id, match.score) for match in row if not match.reason]) for row in found]
    room = {
        shop: random.randint(*RUSH_ROOM) for shop in sorted({shop for wish in wishes for shop, _score in wish.shops})
    }
    best = Counter(shop for wish in wishes for shop, _score in wish.shops[:size])
    began = time.process_time()
    together = assign(wishes, room)
    milliseconds = (time.process_time() - began) * 1000
    apart = one_by_one(wishes, room)
    return Rush(
        100 * (_utility(wishes, together) / _utility(wishes, apart) - 1),
        sum(map(len, together)),
        sum(map(len, apart)),
        sum(max(0, count - room[shop]) for shop, count in best.items()),
        milliseconds,
    )


def _utility(wishes, given) -> float:
    return sum(dict(wish.shops)[one.shop_id] for wish, row in zip(wishes, given, strict=True) for one in row)
