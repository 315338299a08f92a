"""The connection to Redis that small events go over."""

import threading
import time

import pytest
import redis
from django.conf import settings

from notifications import live

THREADS, MESSAGES, ROUNDS = 16, 100, 3


@pytest.mark.django_db
def test_the_first_events_of_many_threads_at_once_all_leave(monkeypatch):
    # A web process's first events come from all its threads together.
    troubles: list[BaseException] = []

    def tell(ready: threading.Barrier) -> None:
        try:
            ready.wait()
            for _ in range(MESSAGES):
                live._publish([(["user.nobody"], {"type": "live.event", "event": {"type": "any"}})])
        except Exception as error:  # noqa: BLE001 - a thread's failure is looked at below
            troubles.append(error)

    connect = redis.Redis.from_url

    def connect_slowly(*args, **options) -> redis.Redis:
        time.sleep(threading.get_ident() % 7 / 500)
        return connect(*args, **options)

    monkeypatch.setattr(redis.Redis, "from_url", connect_slowly)
    [address] = settings.CHANNEL_LAYERS["default"]["CONFIG"]["hosts"]
    for _ in range(ROUNDS):
        monkeypatch.setattr(live, "_clients", {})
        ready = threading.Barrier(THREADS)
        threads = [threading.Thread(target=tell, args=(ready,)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not troubles
        live._redis(address).close()
