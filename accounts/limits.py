"""Limits on tries in time, counted in Redis: a fixed window per key.

A window may let through up to twice its limit around its edge; none of our limits is so tight that
this matters.
"""

import hashlib

from django.core.cache import cache
from rest_framework.throttling import BaseThrottle

from core.errors import TooMany


def client_address(request) -> str:
    """The caller's address; behind a proxy the one that REST_FRAMEWORK["NUM_PROXIES"] trusts."""
    return BaseThrottle().get_ident(request)


def check(key: str, *, limit: int, seconds: int) -> None:
    """Raise TooMany when `key` was counted `limit` times in this window of `seconds`."""
    if (cache.get(_name(key)) or 0) >= limit:
        raise TooMany(retry_after=seconds)


def count(key: str, *, seconds: int) -> int:
    """Count one try; returns how many there are in this window."""
    name = _name(key)
    cache.add(name, 0, seconds)
    try:
        return cache.incr(name)
    except ValueError:  # The window closed between the two calls.
        cache.set(name, 1, seconds)
        return 1


def spend(key: str, *, limit: int, seconds: int) -> None:
    """Count this try and raise TooMany above `limit` per `seconds`."""
    if count(key, seconds=seconds) > limit:
        raise TooMany(retry_after=seconds)


def forget(key: str) -> None:
    cache.delete(_name(key))


def _name(key: str) -> str:
    # Keys hold addresses and user names, of any length.
    return "limit:" + hashlib.sha256(key.encode()).hexdigest()[:32]
