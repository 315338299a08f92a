"""Locks on things that have no row yet."""

import hashlib

from django.db import connection


def lock_newcomer(*names: str) -> None:
    """Until the transaction ends, nobody else makes a person for one of these ids (unionid, openid).

    Two apps of ours may meet the same newcomer at the same moment. Taken in a fixed order, so that
    two callers never wait on each other.
    """
    numbers = sorted(int.from_bytes(hashlib.sha256(n.encode()).digest()[:8], "big", signed=True) for n in names if n)
    with connection.cursor() as cursor:
        for number in numbers:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
