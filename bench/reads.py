"""What buyers read most: 20 products with price and picture, one product, a search.

Over HTTP against gunicorn with the demo's shops, a keep-alive connection at a time. The baseline is the same
stack's smallest reply of the kind: the health check.
"""

import http.client
import json
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from bench.measure import Measured, measure
from bench.servers import running
from shops.models import Product
from weixuan.demo.seed import seed

FIGURES = ("list_cpu_ms", "list_p95_ms", "detail_cpu_ms", "detail_p95_ms")
COUNT = 600
LIMITS = {"list": 4.0, "detail": 3.5}
SHOPS = 31
SEARCH = "送爸爸的紫砂茶壶"


def run(options, report) -> dict[str, float]:
    report.progress("Seeding the demo's shops.")
    seed(say=report.progress, limit=SHOPS)
    with running(web_workers=1, web_threads=1) as servers:
        base = f"{servers.web}/api/v1"
        ids = list(Product.objects.values_list("public_id", flat=True)[:100])
        measured = {
            "nothing": _measure(servers, lambda _number: f"{servers.web}/healthz", lambda body: body == b"ok"),
            "list": _measure(servers, lambda _number: f"{base}/products", _is_full_page),
            "detail": _measure(
                servers,
                lambda number: f"{base}/products/{ids[number % len(ids)]}",
                lambda body: bool(json.loads(body)["skus"]),
            ),
            "search": _measure(
                servers,
                lambda _number: f"{base}/products?q={quote(SEARCH)}",
                lambda body: bool(json.loads(body)["results"]),
            ),
        }
    _tell(report, measured)
    return {
        f"{name}_{figure}_ms": getattr(measured[name], f"{figure}_ms")
        for name in ("list", "detail")
        for figure in ("cpu", "p95")
    }


def _measure(servers, url_of: Callable[[int], str], is_right: Callable[[bytes], bool]) -> Measured:
    address = urlsplit(servers.web)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)

    def call(number: int) -> None:
        parts = urlsplit(url_of(number))
        connection.request("GET", f"{parts.path}?{parts.query}".rstrip("?"))
        reply = connection.getresponse()
        body = reply.read()
        if reply.status != 200:
            raise AssertionError(f"{parts.path} answered {reply.status}")
        if not is_right(body):
            raise AssertionError(f"{parts.path} lacks what it should have")

    try:
        return measure(call, count=COUNT, pids=servers.pids)
    finally:
        connection.close()


def _is_full_page(body: bytes) -> bool:
    rows = json.loads(body)["results"]
    return len(rows) == 20 and all(row["price_from_fen"] and row["cover"] for row in rows)


def _tell(report, measured: dict[str, Measured]) -> None:
    names = {"list": "list of 20 products", "detail": "one product", "search": "search, 20 of them"}
    nothing = measured["nothing"]
    for name, label in names.items():
        limit = f"≤ {LIMITS[name]}" if name in LIMITS else ""
        report.row(f"{label}, CPU ms", measured[name].cpu_ms, limit=limit, baseline=nothing.cpu_ms)
        report.row(f"{label}, p95 ms", measured[name].p95_ms, baseline=nothing.p95_ms)
    report.note("CPU is gunicorn's and PostgreSQL's together. The baseline is GET /healthz.")
