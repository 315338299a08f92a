"""A client that hangs up before it has sent its request: no traceback, nothing remembered."""

import asyncio

import pytest

from wechat.sandbox.app import create_app
from wechat.sandbox.config import Config


@pytest.mark.parametrize("path", ["/v3/pay/partner/transactions/jsapi", "/wxa/msg_sec_check", "/control/config"])
def test_who_leaves_early_is_nobodys_error(tmp_path, path):
    app = create_app(Config(tmp_path, persistent=False))
    told = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        told.append(message)

    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [],
        "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    assert [message.get("status") for message in told] == [499, None]
