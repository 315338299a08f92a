"""Kept connections: to PostgreSQL, which is not asked whether it lives, and to the broker, whose client is made once."""

import time
from itertools import pairwise
from types import SimpleNamespace

import kombu.utils.functional
import psycopg2
import pytest
from celery.worker.consumer import Consumer
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.tasks import run_event
from weixuan.celery import app


@pytest.mark.django_db(transaction=True)
def test_living_connection_is_found_usable_without_a_question():
    connection.ensure_connection()
    with CaptureQueriesContext(connection) as asked:
        assert connection.is_usable()
    assert not asked
    assert connection.connection.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_IDLE


@pytest.mark.django_db(transaction=True)
def test_connection_that_the_server_ended_is_replaced_before_the_next_request():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    with connection.copy().cursor() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
        other.db.close()
    deadline = time.monotonic() + 5
    while connection.is_usable():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    connection.health_check_enabled, connection.health_check_done = True, False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() != (pid,)


def test_connection_that_was_closed_here_is_not_usable():
    other = connection.copy()
    assert not other.is_usable()


def test_messages_share_one_client(monkeypatch):
    run_event.apply_async((0,), expires=1, retry=False)
    with app.producer_or_acquire() as producer:
        channel = producer.connection.default_channel
        first = channel._create_client()
        assert channel._create_client() is first
        # A broken connection makes kombu throw its pool away, and the client goes with it.
        channel._disconnect_pools()
        assert channel._create_client() is not first


def test_a_worker_goes_on_trying_every_five_seconds_however_long_redis_is_away(monkeypatch):
    """What a worker of Celery does when the broker is gone, with its waits passed over: an hour and a half, then Redis is there."""
    tries, passed = [], [0.0]
    connection = app.connection_for_read()
    connect = connection._connection_factory

    def refused_a_thousand_times():
        tries.append(passed[0])
        if len(tries) <= 1000:
            raise ConnectionRefusedError("Redis is away")
        return connect()

    monkeypatch.setattr(connection, "_connection_factory", refused_a_thousand_times)
    monkeypatch.setattr(kombu.utils.functional, "sleep", lambda seconds: passed.append(passed.pop() + seconds))
    worker = SimpleNamespace(app=app, first_connection_attempt=False, broker_connection_retry_attempt=0)
    with Consumer.ensure_connected(worker, connection):
        assert connection.connected
    waits = [after - before for before, after in pairwise(tries)]
    assert waits[0] == pytest.approx(0.2)
    assert max(waits) == pytest.approx(5)
    assert passed[0] > 80 * 60
