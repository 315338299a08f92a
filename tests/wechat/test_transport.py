import logging
import socket
import threading
import time

import pytest

from tests.wechat.wire import Answer, answer
from wechat import clients, errors
from wechat.clients import transport
from wechat.clients.transport import Transport


@pytest.fixture
def silent_port():
    """Accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_send_gives_up_on_silence_with_unknown_outcome(silent_port):
    started = time.monotonic()
    with pytest.raises(errors.WeChatError) as caught:
        Transport(f"http://127.0.0.1:{silent_port}").send("POST", "/x", body=b"{}", timeouts=(0.2, 0.2))
    assert caught.value.code == errors.TIMEOUT and caught.value.unknown_outcome
    assert time.monotonic() - started < 2


def test_send_knows_that_a_refused_connection_did_nothing():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(errors.WeChatError) as caught:
        Transport(f"http://127.0.0.1:{port}").send("POST", "/x")
    assert caught.value.code == errors.UNREACHABLE and not caught.value.unknown_outcome


def test_send_calls_a_hang_up_an_unknown_outcome(wire):
    wire.reply = lambda request: Answer(hang_up=True)
    with pytest.raises(errors.WeChatError) as caught:
        Transport(wire.root).send("POST", "/x", body=b"{}")
    assert caught.value.unknown_outcome
    assert len(wire.requests) == 1


def test_send_follows_no_redirect(wire):
    wire.reply = lambda request: Answer(status=302, headers={"Location": wire.root + "/elsewhere"})
    assert Transport(wire.root).send("GET", "/x").status == 302
    assert wire.paths() == ["/x"]


def test_send_reads_no_proxy_from_the_environment(wire, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert Transport(wire.root).send("GET", "/x").status == 200


def test_send_refuses_an_endless_answer(wire, monkeypatch):
    monkeypatch.setattr(transport, "MAX_REPLY_BYTES", 1000)
    wire.reply = lambda request: Answer(b"x" * 5000)
    with pytest.raises(errors.WeChatError) as caught:
        Transport(wire.root).send("GET", "/x")
    assert caught.value.code == errors.BAD_REPLY


def test_transport_may_be_shared_by_threads(wire):
    wire.reply = lambda request: answer({"you": request.query["n"]})
    shared, seen = Transport(wire.root), {}

    def ask(n):
        seen[n] = shared.send("GET", f"/x?n={n}").body

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {n: b'{"you": "%d"}' % n for n in range(16)}


@pytest.mark.parametrize("root", ["api.weixin.qq.com", "ftp://x", "", "http://"])
def test_transport_names_a_root_that_is_no_address(root):
    with pytest.raises(errors.Misconfigured):
        Transport(root)


def test_logs_hold_no_secret_even_at_debug(api, known, caplog):
    """Canaries: secret, token, code and phone go over the wire and must appear in no log line or traceback."""
    caplog.set_level(logging.DEBUG)
    api.results["/sns/jscode2session"] = {"openid": "o1", "session_key": "canary-key"}
    api.results["/wxa/business/getuserphonenumber"] = {"errcode": 40029, "errmsg": "invalid code rid: 1"}
    mini, code = clients.mini_program(), "canary-code"  # a traceback shows the lines below as they are
    session = mini.code_to_session(code=code)
    with pytest.raises(errors.WeChatError):
        mini.get_phone_number(code="canary-phone-code")
    api.reply = lambda request: Answer(hang_up=True)
    try:
        mini.code_to_session(code=code)
    except errors.WeChatError:
        logging.getLogger("test").exception("as an error report would log it")
    said = caplog.text + repr(session) + repr(mini.tokens)
    assert "/sns/jscode2session" in said
    for canary in ("canary-", known.mini_program.secret):
        assert canary not in said


def test_logs_of_pay_hold_neither_authorization_nor_names(pay_wire, known, caplog):
    caplog.set_level(logging.DEBUG)
    pay_wire.results["/v3/ecommerce/profitsharing/receivers/add"] = (400, {"code": "PARAM_ERROR", "message": "name"})
    with pytest.raises(errors.WeChatError):
        clients.pay().add_receiver(type="PERSONAL_OPENID", account="o-1", relation="OTHERS", name="canary-李四")
    said = caplog.text + repr(clients.pay().config)
    for canary in ("canary-", "WECHATPAY2", "signature", known.apiv3_key, "PRIVATE KEY"):
        assert canary not in said
