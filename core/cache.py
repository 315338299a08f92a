"""What is dear to find out, remembered in Redis for a while."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import redis
from django.core.cache import cache

T = TypeVar("T")


def remembered(key: str, seconds: int, find: Callable[[], T]) -> T:
    """What `find` found at most so many seconds ago; never None. While Redis is away it is found out each time."""
    with suppress(redis.RedisError, OSError):
        if (known := cache.get(key)) is not None:
            return known
    found = find()
    with suppress(redis.RedisError, OSError):
        cache.set(key, found, seconds)
    return found
