"""Small events to open pages and clients: something changed, read it again. Losing one costs a poll, never data."""

import logging
import threading
from collections.abc import Sequence
from typing import Any

import redis
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)


def user_group(user) -> str:
    return f"user.{user.public_id}"


def shop_group(shop) -> str:
    return f"shop.{shop.public_id}"


def send_to_user(user, event: dict) -> None:
    """Send `event` ({"type", "id", …}) to a person's open connections after commit."""
    _send([user_group(user)], event)


def send_to_both(user, shop, event: dict) -> None:
    """The same to a buyer and to everybody who works in the shop that the buyer deals with."""
    _send([user_group(user), shop_group(shop)], event)


def send_many(events: Sequence[tuple[str, dict]]) -> None:
    """Many (group, event) after commit, in one round trip: `user_group` and `shop_group` name the groups."""
    _send_all([([group], event) for group, event in events])


def _send(groups: list[str], event: dict) -> None:
    _send_all([(groups, event)])


def _send_all(events: Sequence[tuple[list[str], dict]]) -> None:
    if not events:
        return

    def send():
        try:
            _publish([(groups, {"type": "live.event", "event": event}) for groups, event in events])
        except (OSError, redis.RedisError) as error:  # Redis is away: the page polls.
            logger.warning("live event not sent: %s", error)

    transaction.on_commit(send, robust=True)  # what is committed has happened, whatever becomes of its news


def _publish(messages: Sequence[tuple[list[str], dict]]) -> None:
    """What channels_redis.pubsub does for group_send, over one connection that stays open.

    From a thread, async_to_sync would make a thread, a loop and a connection for each event, which
    costs more than the transaction that it tells of.
    """
    layers: dict[str, Any] = settings.CHANNEL_LAYERS
    [address] = layers["default"]["CONFIG"]["hosts"]
    serialize = get_channel_layer().serialize
    with _redis(address).pipeline(transaction=False) as calls:
        for groups, message in messages:
            text = serialize(message)
            for group in groups:
                calls.publish(f"asgi__group__{group}", text)
        calls.execute()


_clients: dict[str, redis.Redis] = {}
_making = threading.Lock()


def _redis(address: str) -> redis.Redis:
    """The process's one client: its pool lends each thread a connection.

    Made under a lock: of two made at once one is thrown away, and redis-py then closes that one's whole pool under
    the thread which is talking through it.
    """
    with _making:
        if address not in _clients:
            _clients[address] = redis.Redis.from_url(address, socket_timeout=2, socket_connect_timeout=2)
        return _clients[address]
