"""Whether the process lives, whether it may get traffic, and its figures."""

import hmac
import time
from collections.abc import Callable

import django_prometheus.exports
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from core.models import OutboxEvent, Priority
from core.outbox import due_ids
from core.tasks import HEARTBEAT_KEY
from core.web import public

# The sweep beats every second or so; ten times that and nobody works.
HEARTBEAT_LATE_SECONDS = 30
_seen = {"migrated": False}


@public
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of others, so that their trouble doesn't restart us."""
    return HttpResponse("ok", content_type="text/plain")


@public
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 where this process can serve, 503 with the part that fails otherwise.

    The worker's age is told but decides nothing: without a worker pages still
    work and the outbox keeps what is due. Alert on it in the metrics.
    """
    parts = {"database": _works(_database), "migrations": _works(_migrations), "redis": _works(_redis)}
    age = worker_age() if parts["redis"] == "ok" else None
    body: dict[str, str | float] = {
        **parts,
        "worker": "ok" if age is not None and age < HEARTBEAT_LATE_SECONDS else "late",
    }
    if age is not None:
        body["worker_age_seconds"] = round(age, 1)
    return JsonResponse(body, status=200 if set(parts.values()) == {"ok"} else 503)


def _works(check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "failing"
    except (DatabaseError, redis.RedisError, OSError):
        return "failing"


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _migrations() -> bool:
    """Whether all are applied; asked until it is so, since a process sees its own code only."""
    if not _seen["migrated"]:
        executor = MigrationExecutor(connection)
        _seen["migrated"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _seen["migrated"]


def _redis() -> bool:
    cache.get(HEARTBEAT_KEY)
    return True


def worker_age() -> float | None:
    """Seconds since a worker last ran the sweep; None if it has not within five minutes."""
    beat = cache.get(HEARTBEAT_KEY)
    return None if beat is None else max(0.0, time.time() - float(beat))


@public
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures: to whoever has METRICS_TOKEN; without one, outside production, to this machine."""
    if not _may_see_metrics(request):
        raise Http404
    response: HttpResponse = django_prometheus.exports.ExportToDjangoView(request)
    age = worker_age()
    own = {
        "weixuan_worker_heartbeat_age_seconds": float("nan") if age is None else age,
        "weixuan_outbox_due": sum(len(due_ids(priority, limit=10_000)) for priority in Priority),
        "weixuan_outbox_given_up": OutboxEvent.objects.filter(status__in=["failed", "unknown"]).count(),
    }
    response.write("".join(f"# TYPE {name} gauge\n{name} {value}\n" for name, value in own.items()))
    return response


def _may_see_metrics(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    if token:
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    return not settings.PRODUCTION and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}
