"""Small events to open pages and clients: something changed, read it again. Losing one costs a poll, never data."""

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

logger = logging.getLogger(__name__)


def user_group(user) -> str:
    return f"user.{user.public_id}"


def shop_group(shop) -> str:
    return f"shop.{shop.public_id}"


def send_to_user(user, event: dict) -> None:
    """Send `event` ({"type", "id", …}) to a person's open connections after commit."""
    send_to_group(user_group(user), event)


def send_to_shop(shop, event: dict) -> None:
    """Send `event` to everybody who works in this shop and has the dashboard open."""
    send_to_group(shop_group(shop), event)


def send_to_group(group: str, event: dict) -> None:
    def send():
        try:
            async_to_sync(get_channel_layer().group_send)(group, {"type": "live.event", "event": event})
        except OSError as error:  # Redis is away: the page polls.
            logger.warning("live event not sent: %s", error)

    transaction.on_commit(send)
