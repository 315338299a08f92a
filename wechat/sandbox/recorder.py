"""Writes down every request that WeChat's two hosts receive, and carries out the faults ordered for it."""

import asyncio
import re
import time
import uuid
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .world import World, timestamp

WECHAT_PATHS = ("/v3/", "/cgi-bin/", "/wxa/", "/sns/")
KEPT_CHARACTERS = 4000
_SECRETS = re.compile(r"((?:access_token|secret|session_key)\"?[=:]\s*\"?)[^&\"]+")


class Recorder:
    """The outermost layer: journal, faults, and one commit of the store for each request."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app, self._world = app, world

    @property
    def world(self) -> World:
        return self._world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith(WECHAT_PATHS):
            await self._recorded(scope, receive, send)
        else:
            await self._app(scope, receive, send)
            self._world.commit()

    async def _recorded(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, state = time.perf_counter(), scope.setdefault("state", {})
        exchange: dict[str, Any] = {"status": 0, "request": b"", "reply": b"", "messages": []}

        async def hear() -> Message:
            message = await receive()
            exchange["request"] += message.get("body", b"")
            return message

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange["status"] = message["status"]
            exchange["reply"] += message.get("body", b"")
            exchange["messages"].append(message)

        dropped = await self._strike(scope, tell, state)
        if not dropped and not exchange["messages"]:
            await self._app(scope, hear, tell)
            self._world.commit()
            dropped = self._takes_reply(scope, state)
        if dropped:
            await _drop(receive, send)
        else:
            # Sent only now, after the commit: what was answered is also remembered.
            for message in exchange["messages"]:
                await send(message)
        self._note(scope, state, exchange, time.perf_counter() - started, dropped)

    async def _strike(self, scope: Scope, tell: Send, state: dict[str, Any]) -> bool:
        """Carry out latency, error and lost_request; say whether the connection is to be dropped."""
        if not self._world.faults:
            return False
        dropped = False
        for fault in self._world.faults.take(_subject(scope), ("latency", "error", "lost_request")):
            state["fault"] = fault.kind
            if fault.kind == "latency":
                await asyncio.sleep(float(fault.options.get("seconds", 1)))
            elif fault.kind == "lost_request":
                dropped = True
            else:
                body = str(fault.options.get("body", '{"code":"SYSTEM_ERROR","message":"系统异常"}')).encode()
                status = int(fault.options.get("status", 500))
                headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
                await tell({"type": "http.response.start", "status": status, "headers": headers})
                await tell({"type": "http.response.body", "body": body})
        return dropped

    def _takes_reply(self, scope: Scope, state: dict[str, Any]) -> bool:
        if not self._world.faults or not self._world.faults.take(_subject(scope), ("lost_reply",)):
            return False
        state["fault"] = "lost_reply"
        return True

    def _note(
        self, scope: Scope, state: dict[str, Any], exchange: dict[str, Any], seconds: float, dropped: bool
    ) -> None:
        self._world.journal.append({
            "id": uuid.uuid4().hex,
            "direction": "in",
            "time": timestamp(),
            "method": scope["method"],
            "path": scope["path"],
            "query": _SECRETS.sub(r"\1…", scope["query_string"].decode()),
            "status": 0 if dropped else exchange["status"],
            "outcome": "connection dropped" if dropped else state.get("outcome", "ok"),
            "fault": state.get("fault", ""),
            "milliseconds": round(seconds * 1000, 1),
            "request": _shown(exchange["request"]),
            "reply": _shown(exchange["reply"]),
        })  # fmt: skip


def _subject(scope: Scope) -> str:
    return f"{scope['method']} {scope['path']}"


async def _drop(receive: Receive, send: Send) -> None:
    """Close the connection without a word, as a broken network does."""
    # uvicorn's send is a bound method of the request cycle, which holds the socket; ASGI has no word for this.
    send.__self__.transport.abort()  # type: ignore[attr-defined]
    while (await receive())["type"] != "http.disconnect":
        continue


def _shown(raw: bytes) -> str:
    return _SECRETS.sub(r"\1…", raw[:KEPT_CHARACTERS].decode(errors="replace"))
