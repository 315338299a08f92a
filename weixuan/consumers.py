"""/ws/: tells open pages what changed. It never carries content, so every read is authorised where it is read."""

import contextlib

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from accounts.api.authentication import find_token
from notifications import live
from shops.models import Shop

NOT_SIGNED_IN = 4401


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Staff come with their session cookie; buyers send {"type": "auth", "token": …} first."""

    groups: list[str]

    async def connect(self):
        self.joined: list[str] = []
        await self.accept()
        user = self.scope.get("user")
        if user is not None and user.is_authenticated:
            await self.join(user)

    async def disconnect(self, code):
        for group in getattr(self, "joined", []):
            with contextlib.suppress(OSError):
                await self.channel_layer.group_discard(group, self.channel_name)

    async def receive_json(self, content, **kwargs):
        if not isinstance(content, dict) or content.get("type") == "ping":
            await self.send_json({"type": "pong"})
            return
        if content.get("type") != "auth" or not isinstance(content.get("token"), str) or self.joined:
            return
        token = await database_sync_to_async(find_token)(content["token"])
        if token is None:
            await self.close(NOT_SIGNED_IN)
            return
        await self.join(token.user)

    async def join(self, user):
        self.joined = await database_sync_to_async(groups_of)(user)
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.send_json({"type": "ready"})

    async def live_event(self, message):
        await self.send_json(message["event"])

    @classmethod
    async def decode_json(cls, text_data):
        try:
            return await super().decode_json(text_data)
        except ValueError:
            return None


def groups_of(user) -> list[str]:
    """The user's own group, and that of each shop the user works in."""
    shops = Shop.objects.filter(merchant__memberships__user=user, merchant__memberships__removed_at=None)
    return [live.user_group(user), *map(live.shop_group, shops)]
