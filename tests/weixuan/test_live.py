"""/ws/: who hears what, and what nobody can do to it. Over the real channel layer."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken
from accounts.services import issue_token, sign_out_everywhere
from chat import services as chat
from merchants.models import Membership
from notifications import live
from tests.orders.factories import make_buyer
from tests.shops.factories import make_shop, owner_of
from weixuan import consumers
from weixuan.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)

OURS, MINI_PROGRAM, EVIL = b"http://testserver", b"https://servicewechat.com", b"https://evil.example"


class Socket(ApplicationCommunicator):
    """A WebSocket by its ASGI messages: channels' own needs a server that we don't have."""

    def __init__(self, app, headers):
        self.headers = headers
        super().__init__(app, {"type": "websocket", "path": "/ws/", "query_string": b"", "headers": headers})

    async def connect(self) -> bool:
        await self.send_input({"type": "websocket.connect"})
        return (await self.receive_output(timeout=5))["type"] == "websocket.accept"

    async def send(self, text: str | None = None, data: bytes | None = None) -> None:
        frame = {"text": text} if data is None else {"bytes": data}
        await self.send_input({"type": "websocket.receive", **frame})

    async def send_json(self, content) -> None:
        await self.send(json.dumps(content))

    async def receive_json(self):
        message = await self.receive_output(timeout=5)
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def disconnect(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait(timeout=5)


def connection(*, origin: bytes | None = OURS, user=None) -> Socket:
    headers = [(b"host", b"testserver")]
    if origin is not None:
        headers.append((b"origin", origin))
    if user is not None:
        client = Client()
        client.force_login(user, backend="accounts.backends.UsernameBackend")
        headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={client.cookies['sessionid'].value}".encode()))
    return Socket(application, headers)


async def opened(**how) -> Socket:
    socket = await sync_to_async(connection)(**how)
    assert await socket.connect()
    return socket


async def signed_in(token: str, **how) -> Socket:
    socket = await opened(**how)
    await socket.send_json({"type": "auth", "token": token})
    assert await socket.receive_json() == {"type": "ready"}
    return socket


async def heard(socket) -> list[dict]:
    """Everything that came before the answer to a ping."""
    events = []
    await socket.send_json({"type": "ping"})
    while (event := await socket.receive_json()) != {"type": "pong"}:
        events.append(event)
    return events


async def until(socket, kind: str) -> dict:
    """The next event of this kind; publishing takes its time."""
    while (event := await socket.receive_json())["type"] != kind:
        pass
    return event


async def closed(socket) -> int:
    message = await socket.receive_output(timeout=5)
    assert message["type"] == "websocket.close"
    return message["code"]


def play(story):
    """Run a story over connections; the database is used from threads, as in the real process."""

    async def told():
        try:
            await asyncio.wait_for(story(), 60)
        finally:
            await sync_to_async(connections.close_all)()

    asyncio.run(told())


@pytest.fixture
def shop():
    return make_shop("山南茶器")


@pytest.fixture
def buyer():
    return make_buyer("林女士")


@pytest.fixture
def talk(shop, buyer):
    return chat.open_conversation(shop=shop, buyer=buyer)


def note(talk, key="k"):
    return sync_to_async(chat.post_note)(
        conversation=talk, key=key, note={"code": "qa.answer_adopted", "text": "有消息了"}
    )


def test_buyer_by_token_and_staff_by_session_hear_their_chat(shop, buyer, talk):
    token, owner = issue_token(user=buyer)[0], owner_of(shop)

    async def story():
        phone = await signed_in(token, origin=None)
        desk = await opened(user=owner)
        assert await desk.receive_json() == {"type": "ready"}
        await note(talk)
        for socket in (phone, desk):
            assert await until(socket, "chat.message") == {"type": "chat.message", "id": talk.public_id}
            await socket.disconnect()

    play(story)


def test_foreign_events_are_not_heard(talk, buyer):
    stranger, rival = make_buyer("路人"), owner_of(make_shop("半木器物"))
    token, own = issue_token(user=stranger)[0], issue_token(user=buyer)[0]

    async def story():
        witness, phone, desk = await signed_in(own), await signed_in(token), await opened(user=rival)
        assert await desk.receive_json() == {"type": "ready"}
        await note(talk)
        await until(witness, "chat.message")  # By now it would have reached the others too.
        await asyncio.sleep(0.2)
        for socket in (phone, desk):
            assert await heard(socket) == []
            await socket.disconnect()
        await witness.disconnect()

    play(story)


FRAMES = ["", "null", "[]", "1", "{", '"x"', "{}", "[" * 50_000, '{"a":' * 50_000, '{"type": NaN}', "9" * 6000,
          '{"type": {"a": 1}}', '{"type": "auth"}', '{"type": "auth", "token": 1}', '{"type": "live.event", "event": {}}']  # fmt: skip


def test_bad_frames_do_not_end_the_connection(talk, buyer):
    token = issue_token(user=buyer)[0]

    async def story():
        phone = await signed_in(token)
        for frame in FRAMES:
            await phone.send(frame)
        await phone.send(data=b"\xff\x00")
        await phone.send_json({"type": "auth", "token": "another"})
        await asyncio.sleep(0.2)
        while not await phone.receive_nothing(timeout=0.2):
            assert await phone.receive_json() == {"type": "pong"}
        await note(talk)
        await until(phone, "chat.message")
        await phone.disconnect()

    play(story)


@pytest.mark.parametrize("token", ["", "x", "长", "\ud800", "a\0b", "x" * 100_000])
def test_a_wrong_token_is_told_and_let_go(token):
    async def story():
        socket = await opened()
        await socket.send(json.dumps({"type": "auth", "token": token}))
        assert await closed(socket) == consumers.NOT_SIGNED_IN

    play(story)


def test_revoked_and_expired_tokens_open_nothing(buyer):
    (first, row), (second, _) = issue_token(user=buyer), issue_token(user=buyer)
    ApiToken.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    ApiToken.objects.exclude(pk=row.pk).update(revoked_at=timezone.now())

    async def story():
        for token in (first, second):
            socket = await opened()
            await socket.send_json({"type": "auth", "token": token})
            assert await closed(socket) == consumers.NOT_SIGNED_IN

    play(story)


def test_whoever_does_not_sign_in_is_let_go(monkeypatch):
    monkeypatch.setattr(consumers, "SIGN_IN_WITHIN", 0.2)

    async def story():
        assert await closed(await opened()) == consumers.NOT_SIGNED_IN

    play(story)


@pytest.mark.parametrize("way", ["token", "session"])
def test_signing_out_everywhere_ends_open_connections(buyer, way, monkeypatch):
    monkeypatch.setattr(consumers, "SIGN_IN_WITHIN", 0.5)
    monkeypatch.setattr(consumers, "LOOK_AGAIN_AFTER", 0.2)
    token = issue_token(user=buyer)[0]

    async def story():
        if way == "token":
            socket = await signed_in(token)
        else:
            socket = await opened(user=buyer)
            assert await socket.receive_json() == {"type": "ready"}
        assert await socket.receive_nothing(timeout=0.8)  # Nobody is let go without a reason.
        await sync_to_async(sign_out_everywhere)(user=buyer)
        assert await closed(socket) == consumers.NOT_SIGNED_IN

    play(story)


def test_staff_who_left_hear_the_shop_no_more(shop, talk, monkeypatch):
    monkeypatch.setattr(consumers, "SIGN_IN_WITHIN", 0.3)
    monkeypatch.setattr(consumers, "LOOK_AGAIN_AFTER", 0.2)
    owner = owner_of(shop)

    async def story():
        desk = await opened(user=owner)
        assert await desk.receive_json() == {"type": "ready"}
        await note(talk, "before")
        await until(desk, "chat.message")
        left = Membership.objects.filter(user=owner)
        await sync_to_async(left.update)(removed_at=timezone.now())
        await asyncio.sleep(1)
        await heard(desk)
        await note(talk, "after")
        await asyncio.sleep(0.5)
        assert await heard(desk) == []
        await desk.disconnect()

    play(story)


def test_a_session_counts_on_our_own_pages_only(shop, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    owner = owner_of(shop)
    guarded = consumers.CookiesFromOurPages(application.application_mapping["websocket"].application, ["testserver"])

    async def ready(origin) -> bool:
        socket = await sync_to_async(connection)(origin=origin, user=owner)
        socket = Socket(guarded, socket.headers)
        assert await socket.connect()
        silent = await socket.receive_nothing(timeout=1)
        await socket.disconnect()
        return not silent

    async def story():
        assert await ready(OURS)
        for origin in (EVIL, MINI_PROGRAM, None, b"null", b"http://[", b"http://testserver.evil.example", b"\xff"):
            assert not await ready(origin), origin

    play(story)


def test_a_mini_program_signs_in_with_its_token(buyer):
    """WeChat sends its own origin, or none."""
    token = issue_token(user=buyer)[0]
    guarded = consumers.CookiesFromOurPages(application.application_mapping["websocket"].application, ["testserver"])

    async def story():
        for headers in ([(b"origin", MINI_PROGRAM)], []):
            socket = Socket(guarded, headers)
            assert await socket.connect()
            await socket.send_json({"type": "auth", "token": token})
            assert await socket.receive_json() == {"type": "ready"}
            await socket.disconnect()

    play(story)


def test_without_redis_what_was_done_stays_done(talk, settings, caplog):
    """Losing an event costs a poll: the request that caused it must not fail after its commit."""
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1"]},
        }
    }
    live.send_to_user(talk.buyer, {"type": "chat.message", "id": talk.public_id})
    assert "live event not sent" in caplog.text
