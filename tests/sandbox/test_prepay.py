from datetime import UTC, datetime, timedelta

import pytest

from tests.wechat_sandbox import Refused

JSAPI = "/v3/pay/partner/transactions/jsapi"


def query(merchant, shop, number="ORDER0001"):
    return merchant.get(
        f"/v3/pay/partner/transactions/out-trade-no/{number}?sp_mchid={merchant.known.sp_mchid}&sub_mchid={shop}"
    )


def test_payment_is_found_by_both_numbers(merchant, shop, buyer):
    transaction_id = merchant.paid(shop, buyer, fen=12_345)
    found = query(merchant, shop).json()
    assert found["trade_state"] == "SUCCESS"
    assert found["amount"] == {"total": 12_345, "payer_total": 12_345, "currency": "CNY", "payer_currency": "CNY"}
    target = f"/v3/pay/partner/transactions/id/{transaction_id}?sp_mchid={merchant.known.sp_mchid}&sub_mchid={shop}"
    assert merchant.get(target).json() == found


def test_same_number_with_the_same_parameters_gives_the_same_prepay_id(merchant, shop, buyer):
    assert merchant.prepay(shop, buyer) == merchant.prepay(shop, buyer)


def test_same_number_with_other_parameters_is_refused(merchant, shop, buyer):
    merchant.prepay(shop, buyer, fen=100)
    response = merchant.post(JSAPI, merchant.prepay_body(shop, buyer, fen=101))
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_REQUEST")
    assert response.headers["Request-ID"].endswith("-268498688")
    assert query(merchant, shop).json()["amount"]["total"] == 100


def test_paid_number_is_used_up(merchant, shop, buyer):
    merchant.paid(shop, buyer)
    response = merchant.post(JSAPI, merchant.prepay_body(shop, buyer))
    assert (response.status_code, response.json()["code"]) == (403, "OUT_TRADE_NO_USED")


@pytest.mark.parametrize(
    ("change", "code", "status"),
    [
        ({"description": ""}, "PARAM_ERROR", 400),
        ({"description": "壶" * 128}, "PARAM_ERROR", 400),
        ({"out_trade_no": "short"}, "PARAM_ERROR", 400),
        ({"out_trade_no": "中文单号不行"}, "PARAM_ERROR", 400),
        ({"amount": {"total": 0}}, "PARAM_ERROR", 400),
        ({"amount": {"total": "100"}}, "PARAM_ERROR", 400),
        ({"amount": {"total": True}}, "PARAM_ERROR", 400),
        ({"notify_url": "https://shop.example/notify?x=1"}, "PARAM_ERROR", 400),
        ({"notify_url": "http://shop.example/notify"}, "PARAM_ERROR", 400),
        ({"time_expire": "tomorrow"}, "PARAM_ERROR", 400),
        ({"time_expire": "2020-01-01T00:00:00+08:00"}, "PARAM_ERROR", 400),
        ({"sp_appid": "wx0000000000000000"}, "APPID_MCHID_NOT_MATCH", 400),
        ({"sp_mchid": "1900000000"}, "NO_AUTH", 403),
        ({"sub_mchid": "1600000000"}, "MCH_NOT_EXISTS", 400),
        ({"payer": {"sp_openid": "o-stranger"}}, "OPENID_MISMATCH", 500),
    ],
)
def test_wrong_prepay_is_refused_and_leaves_no_order(merchant, shop, buyer, change, code, status):
    response = merchant.post(JSAPI, merchant.prepay_body(shop, buyer) | change)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert merchant.box.get("/control/orders")["orders"] == []


def test_missing_field_is_named_in_wechats_words(merchant, shop, buyer):
    body = merchant.prepay_body(shop, buyer)
    del body["description"]
    message = merchant.post(JSAPI, body).json()["message"]
    assert message == "输入源“/body/description”映射到字段“description”必填性规则校验失败，此字段为必填项"


def test_closed_order_cannot_be_paid(merchant, shop, buyer):
    prepay_id = merchant.prepay(shop, buyer)
    target = "/v3/pay/partner/transactions/out-trade-no/ORDER0001/close"
    body = {"sp_mchid": merchant.known.sp_mchid, "sub_mchid": shop}
    for _ in range(2):
        assert merchant.post(target, body).status_code == 204
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        buyer.pay(prepay_id)
    assert query(merchant, shop).json()["trade_state"] == "CLOSED"


def test_paid_order_cannot_be_closed(merchant, shop, buyer):
    merchant.paid(shop, buyer)
    target = "/v3/pay/partner/transactions/out-trade-no/ORDER0001/close"
    response = merchant.post(target, {"sp_mchid": merchant.known.sp_mchid, "sub_mchid": shop})
    assert (response.status_code, response.json()["code"]) == (400, "ORDER_PAID")
    assert query(merchant, shop).json()["trade_state"] == "SUCCESS"


def test_order_lapses_at_its_time(sandbox, merchant, shop, buyer):
    moment = (datetime.now(UTC) + timedelta(minutes=30)).isoformat(timespec="seconds")
    prepay_id = merchant.prepay(shop, buyer, time_expire=moment)
    sandbox.advance(31 * 60)
    with pytest.raises(Refused, match="ORDER_CLOSED"):
        buyer.pay(prepay_id)
    assert query(merchant, shop).json()["trade_state"] == "CLOSED"


def test_prepay_id_lapses_after_two_hours_and_is_renewed(sandbox, merchant, shop, buyer):
    first = merchant.prepay(shop, buyer)
    sandbox.advance(2 * 3600 + 1)
    with pytest.raises(Refused, match="prepay_id已过期"):
        buyer.pay(first)
    second = merchant.prepay(shop, buyer)
    assert second != first
    assert buyer.pay(second)["result"] == "requestPayment:ok"


@pytest.mark.parametrize("outcome", ["cancel", "insufficient"])
def test_payment_that_fails_leaves_the_order_unpaid(merchant, shop, buyer, outcome):
    prepay_id = merchant.prepay(shop, buyer)
    assert "fail" in buyer.pay(prepay_id, outcome)["result"]
    assert query(merchant, shop).json()["trade_state"] == "NOTPAY"


def test_second_payment_takes_nothing(merchant, shop, buyer):
    prepay_id = merchant.prepay(shop, buyer)
    buyer.pay(prepay_id)
    with pytest.raises(Refused, match="ORDER_PAID"):
        buyer.pay(prepay_id)
    balance = merchant.get(f"/v3/ecommerce/fund/balance/{shop}").json()
    assert balance["pending_amount"] == 10_000 - 60


def test_nobody_pays_with_anothers_sheet(sandbox, merchant, shop, buyer):
    prepay_id = merchant.prepay(shop, buyer)
    with pytest.raises(Refused, match="另一个人"):
        sandbox.person("路人").pay(prepay_id)


def test_phone_verifies_the_pay_sign(merchant, shop, buyer):
    prepay_id = merchant.prepay(shop, buyer)
    signed = {"timeStamp": "1790000000", "nonceStr": "abc", "signType": "RSA"}
    text = f"{merchant.known.mini_program.appid}\n1790000000\nabc\nprepay_id={prepay_id}\n"
    with pytest.raises(Refused, match="签名失败"):
        buyer.pay(prepay_id, **signed, paySign=merchant.sign(text + "x"))
    assert buyer.pay(prepay_id, **signed, paySign=merchant.sign(text))["result"] == "requestPayment:ok"


def test_another_sub_merchants_order_is_unknown(sandbox, merchant, shop, buyer):
    merchant.paid(shop, buyer)
    response = query(merchant, sandbox.sub_merchant("别家"))
    assert (response.status_code, response.json()["code"]) == (404, "ORDER_NOT_EXIST")
