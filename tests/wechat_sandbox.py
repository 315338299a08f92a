"""Fixtures that run the WeChat sandbox over loopback and act as its phones.

`tests/conftest.py` makes them every test's: one sandbox process serves a whole run. Notices reach the test in
one of two ways: with a live server, `sandbox.call_back(live_server.url)` and they arrive by themselves
or with `sandbox.deliver()`; without one, `sandbox.deliver(client)` fetches them and hands them to a
Django test client in the test's own thread and transaction.
"""

import base64
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from wechat.sandbox import credentials
from wechat.sandbox.app import create_app
from wechat.sandbox.config import Config

__all__ = ["Person", "Sandbox", "sandbox", "sandbox_process", "wechat"]


class Refused(AssertionError):
    """The phone or control API answered 400: what a person would read on the phone."""


@dataclass
class Person:
    """One phone of the sandbox. `mini_openid` and `oa_openid` are what the platform knows them by."""

    box: "Sandbox"
    id: str
    nickname: str
    unionid: str
    oa_openid: str
    mini_openid: str
    phone: str

    def _do(self, what: str, **body: Any) -> dict[str, Any]:
        return self.box.post(f"/phone/api/people/{self.id}/{what}", **body)

    def login_code(self) -> str:
        return self._do("login-code")["code"]

    def phone_code(self) -> str:
        return self._do("phone-code")["code"]

    def subscribe(self, template_ids: list[str], *, accept: bool = True) -> dict[str, str]:
        """One tap on wx.requestSubscribeMessage: a credit for each of up to three templates."""
        return self._do("subscribe", template_ids=template_ids, accept=accept)

    def messages(self) -> list[dict[str, Any]]:
        return self.box.get(f"/phone/api/people/{self.id}/messages")["messages"]

    def scan(self, ticket: str, *, follow: bool = True) -> dict[str, Any]:
        """Scan a QR code, given by its ticket, its scene or the text in its picture."""
        return self._do("scan", ticket=ticket, follow=follow)

    def follow(self) -> None:
        self._do("follow")

    def unfollow(self) -> None:
        self._do("unfollow")

    def block(self, blocks: bool = True) -> None:
        self._do("block", blocks=blocks)

    def write(self, text: str, account: str = "oa") -> None:
        self._do("messages", text=text, account=account)

    def pay(self, prepay_id: str, outcome: str = "success", **signed: str) -> dict[str, Any]:
        """Answer the pay sheet: "success", "cancel" or "insufficient". `signed` is verified where given."""
        return self._do("pay", prepay_id=prepay_id, outcome=outcome, **signed)

    def receive(self, transaction_id: str) -> dict[str, Any]:
        """确认收货."""
        return self._do("receive", transaction_id=transaction_id)

    def accept_transfer(self, package_info: str) -> dict[str, Any]:
        return self._do("accept-transfer", package_info=package_info)


class Sandbox:
    """A running sandbox. `settings` are the platform's WECHAT_* values for it."""

    def __init__(self, url: str, data: Path) -> None:
        self.url, self.data = url, data
        self.settings = credentials.ensure(data, url)
        self.credentials = credentials.load(data)
        # The server closes what was idle for five seconds: let go of it before, or a request may run into the closing.
        limits = httpx.Limits(keepalive_expiry=1.5)
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=30, limits=limits)

    def get(self, address: str, /, **query: Any) -> dict[str, Any]:
        return self._answer(self.http.get(address, params=query))

    def post(self, address: str, /, **body: Any) -> dict[str, Any]:
        return self._answer(self.http.post(address, json=body))

    def _answer(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code == 400:
            raise Refused(response.json()["error"])
        response.raise_for_status()
        return response.json()

    def person(self, nickname: str = "测试员", *, follows: bool = True) -> Person:
        facts = self.post("/phone/api/people", nickname=nickname, follows=follows)
        names = ("id", "nickname", "unionid", "oa_openid", "mini_openid", "phone")
        return Person(self, **{name: facts[name] for name in names})

    def sub_merchant(self, name: str = "测试店铺") -> str:
        """Open a sub-merchant's account without an application and return its sub_mchid."""
        return self.post("/control/sub-merchants", name=name)["mchid"]

    def template(self, template_id: str, kind: str, title: str, fields: list[list[str]]) -> None:
        self.post("/control/templates", template_id=template_id, kind=kind, title=title, fields=fields)

    def fault(self, kind: str, match: str = "*", *, count: int | None = 1, **options: Any) -> str:
        """Order a fault: `fault("lost_reply", "POST /v3/ecommerce/refunds/apply")`. Kinds: faults.py."""
        return self.post("/control/faults", kind=kind, match=match, count=count, **options)["id"]

    def clear_faults(self) -> None:
        self.http.delete("/control/faults")

    def requests(self, path: str = "", *, direction: str = "in") -> list[dict[str, Any]]:
        """What the sandbox received ("in") or sent ("out"), newest first."""
        return self.get("/control/requests", path=path, direction=direction)["requests"]

    def deliveries(self) -> list[dict[str, Any]]:
        return self.get("/control/deliveries")["deliveries"]

    def configure(self, **values: Any) -> None:
        self.post("/control/config", **values)

    def call_back(self, url: str) -> None:
        """Send pushes and notices to this address from now on; "" keeps them until they are fetched."""
        self.configure(callback_url=url)

    def advance(self, seconds: float) -> None:
        """Let time pass at WeChat."""
        self.post("/control/clock", advance=seconds)

    def deliver(self, client: Any = None, *, everything: bool = False) -> list[int]:
        """Deliver what is due now, with `everything` also later retries; return the HTTP statuses.

        With a Django test client the notices are posted through it, else to the callback address.
        """
        answer = self.post("/control/deliver", all=everything)
        if client is None:
            return [int(item["outcomes"][-1][1].removeprefix("HTTP ")) for item in answer["sent"]]
        return [self._hand_over(client, out) for out in answer["requests"]]

    def _hand_over(self, client: Any, out: dict[str, Any]) -> int:
        headers = dict(out["headers"])
        kind = headers.pop("Content-Type")
        body = base64.b64decode(out["body"])
        response = client.generic(out["method"], out["url"], body, content_type=kind, headers=headers)
        answer = base64.b64encode(response.content).decode()
        self.post(
            f"/control/deliveries/{out['delivery_id']}", status=response.status_code, body=answer, trick=out["trick"]
        )
        return response.status_code

    def reset(self) -> None:
        self.post("/control/reset")
        self.configure(callback_url="", signtest_every=0, trade_managed=True, push_encrypted=True)
        self.configure(mini_pages=[], daily_limits={})
        self.post("/control/clock", speed=1)

    def close(self) -> None:
        self.http.close()


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory):
    """One sandbox for the whole run, on a free port, in a thread of its own."""
    data = tmp_path_factory.mktemp("sandbox")
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(Config(data, public_url=url, persistent=False))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="wechat-sandbox", daemon=True)
    thread.start()
    box = Sandbox(url, data)
    yield box
    box.close()
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture
def sandbox(sandbox_process):
    """The sandbox as if just started: no people, no payments, no faults; WeChat's clock at normal speed."""
    sandbox_process.reset()
    yield sandbox_process
    sandbox_process.clear_faults()


@pytest.fixture
def wechat(sandbox, settings):
    """The sandbox, with our clients talking to it as they would to WeChat."""
    for name, value in sandbox.settings.items():
        setattr(settings, name, value)
    settings.WECHAT_PAY_SP_APPID = sandbox.settings["WECHAT_MINI_APPID"]
    return sandbox
