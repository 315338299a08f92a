"""Locks on people, and on those who have no row yet."""

import hashlib

from django.db import connection

from core.locks import lock_row

from .errors import AccountDisabled
from .models import User


def lock_person(user: User) -> User:
    """Lock a person who is about to have something personal written, and return them as they are now.

    Erasure takes the same lock, so a request that was under way when it ran leaves nothing behind.

    Raises:
        AccountDisabled: the account was closed meanwhile.
    """
    person = lock_row(user)
    if not person.is_active or person.erased_at is not None:
        raise AccountDisabled
    return person


def lock_newcomer(*names: str) -> None:
    """Until the transaction ends, nobody else makes a person for one of these ids (unionid, openid).

    Two apps of ours may meet the same newcomer at the same moment. Taken in a fixed order, so that
    two callers never wait on each other.
    """
    numbers = sorted(int.from_bytes(hashlib.sha256(n.encode()).digest()[:8], "big", signed=True) for n in names if n)
    with connection.cursor() as cursor:
        for number in numbers:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
