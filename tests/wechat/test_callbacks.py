"""Pushes of the service account and the mini-program."""

import json
import time
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from defusedxml.ElementTree import fromstring
from django.test import Client
from django.utils import timezone

from core.errors import Conflict
from wechat import services
from wechat.models import CallbackReceipt
from wechat.sandbox import envelope

pytestmark = pytest.mark.django_db

OA = "/wechat/callback/official-account/"
MINI = "/wechat/callback/mini-program/"

scans: list[dict] = []


def scan_handler(*, token, openid, unionid, event):
    scans.append({"token": token, "openid": openid, "unionid": unionid, "event": event})
    return "已登录。返回电脑继续 ]]>" if token == "good" else None


def refusing_handler(*, token, openid, unionid, event):
    raise Conflict("二维码已过期，请刷新页面")


def broken_handler(*, token, openid, unionid, event):
    raise RuntimeError("the database is away")


@pytest.fixture(autouse=True)
def configured(api, settings, heard):
    scans.clear()
    settings.WECHAT_SCENE_HANDLERS = {
        "login": f"{__name__}.scan_handler",
        "late": f"{__name__}.refusing_handler",
        "broken": f"{__name__}.broken_handler",
    }
    api.results["/cgi-bin/user/info"] = {"subscribe": 1, "openid": "o1", "unionid": "u1"}


def event(name, **fields):
    return {
        "ToUserName": "gh_1",
        "FromUserName": "o1",
        "CreateTime": int(time.time()),
        "MsgType": "event",
        "Event": name,
        **fields,
    }


def push(account, content, *, url=OA, xml=True, encrypted=True, age=0.0, tamper=None):
    query, body = envelope.push(account, content, xml=xml, encrypted=encrypted, age=age)
    if tamper:
        query, body = tamper(query, body)
    client = Client(raise_request_exception=False)
    return client.post(f"{url}?{query}", body, content_type="text/xml" if xml else "application/json")


def opened(known, response):
    """The answer that the service account's person gets to see."""
    sealed = fromstring(response.content).findtext("Encrypt")
    return fromstring(envelope.decrypt(known.official_account, sealed))


# The check of the address


def test_echo_proves_that_we_know_the_token(known):
    stamp = str(int(time.time()))
    query = {
        "signature": envelope.digest(known.official_account.token, stamp, "n"),
        "timestamp": stamp,
        "nonce": "n",
        "echostr": "<b>1</b>",
    }
    response = Client().get(OA, query)
    assert (response.status_code, response.content) == (200, b"<b>1</b>")
    assert response["Content-Type"] == "text/plain"
    assert Client().get(MINI, query).status_code == 403
    assert Client().get(OA, {**query, "timestamp": str(int(stamp) - 1)}).status_code == 403


@pytest.mark.parametrize("age", [310, -310])
def test_echo_of_an_old_signature_is_refused(known, age):
    stamp = str(int(time.time()) - age)
    query = {"signature": envelope.digest(known.official_account.token, stamp, "n"), "timestamp": stamp, "nonce": "n"}
    assert Client().get(OA, query).status_code == 403


# Scans


@pytest.mark.parametrize(("name", "key"), [("SCAN", "login:good"), ("subscribe", "qrscene_login:good")])
def test_scan_reaches_its_handler_and_the_person_its_answer(known, heard, name, key):
    response = push(known.official_account, event(name, EventKey=key, Ticket="T"))
    assert scans == [{"token": "good", "openid": "o1", "unionid": "u1", "event": name}]
    xml = opened(known, response)
    assert xml.findtext("Content") == "已登录。返回电脑继续 ]] >"
    assert (xml.findtext("ToUserName"), xml.findtext("FromUserName")) == ("o1", "gh_1")
    assert [(e["event"], e["openid"], e["appid"]) for e in heard] == [(name, "o1", known.official_account.appid)]


def test_scan_without_an_answer_gets_success(known):
    response = push(known.official_account, event("SCAN", EventKey="login:other"))
    assert response.content == b"success"


@pytest.mark.parametrize("key", ["", "login", "login:", ":x", "unknown:x", "qrscene_", 7])
def test_scan_of_a_foreign_code_is_only_an_event(known, heard, key):
    assert push(known.official_account, event("SCAN", EventKey=key)).content == b"success"
    assert scans == []
    assert len(heard) == 1


def test_scan_goes_on_where_wechat_does_not_tell_the_unionid(api, known):
    api.results["/cgi-bin/user/info"] = {"errcode": 48001, "errmsg": "api unauthorized"}
    push(known.official_account, event("SCAN", EventKey="login:good"))
    assert scans[0]["unionid"] is None


def test_refusal_in_words_is_what_the_person_reads(known):
    response = push(known.official_account, event("SCAN", EventKey="late:x"))
    assert "二维码已过期" in opened(known, response).findtext("Content")
    assert CallbackReceipt.objects.count() == 1


def test_failure_leaves_no_receipt_so_that_wechat_repeats_it(known, settings):
    content = event("SCAN", EventKey="broken:x")
    assert push(known.official_account, content).status_code == 500
    assert CallbackReceipt.objects.count() == 0
    settings.WECHAT_SCENE_HANDLERS = {"broken": f"{__name__}.scan_handler"}
    assert push(known.official_account, content).status_code == 200
    assert len(scans) == 1


# Repetitions


def test_repetition_changes_nothing_and_gets_the_same_answer(known, heard):
    content = event("SCAN", EventKey="login:good")
    first, second = (push(known.official_account, content) for _ in range(2))
    assert len(scans) == len(heard) == CallbackReceipt.objects.count() == 1
    texts = [opened(known, response).findtext("Content") for response in (first, second)]
    assert texts[0] == texts[1] != ""


def test_different_events_of_one_second_are_told_apart(known, heard):
    first = event("wxa_media_check", trace_id="t1")
    for trace in ("t1", "t2", "t1"):
        push(known.mini_program, {**first, "trace_id": trace}, url=MINI, xml=False)
    assert [e["payload"]["trace_id"] for e in heard] == ["t1", "t2"]


def test_shipped_and_received_in_one_second_are_two(known, heard):
    """The same event of the same order, told twice with other facts; each is repeated."""
    first = event("trade_manage_order_settlement", transaction_id="4200", estimated_settlement_time="1790000000")
    received = {**first, "confirm_receive_time": "1780000000"}
    for content in (first, received, first, received):
        push(known.mini_program, content, url=MINI, xml=False)
    assert [e["payload"].get("confirm_receive_time") for e in heard] == [None, "1780000000"]


def test_messages_are_told_apart_by_their_number(known, heard):
    message = {**event(""), "MsgType": "text", "Content": "在吗", "MsgId": "23456789012345678"}
    for number in ("1", "2", "1"):
        push(known.official_account, {**message, "MsgId": number})
    assert [e["event"] for e in heard] == ["message", "message"]


def test_the_same_push_to_two_accounts_is_two(known, heard):
    content = event("subscribe")
    push(known.official_account, content)
    push(known.mini_program, content, url=MINI)
    assert len(heard) == 2


def test_receipts_name_nobody_and_are_purged_after_a_week(known):
    push(known.official_account, event("unsubscribe"))
    (receipt,) = CallbackReceipt.objects.all()
    assert "o1" not in receipt.key and len(receipt.key) == 64
    assert services.purge_receipts() == 0
    CallbackReceipt.objects.update(received_at=timezone.now() - timedelta(days=8))
    assert services.purge_receipts() == 1


# Formats


def test_mini_program_speaks_json_and_xml(known, heard):
    result = {"suggest": "risky", "label": 20002}
    push(known.mini_program, event("wxa_media_check", trace_id="t1", result=result), url=MINI, xml=False)
    push(known.mini_program, event("wxa_media_check", trace_id="t2", result=result), url=MINI, xml=True)
    assert [e["payload"]["result"]["suggest"] for e in heard] == ["risky", "risky"]
    assert heard[0]["event"] == "wxa_media_check"


@pytest.mark.parametrize("xml", [True, False])
def test_plain_mode_is_for_accounts_without_an_aes_key(known, settings, heard, xml):
    content = event("TEMPLATESENDJOBFINISH", MsgID=200, Status="failed:user block")
    assert push(known.official_account, content, encrypted=False, xml=xml).status_code == 403
    assert heard == []
    settings.WECHAT_OA_AES_KEY = ""
    assert push(known.official_account, content, encrypted=False, xml=xml).content == b"success"
    assert heard[0]["payload"]["Status"] == "failed:user block"


def test_plain_answer_is_plain(known, settings):
    settings.WECHAT_OA_AES_KEY = ""
    response = push(known.official_account, event("SCAN", EventKey="login:good"), encrypted=False)
    assert fromstring(response.content).findtext("Content").startswith("已登录")


# What is not WeChat's, or not to be understood


def _query(**changes):
    def tamper(query, body):
        fields = {k: v[0] for k, v in parse_qs(query).items()}
        return "&".join(f"{k}={v}" for k, v in {**fields, **changes}.items()), body

    return tamper


@pytest.mark.parametrize(
    "tamper",
    [
        _query(msg_signature="0" * 40),
        _query(msg_signature=""),
        _query(msg_signature="%E4%B8%AD"),
        _query(timestamp="1"),
        _query(timestamp="abc"),
        _query(nonce="other"),
        lambda query, body: ("", body),
        lambda query, body: (query, body.replace(b"<Encrypt>", b"<Encrypt>A")),
        lambda query, body: (query, b"<xml><FromUserName>o1</FromUserName></xml>"),
    ],
)
def test_forged_push_is_refused(known, heard, tamper):
    response = push(known.official_account, event("subscribe"), tamper=tamper)
    assert 400 <= response.status_code < 500
    assert heard == [] and CallbackReceipt.objects.count() == 0


@pytest.mark.parametrize("age", [310, -310])
def test_stale_push_is_refused(known, heard, age):
    assert push(known.official_account, event("subscribe"), age=age).status_code == 403
    assert heard == []


def test_push_for_the_other_account_is_refused(known):
    assert push(known.mini_program, event("subscribe"), url=OA).status_code == 403


def _sealed(account, cipher):
    stamp = str(int(time.time()))
    signature = envelope.digest(account.token, stamp, "n", cipher)
    query = f"timestamp={stamp}&nonce=n&encrypt_type=aes&msg_signature={signature}"
    return Client(raise_request_exception=False).post(
        f"{OA}?{query}", f"<xml><Encrypt>{cipher}</Encrypt></xml>", content_type="text/xml"
    )


@pytest.mark.parametrize("cipher", ["A", "AAAA", "A" * 43 + "=", "A" * 64, "QUJD" * 1000, "中文"])
def test_signed_garbage_gets_4xx(known, cipher):
    assert 400 <= _sealed(known.official_account, cipher).status_code < 500


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        b"x",
        b"<xml>",
        b"<xml/>",
        b"<xml><FromUserName>o1</FromUserName></xml>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><FromUserName>&a;</FromUserName></xml>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml>&a;</xml>',
        b'<?xml version="1.0" encoding="nonsense"?><xml/>',
        b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>",
        b"{",
        b"[]",
        b'{"FromUserName": {}, "CreateTime": 1, "MsgType": "event"}',
        b'{"FromUserName": "\\ud800", "CreateTime": 1, "MsgType": "event"}',
        b'{"a":' * 5000,
        b"\xff\xfe\x00",
    ],
)
def test_encrypted_garbage_gets_4xx(known, heard, plain):
    response = _sealed(known.official_account, envelope.encrypt(known.official_account, plain))
    assert 400 <= response.status_code < 500
    assert heard == []


def test_nul_never_reaches_a_handler(known):
    content = json.loads(json.dumps(event("SCAN", EventKey="login:a\x00b", FromUserName="o1")))
    assert push(known.official_account, content, xml=False).status_code == 200
    assert (scans[0]["token"], scans[0]["openid"]) == ("ab", "o1")


def test_body_above_the_bound_is_refused(known):
    assert push(known.official_account, event("subscribe", Pad="x" * 300_000)).status_code == 413


def test_account_without_a_token_answers_nobody(known, settings, heard):
    settings.WECHAT_OA_TOKEN = ""
    settings.WECHAT_OA_AES_KEY = ""
    stamp = str(int(time.time()))
    query = {"signature": envelope.digest("", stamp, "n"), "timestamp": stamp, "nonce": "n"}
    assert Client().get(OA, query).status_code == 403
    assert heard == []


def test_refused_push_is_logged_without_its_content(known, caplog):
    push(known.official_account, event("subscribe", Content="canary"), tamper=_query(msg_signature="0" * 40))
    assert "refused" in caplog.text
    assert "canary" not in caplog.text and known.official_account.token not in caplog.text
