from unittest import mock

from core.tasks import sweep_outbox
from weixuan import health


def test_live_asks_nothing_of_the_database(client):
    # No `db` fixture: a query would fail this test.
    assert client.get("/healthz").content == b"ok"


def test_ready_tells_each_part(client, db):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "migrations": "ok", "redis": "ok", "worker": "late"}


def test_ready_tells_the_workers_age(client, db):
    sweep_outbox()
    answer = client.get("/readyz").json()
    assert answer["worker"] == "ok"
    assert 0 <= answer["worker_age_seconds"] < 5


def test_not_ready_without_redis(client, db, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["redis"] == "failing"


def test_not_ready_while_a_migration_is_missing(client, db, monkeypatch):
    monkeypatch.setitem(health._seen, "migrated", False)
    # Going back would need a second history of migrations; the plan is all that the page looks at.
    with mock.patch.object(health.MigrationExecutor, "migration_plan", return_value=["pending"]):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["migrations"] == "failing"
