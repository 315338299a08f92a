"""/ws/: tells open pages what changed. It never carries content, so every read is authorised where it is read."""

import asyncio
import contextlib
from urllib.parse import urlparse

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.security.websocket import OriginValidator
from django.contrib.auth import get_user
from django.db import DatabaseError
from django.http import HttpRequest
from redis import RedisError

from accounts.api.authentication import find_token
from accounts.models import ApiToken, User
from notifications import live
from shops.models import Shop

NOT_SIGNED_IN = 4401
# Seconds to sign in; and between two looks at whether the person may still listen, and to which shops.
SIGN_IN_WITHIN = 10
LOOK_AGAIN_AFTER = 300


class CookiesFromOurPages(OriginValidator):
    """A session counts on our own pages alone. From elsewhere, such as a mini-program, people bring their token."""

    async def __call__(self, scope, receive, send):
        if not self.is_ours(dict(scope["headers"]).get(b"origin", b"").decode("latin1")):
            scope = {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"cookie"]}
        return await self.application(scope, receive, send)

    def is_ours(self, origin: str) -> bool:
        try:
            return self.validate_origin(urlparse(origin))
        except ValueError:  # No address at all.
            return False


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """Staff come with their session cookie; buyers send {"type": "auth", "token": …} first."""

    groups: list[str]

    async def connect(self):
        self.joined: list[str] = []
        self.token: ApiToken | None = None
        await self.accept()
        self.watch = asyncio.create_task(self.keep_watch())
        user = self.scope.get("user")
        if user is not None and user.is_authenticated:
            await self.join(user)

    async def disconnect(self, code):
        if watch := getattr(self, "watch", None):
            watch.cancel()
        await self.leave(getattr(self, "joined", []))

    async def receive(self, text_data=None, bytes_data=None, **kwargs):
        """Bytes, or nothing, are as little ours as text that is no JSON."""
        await super().receive(text_data or "null", **kwargs)

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
        self.token = token
        await self.join(token.user)

    async def join(self, user):
        self.joined = await database_sync_to_async(groups_of)(user)
        for group in self.joined:
            await self.channel_layer.group_add(group, self.channel_name)
        await self.send_json({"type": "ready"})

    async def leave(self, groups):
        for group in groups:
            with contextlib.suppress(OSError, RedisError):
                await self.channel_layer.group_discard(group, self.channel_name)

    async def keep_watch(self):
        """Nobody stays without signing in, and nobody longer than they may: tokens end, staff leave."""
        await asyncio.sleep(SIGN_IN_WITHIN)
        while await self.may_stay():
            await asyncio.sleep(LOOK_AGAIN_AFTER)
        await self.close(NOT_SIGNED_IN)

    async def may_stay(self) -> bool:
        """Listen to the shops of today; False where nobody is signed in any more."""
        if not self.joined:
            return False
        try:
            user = await database_sync_to_async(person_of)(self.token, self.scope.get("session"))
            groups = await database_sync_to_async(groups_of)(user) if user else []
        except DatabaseError:
            return True  # It is asked again; what is heard meanwhile are ids.
        await self.leave(set(self.joined) - set(groups))
        for group in set(groups) - set(self.joined):
            await self.channel_layer.group_add(group, self.channel_name)
        self.joined = groups
        return bool(groups)

    async def live_event(self, message):
        await self.send_json(message["event"])

    @classmethod
    async def decode_json(cls, text_data):
        try:
            return await super().decode_json(text_data)
        except (ValueError, RecursionError):
            return None


def person_of(token: ApiToken | None, session) -> User | None:
    """Who is behind the connection now: the token's person while it is good, else the session's while it lasts."""
    if token is not None:
        row = ApiToken.objects.valid().select_related("user").filter(pk=token.pk, user__is_active=True).first()
        return row and row.user
    if session is None or not session.session_key:
        return None
    # The session as it is now, not as it was when the connection was made.
    request = HttpRequest()
    request.session = type(session._wrapped)(session.session_key)
    user = get_user(request)
    return user if user.is_authenticated else None


def groups_of(user) -> list[str]:
    """The user's own group, and that of each shop the user works in."""
    shops = Shop.objects.filter(merchant__memberships__user=user, merchant__memberships__removed_at=None)
    return [live.user_group(user), *map(live.shop_group, shops)]
