"""WeChat Pay's notices: what is refused, what reaches the handler, what WeChat is answered."""

import json

import pytest
from django.test import Client

from wechat import clients
from wechat.clients.pay import Notification, NotificationRefused
from wechat.sandbox import envelope

URL = "/wechat/pay/notify/pay/"
PAID = {"out_trade_no": "wx1", "trade_state": "SUCCESS", "transaction_id": "42", "attach": "canary-attach"}

received: list[Notification] = []


def handler(notification):
    received.append(notification)


def broken_handler(notification):
    raise RuntimeError("the database is away")


@pytest.fixture(autouse=True)
def configured(at_wire, settings):
    received.clear()
    settings.WECHAT_PAY_NOTIFICATION_HANDLER = f"{__name__}.handler"


@pytest.fixture
def notice(platform_keys, known):
    """Make (headers, body) of a notice about `resource`."""

    def make(resource=PAID, *, age=0.0, **changes):
        message = {
            "id": "n-1",
            "create_time": "2026-11-21T08:00:00+08:00",
            "event_type": "TRANSACTION.SUCCESS",
            "original_type": "transaction",
            "summary": "支付成功",
            "resource": {"sp_mchid": known.sp_mchid, **resource} if isinstance(resource, dict) else resource,
        }
        body = envelope.notice(platform_keys, {**message, **changes})
        return platform_keys.headers(body, age=age), body

    return make


def post(headers, body, url=URL):
    return Client(raise_request_exception=False).post(url, body, content_type="application/json", headers=headers)


def refused(headers, body) -> str:
    """Refused by the parser and by the view, and no handler saw it."""
    with pytest.raises(NotificationRefused) as caught:
        clients.pay().parse_notification(headers, body)
    response = post(headers, body)
    assert response.status_code == 401
    assert response.json()["code"] == "FAIL"
    assert received == []
    return str(caught.value)


def test_notice_is_verified_decrypted_and_handed_on(notice):
    response = post(*notice())
    assert (response.status_code, response.content) == (204, b"")
    (notification,) = received
    assert (notification.id, notification.event_type, notification.kind) == ("n-1", "TRANSACTION.SUCCESS", "pay")
    assert notification.resource["out_trade_no"] == "wx1"
    assert notification.original_type == "transaction"
    assert "canary" not in repr(notification)


def test_kind_is_the_last_part_of_the_address(notice):
    assert post(*notice(), url="/wechat/pay/notify/refund/").status_code == 204
    assert received[0].kind == "refund"


@pytest.mark.parametrize("age", [310, -310])
def test_stale_notice_is_refused(notice, age):
    assert "five minutes" in refused(*notice(age=age))


@pytest.mark.parametrize("age", [290, -290])
def test_notice_within_five_minutes_is_taken(notice, age):
    assert post(*notice(age=age)).status_code == 204


def test_forged_signature_is_refused(notice):
    headers, body = notice()
    assert refused(envelope.forged(headers), body) == "wrong signature"


def test_signtest_probe_is_refused(notice):
    headers, body = notice()
    assert "probe" in refused(envelope.forged(headers, "WECHATPAY/SIGNTEST/"), body)


def test_tampered_body_is_refused(notice):
    headers, body = notice()
    assert refused(headers, body.replace(b"n-1", b"n-2")) == "wrong signature"


def test_replayed_signature_of_another_time_is_refused(notice, platform_keys):
    headers, body = notice()
    fresh = platform_keys.headers(b"{}")
    assert refused({**headers, "Wechatpay-Timestamp": str(int(fresh["Wechatpay-Timestamp"]) + 1)}, body)


@pytest.mark.parametrize("name", ["Timestamp", "Nonce", "Signature", "Serial"])
def test_notice_without_a_header_is_refused(notice, name):
    headers, body = notice()
    assert refused({k: v for k, v in headers.items() if k != f"Wechatpay-{name}"}, body)


def test_foreign_key_is_refused(notice):
    headers, body = notice()
    assert "PUBLIC_KEY_ID" in refused({**headers, "Wechatpay-Serial": "PUB_KEY_ID_0119"}, body)


def test_another_merchants_notice_is_refused(notice):
    assert refused(*notice({**PAID, "sp_mchid": "1900000001"})) == "sp_mchid is not ours"


def test_notice_for_another_apiv3_key_is_refused(notice, settings):
    headers, body = notice()
    settings.WECHAT_PAY_APIV3_KEY = "0" * 32
    assert "APIv3" in refused(headers, body)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda envelope: {**envelope, "resource": None},
        lambda envelope: {**envelope, "resource": []},
        lambda envelope: {**envelope, "resource": {**envelope["resource"], "ciphertext": "!"}},
        lambda envelope: {**envelope, "resource": {**envelope["resource"], "ciphertext": 7}},
        lambda envelope: {**envelope, "resource": {**envelope["resource"], "nonce": ""}},
        lambda envelope: {**envelope, "resource": {**envelope["resource"], "nonce": None}},
        lambda envelope: {**envelope, "resource": {**envelope["resource"], "associated_data": "refund"}},
        lambda envelope: {**envelope, "resource": {**envelope["resource"], "algorithm": "AEAD_SM4_GCM"}},
        lambda envelope: {**envelope, "resource_type": "plain"},
        lambda envelope: {**envelope, "id": None},
        lambda envelope: [envelope],
        lambda envelope: "text",
    ],
)
def test_signed_nonsense_is_refused(notice, platform_keys, spoil):
    body = json.dumps(spoil(json.loads(notice()[1]))).encode()
    assert refused(platform_keys.headers(body), body)


@pytest.mark.parametrize("resource", [[], "text", 7])
def test_resource_that_is_no_object_is_refused(notice, resource):
    assert refused(*notice(resource)) == "resource is not a JSON object"


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b"<xml/>", b"[" * 5000])
def test_unsigned_garbage_is_refused(body):
    assert refused({}, body)


def test_body_above_the_bound_is_not_read(platform_keys):
    body = b"x" * (64 * 1024 + 1)
    response = post(platform_keys.headers(body), body)
    assert (response.status_code, response.json()["code"]) == (413, "FAIL")


def test_failing_handler_makes_wechat_try_again(notice, settings, caplog):
    settings.WECHAT_PAY_NOTIFICATION_HANDLER = f"{__name__}.broken_handler"
    response = post(*notice())
    assert (response.status_code, response.json()["code"]) == (500, "FAIL")
    assert "canary-attach" not in caplog.text


def test_missing_configuration_makes_wechat_try_again(notice, settings):
    headers, body = notice()
    settings.WECHAT_PAY_PRIVATE_KEY = ""
    assert post(headers, body).status_code == 500
    assert received == []


def test_only_post_is_answered():
    assert Client().get(URL).status_code == 405
