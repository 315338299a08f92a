"""Kept connections: to PostgreSQL, which is not asked whether it lives, and to the broker, whose client is made once."""

import time

import psycopg2
import pytest
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
