"""32 buyers on one SKU with 50 units: 100 attempts at once over the API, ten runs.

The baseline is the same application with the guard of the stock removed (bench/_unguarded.py), so that
the race is known to be there.
"""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bench import _market
from bench.servers import running, sandbox, sandbox_settings
from orders.models import OrderLine
from shops.models import Shop, Sku
from weixuan.crowd import Refused
from weixuan.crowd.client import new_key
from weixuan.run.embedded import free_port

FIGURES = ("stock", "sold", "oversold_runs", "attempts_per_s")
STOCK, ATTEMPTS, BUYERS = 50, 100, 32


def add_arguments(parser):
    parser.add_argument("--runs", type=int, default=10)


@dataclass
class Outcome:
    """How the runs of one application ended: units sold and left in each, and the seconds they took together."""

    sold: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def oversold_runs(self) -> int:
        return sum(sold > STOCK for sold in self.sold)

    @property
    def furthest(self) -> int:
        """The sold units of the run that is furthest from STOCK."""
        return max(self.sold, key=lambda sold: abs(sold - STOCK))


def run(options, report) -> dict[str, float]:
    report.progress(f"{options.runs} runs without the guard")
    bare = _runs(options.runs, "bench._unguarded:application")
    report.progress(f"{options.runs} runs with it")
    ours = _runs(options.runs, "weixuan.wsgi")
    per_s = round(options.runs * ATTEMPTS / ours.seconds, 1)
    report.row("units on the shelf", STOCK, baseline=STOCK)
    report.row("units sold, each run", _each(ours.sold), limit=f"= {STOCK}", baseline=_each(bare.sold))
    report.row("units left, each run", _each(ours.left), limit="= 0", baseline=_each(bare.left))
    report.row("runs that oversold", ours.oversold_runs, limit="= 0", baseline=bare.oversold_runs)
    report.row("attempts a second", per_s, baseline=round(options.runs * ATTEMPTS / bare.seconds, 1))
    report.note(f"Answers: {_counted(ours)}. Baseline, the same without the stock's guard: {_counted(bare)}.")
    if not bare.oversold_runs:
        report.note("The race did not appear without the guard: this run proves nothing.")
    return {"stock": STOCK, "sold": ours.furthest, "oversold_runs": ours.oversold_runs, "attempts_per_s": per_s}


def _runs(count: int, application: str) -> Outcome:
    outcome = Outcome()
    port = free_port()
    web = f"http://127.0.0.1:{port}"
    with sandbox(web) as wechat:
        # Django would warn of every buyer who came too late.
        environment = {**sandbox_settings(wechat), "PUBLIC_URL": web, "LOG_LEVEL": "ERROR"}
        threads = BUYERS // 2
        with running(
            application=application, web_port=port, web_workers=2, web_threads=threads, environment=environment
        ):
            buyers = _market.make_buyers(web, wechat, BUYERS)
            # A name of its own, for the run of the other application has opened a shop already.
            shop = _market.open_shop(Shop.objects.count(), wechat)
            for _number in range(count):
                sku = _market.put_on_sale(shop, stock=STOCK)
                _attempt(sku, buyers, outcome)
                outcome.sold.append(OrderLine.objects.filter(sku=sku).count())
                outcome.left.append(Sku.objects.get(pk=sku.pk).stock)
    return outcome


def _attempt(sku: Sku, buyers, outcome: Outcome) -> None:
    """ATTEMPTS orders of one unit each by all buyers, who begin at the same moment."""
    gate = threading.Barrier(BUYERS + 1)

    def shop_around(number: int) -> None:
        buyer, address = buyers[number]
        gate.wait(30)
        for _attempt in range(number, ATTEMPTS, BUYERS):
            try:
                lines = [{"sku_id": sku.public_id, "quantity": 1}]
                buyer.api.post("/orders", idempotency_key=new_key(), lines=lines, address_id=address)
                outcome.answers.append("ordered")
            except Refused as refusal:
                outcome.answers.append(refusal.code)

    with ThreadPoolExecutor(BUYERS) as pool:
        ended = [pool.submit(shop_around, number) for number in range(BUYERS)]
        gate.wait(30)
        began = time.perf_counter()
        for end in ended:
            end.result()
    outcome.seconds += time.perf_counter() - began


def _each(values: list[int]) -> str:
    return str(values[0]) if len(set(values)) == 1 else ", ".join(map(str, values))


def _counted(outcome: Outcome) -> str:
    return ", ".join(f"{count} {answer}" for answer, count in sorted(Counter(outcome.answers).items()))
