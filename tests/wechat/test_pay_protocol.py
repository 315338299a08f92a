"""APIv3's envelope: what we sign, what we believe."""

import base64
import copy
import json
import re
from datetime import UTC, datetime

import pytest

from tests.wechat.conftest import signed
from tests.wechat.wire import Answer, answer
from wechat import clients, errors
from wechat.clients.pay import Share

PREPAY = "/v3/pay/partner/transactions/jsapi"


def prepay(**changes):
    arguments = {
        "sub_mchid": "1900000109",
        "out_trade_no": "wx20261121-1",
        "description": "白瓷茶杯",
        "amount_fen": 100,
        "payer_openid": "o1",
    }
    return clients.pay().prepay(**{**arguments, **changes})


def authorization(request) -> dict[str, str]:
    scheme, _, rest = request.headers["Authorization"].partition(" ")
    assert scheme == "WECHATPAY2-SHA256-RSA2048"
    return dict(re.findall(r'(\w+)="([^"]*)"', rest))


def is_signed(request, keys) -> bool:
    said = authorization(request)
    lines = [request.method, request.target, said["timestamp"], said["nonce_str"], request.body.decode()]
    return keys.verify("".join(f"{line}\n" for line in lines), said["signature"])


def test_request_is_signed_over_exactly_what_is_sent(pay_wire, platform_keys, known):
    pay_wire.results[PREPAY] = (200, {"prepay_id": "wx1"})
    assert prepay() == "wx1"
    (request,) = pay_wire.requests
    assert is_signed(request, platform_keys)
    assert authorization(request)["mchid"] == known.sp_mchid
    assert authorization(request)["serial_no"] == known.cert_serial
    assert request.headers["Wechatpay-Serial"] == known.public_key_id


def test_no_certificate_is_ever_downloaded(pay_wire):
    pay_wire.results[PREPAY] = (200, {"prepay_id": "wx1"})
    prepay()
    assert pay_wire.paths() == [PREPAY]


def test_path_is_encoded_and_signed_as_encoded(pay_wire, platform_keys):
    payload = {"out_trade_no": "a|b*c_12", "trade_state": "NOTPAY", "trade_state_desc": "未支付"}
    path = "/v3/pay/partner/transactions/out-trade-no/a%7Cb%2Ac_12"
    pay_wire.results[path] = (200, payload)
    assert not clients.pay().query(sub_mchid="19", out_trade_no="a|b*c_12").is_paid
    (request,) = pay_wire.requests
    assert request.target.startswith(path + "?sp_mchid=")
    assert is_signed(request, platform_keys)


def test_number_cannot_climb_out_of_its_path(pay_wire):
    with pytest.raises(errors.WeChatError, match="without out_trade_no"):
        clients.pay().query(sub_mchid="19", out_trade_no="../../refunds?x=1#")
    assert pay_wire.paths() == ["/v3/pay/partner/transactions/out-trade-no/..%2F..%2Frefunds%3Fx%3D1%23"]


def test_empty_204_is_verified_too(pay_wire, platform_keys):
    path = "/v3/pay/partner/transactions/out-trade-no/wx20261121-1/close"
    pay_wire.results[path] = (204, {})
    assert clients.pay().close(sub_mchid="19", out_trade_no="wx20261121-1") is None
    pay_wire.reply = lambda request: Answer(b"", 204, {})
    with pytest.raises(errors.WeChatError) as caught:
        clients.pay().close(sub_mchid="19", out_trade_no="wx20261121-1")
    assert caught.value.code == errors.BAD_SIGNATURE and caught.value.unknown_outcome


def _tampered(keys, body):
    good = signed(keys, body)
    return Answer(body.replace(b"wx1", b"wx2"), 200, good.headers)


def _without(name):
    def build(keys, body):
        good = signed(keys, body)
        return Answer(body, 200, {k: v for k, v in good.headers.items() if k != name})

    return build


def _with(name, value):
    def build(keys, body):
        good = signed(keys, body)
        return Answer(body, 200, {**good.headers, name: value})

    return build


@pytest.mark.parametrize(
    "forge",
    [
        _tampered,
        _without("Wechatpay-Signature"),
        _without("Wechatpay-Timestamp"),
        _without("Wechatpay-Serial"),
        _with("Wechatpay-Signature", "AAAA"),
        _with("Wechatpay-Signature", "WECHATPAY/SIGNTEST/AAAA"),
        _with("Wechatpay-Serial", "PUB_KEY_ID_0000"),
        _with("Wechatpay-Nonce", "other"),
        _with("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"),
        lambda keys, body: signed(keys, body, age=310),
        lambda keys, body: signed(keys, body, age=-310),
    ],
)
def test_answer_that_is_not_wechats_is_not_believed(pay_wire, platform_keys, forge):
    body = b'{"prepay_id": "wx1"}'
    pay_wire.reply = lambda request: forge(platform_keys, body)
    with pytest.raises(errors.WeChatError) as caught:
        prepay()
    assert caught.value.code == errors.BAD_SIGNATURE
    assert caught.value.unknown_outcome and not caught.value.permanent
    assert len(pay_wire.requests) == 1


@pytest.mark.parametrize("age", [290, -290])
def test_answer_within_five_minutes_is_believed(pay_wire, platform_keys, age):
    pay_wire.reply = lambda request: signed(platform_keys, b'{"prepay_id": "wx1"}', age=age)
    assert prepay() == "wx1"


def test_refusal_is_raised_with_its_request_id(pay_wire):
    pay_wire.results[PREPAY] = (400, {"code": "PARAM_ERROR", "message": "输入源“/body/appid”映射到字段“…”"})
    with pytest.raises(errors.WeChatError) as caught:
        prepay()
    error = caught.value
    assert (error.code, error.http_status, error.request_id) == ("PARAM_ERROR", 400, "rid-268512771")
    assert error.permanent and not error.unknown_outcome


def test_unsigned_refusal_is_raised_and_a_wrongly_signed_one_is_not_believed(pay_wire, platform_keys):
    refusal = {"code": "SIGN_ERROR", "message": "签名错误"}
    pay_wire.reply = lambda request: answer(refusal, 401)
    with pytest.raises(errors.WeChatError) as caught:
        prepay()
    assert caught.value.is_configuration
    headers = signed(platform_keys, b"other").headers
    pay_wire.reply = lambda request: Answer(json.dumps(refusal).encode(), 401, headers)
    with pytest.raises(errors.WeChatError) as caught:
        prepay()
    assert caught.value.code == errors.BAD_SIGNATURE


def test_success_with_an_error_inside_is_an_error(pay_wire):
    """Combined orders answer 202 with a code while the buyer is paying."""
    pay_wire.results[PREPAY] = (202, {"code": "USERPAYING", "message": "用户支付中"})
    with pytest.raises(errors.WeChatError) as caught:
        prepay()
    assert caught.value.code == "USER_PAYING" and not caught.value.permanent


@pytest.mark.parametrize("body", [b"[]", b"<html>", b'"x"'])
def test_signed_nonsense_is_a_bad_reply(pay_wire, platform_keys, body):
    pay_wire.reply = lambda request: signed(platform_keys, body)
    with pytest.raises(errors.WeChatError) as caught:
        prepay()
    assert caught.value.code == errors.BAD_REPLY and caught.value.unknown_outcome


def test_pay_sign_covers_what_the_client_hands_over(pay_wire, platform_keys, known):
    params = clients.pay().payment_params(prepay_id="wx1")
    assert params["package"] == "prepay_id=wx1" and params["signType"] == "RSA"
    lines = [known.mini_program.appid, params["timeStamp"], params["nonceStr"], params["package"]]
    assert platform_keys.verify("".join(f"{line}\n" for line in lines), params["paySign"])


def test_prepay_sends_a_notify_url_and_no_nulls(pay_wire):
    pay_wire.results[PREPAY] = (200, {"prepay_id": "wx1"})
    prepay(time_expire=datetime(2026, 11, 21, tzinfo=UTC), description="茶" * 200)
    body = pay_wire.requests[0].json()
    assert body["notify_url"] == "https://shop.example/wechat/pay/notify/pay/"
    assert None not in body.values() and "attach" not in body
    assert body["time_expire"] == "2026-11-21T00:00:00+00:00"
    assert len(body["description"]) == 127


@pytest.mark.parametrize(
    "wrong",
    [
        {"out_trade_no": "short"},
        {"out_trade_no": "x" * 33},
        {"out_trade_no": "with space"},
        {"out_trade_no": "中文编号中文编号"},
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"amount_fen": 1.5},
        {"amount_fen": "100"},
        {"amount_fen": True},
        {"time_expire": datetime(2026, 11, 21)},  # noqa: DTZ001  a naive time is the point
    ],
)
def test_prepay_refuses_what_wechat_would(pay_wire, wrong):
    with pytest.raises(ValueError):
        prepay(**wrong)
    assert pay_wire.requests == []


def test_split_encrypts_a_copy(pay_wire, platform_keys):
    """wechatpayv3 encrypts names in the caller's own list, so that a retry sends them encrypted twice."""
    pay_wire.results["/v3/ecommerce/profitsharing/orders"] = (200, {"out_order_no": "s1", "order_id": "3"})
    shares = [Share("PERSONAL_OPENID", "o9", 10, "推广", name="李四")]
    before = copy.deepcopy(shares)
    for _ in range(2):
        clients.pay().split(sub_mchid="19", transaction_id="42", out_order_no="s1", shares=shares, finish=True)
    assert shares == before
    for request in pay_wire.requests:
        assert platform_keys.decrypt(request.json()["receivers"][0]["receiver_name"]) == "李四"


def test_submit_applyment_encrypts_a_copy(pay_wire, platform_keys):
    pay_wire.results["/v3/ecommerce/applyments/"] = (200, {"applyment_id": 2000, "out_request_no": "r1"})
    sections = {
        "contact_info": {"contact_type": "65", "contact_name": "张三", "mobile_phone": "13800138000"},
        "ubo_info_list": [{"ubo_id_doc_type": "IDENTIFICATION_TYPE_IDCARD", "ubo_id_doc_name": "王五"}],
        "qualifications": ["media-1"],
        "owner": True,
    }
    before = copy.deepcopy(sections)
    arguments = {"out_request_no": "r1", "organization_type": "2", "merchant_shortname": "茶", "sections": sections}
    assert clients.pay().submit_applyment(**arguments) == "2000"
    assert sections == before
    body = pay_wire.requests[0].json()
    assert platform_keys.decrypt(body["contact_info"]["contact_name"]) == "张三"
    assert platform_keys.decrypt(body["ubo_info_list"][0]["ubo_id_doc_name"]) == "王五"
    assert body["contact_info"]["contact_type"] == "65" and body["qualifications"] == ["media-1"]


def test_upload_image_signs_its_description_only(pay_wire, platform_keys):
    pay_wire.results["/v3/merchant/media/upload"] = (200, {"media_id": "m1"})
    assert clients.pay().upload_image(content=b"\xff\xd8jpeg", filename="营业执照.jpg") == "m1"
    (request,) = pay_wire.requests
    meta = re.search(rb'name="meta"\r\nContent-Type: application/json\r\n\r\n(.*?)\r\n', request.body).group(1).decode()
    said = authorization(request)
    lines = ["POST", request.target, said["timestamp"], said["nonce_str"], meta]
    assert platform_keys.verify("".join(f"{line}\n" for line in lines), said["signature"])
    assert json.loads(meta)["filename"] == "营业执照.jpg"


@pytest.mark.parametrize(("content", "name"), [(b"x", "a.gif"), (b"x", "noextension"), (b"x" * 2_097_153, "a.png")])
def test_upload_image_refuses_what_wechat_would(pay_wire, content, name):
    with pytest.raises(ValueError):
        clients.pay().upload_image(content=content, filename=name)
    assert pay_wire.requests == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("WECHAT_PAY_PRIVATE_KEY", ""),
        ("WECHAT_PAY_PRIVATE_KEY", "/nowhere/key.pem"),
        ("WECHAT_PAY_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
        ("WECHAT_PAY_PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"),
        ("WECHAT_PAY_APIV3_KEY", "too short"),
        ("WECHAT_PAY_PUBLIC_KEY_ID", ""),
        ("WECHAT_PAY_SP_MCHID", ""),
        ("WECHAT_PAY_CERT_SERIAL", ""),
    ],
)
def test_factory_names_the_setting_and_never_its_value(at_wire, settings, setting, value):
    setattr(settings, setting, value)
    with pytest.raises(errors.Misconfigured) as caught:
        clients.pay()
    assert setting in str(caught.value)
    assert not value or value not in str(caught.value)


def test_keys_may_be_files_or_one_line(pay_wire, settings, known, tmp_path):
    (tmp_path / "key.pem").write_text(known.merchant_private_key)
    settings.WECHAT_PAY_PRIVATE_KEY = str(tmp_path / "key.pem")
    settings.WECHAT_PAY_PUBLIC_KEY = known.platform_public_key.replace("\n", "\\n")
    pay_wire.results[PREPAY] = (200, {"prepay_id": "wx1"})
    assert prepay() == "wx1"
    assert base64.b64decode(clients.pay().encrypt("x"))
