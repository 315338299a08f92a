"""Limits on tries in time, counted in Redis: a fixed window per key.

A window may let through up to twice its limit around its edge; none of our limits is so tight that
this matters. These limits stand between a guesser and a password, a second factor or an invite code, so where
Redis is away nobody gets a try.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _
from rest_framework.throttling import BaseThrottle

from core.errors import TooMany

logger = logging.getLogger(__name__)


class CannotCount(TooMany):
    """Redis is away."""

    code = "limits_unavailable"
    status = 503
    title = _("We can't take this right now; try again in a minute")


@contextmanager
def _counting() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, OSError) as error:
        logger.warning("tries can't be counted: %s", type(error).__name__)
        raise CannotCount from error


def client_address(request) -> str:
    """The caller's address; behind a proxy the one that REST_FRAMEWORK["NUM_PROXIES"] trusts."""
    return BaseThrottle().get_ident(request)


def check(key: str, *, limit: int, seconds: int) -> None:
    """Raise TooMany when `key` was counted `limit` times in this window of `seconds`, CannotCount without Redis."""
    with _counting():
        counted = cache.get(_name(key)) or 0
    if counted >= limit:
        raise TooMany(retry_after=seconds)


def count(key: str, *, seconds: int) -> int:
    """Count one try; returns how many there are in this window. Raises CannotCount."""
    name = _name(key)
    with _counting():
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
    with _counting():
        cache.delete(_name(key))


def _name(key: str) -> str:
    # Keys hold addresses and user names, of any length.
    return "limit:" + hashlib.sha256(key.encode()).hexdigest()[:32]
