"""Real threads with connections of their own."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection


@pytest.fixture
def at_once(transactional_db):
    """Run calls in `threads` threads that all start at the same moment; returns how they ended, by name.

    A value counts under its type's name, "None" for none; an exception under its class's.
    """

    def run(calls, *, threads: int = 16) -> Counter:
        calls = list(calls)
        gate = threading.Barrier(min(threads, len(calls)))
        waited = threading.local()

        def one(call):
            if not getattr(waited, "yes", False):
                waited.yes = True
                gate.wait(30)
            try:
                return type(call()).__name__.replace("NoneType", "None")
            except Exception as error:  # noqa: BLE001  Whatever ends a thread is what the test asks about.
                return type(error).__name__
            finally:
                connection.close()

        with ThreadPoolExecutor(gate.parties) as pool:
            return Counter(pool.map(one, calls))

    return run
