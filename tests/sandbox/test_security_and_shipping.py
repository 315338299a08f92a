import pytest

from tests.wechat_sandbox import Refused

CHECK = "/wxa/msg_sec_check"
UPLOAD = "/wxa/sec/order/upload_shipping_info"


@pytest.fixture
def visitor(buyer):
    buyer.login_code()
    return buyer


def check_body(person, content, **more):
    return {"version": 2, "scene": 2, "openid": person.mini_openid, "content": content} | more


@pytest.mark.parametrize(
    ("content", "suggest"), [("送爸爸的茶具", "pass"), ("这是违禁测试", "risky"), ("待审测试的话", "review")]
)
def test_verdict_stands_in_the_result(weixin, visitor, content, suggest):
    answer = weixin("mini", "POST", CHECK, check_body(visitor, content))
    assert (answer["errcode"], answer["result"]["suggest"]) == (0, suggest)


def test_version_1_speaks_through_the_errcode(weixin):
    assert weixin("mini", "POST", CHECK, {"content": "违禁测试"})["errcode"] == 87014
    assert weixin("mini", "POST", CHECK, {"content": "茶"})["errcode"] == 0


def test_author_must_have_visited_within_two_hours(sandbox, weixin, buyer):
    assert weixin("mini", "POST", CHECK, check_body(buyer, "茶"))["errcode"] == 61010
    buyer.login_code()
    assert weixin("mini", "POST", CHECK, check_body(buyer, "茶"))["errcode"] == 0
    sandbox.advance(2 * 3600 + 1)
    assert weixin("mini", "POST", CHECK, check_body(buyer, "茶"))["errcode"] == 61010


@pytest.mark.parametrize(
    ("change", "errcode"),
    [({"content": ""}, 47001), ({"content": "x" * 2501}, 40097), ({"scene": 5}, 40097), ({"openid": "o-x"}, 61010)],
)
def test_wrong_check_is_refused(weixin, visitor, change, errcode):
    assert weixin("mini", "POST", CHECK, check_body(visitor, "茶") | change)["errcode"] == errcode


@pytest.mark.parametrize(("name", "suggest"), [("teapot.jpg", "pass"), ("risky.jpg", "risky")])
def test_media_verdict_is_pushed(sandbox, weixin, visitor, name, suggest):
    body = {"media_url": f"https://shop.example/{name}", "media_type": 2, "version": 2, "scene": 1}
    answer = weixin("mini", "POST", "/wxa/media_check_async", body | {"openid": visitor.mini_openid})
    event = next(item["content"] for item in sandbox.deliveries() if item["event"] == "wxa_media_check")
    assert (event["trace_id"], event["result"]["suggest"]) == (answer["trace_id"], suggest)


def shipping_body(transaction_id, person, **more):
    return {
        "order_key": {"order_number_type": 2, "transaction_id": transaction_id},
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [{"tracking_no": "YT1", "express_company": "YTO", "item_desc": "礼盒*1"}],
        "upload_time": "2026-11-21T20:20:20.123+08:00",
        "payer": {"openid": person.mini_openid},
    } | more


def order_state(weixin, transaction_id):
    answer = weixin("mini", "POST", "/wxa/sec/order/get_order", {"transaction_id": transaction_id})
    return answer["order"]["order_state"]


def test_order_is_unknown_just_after_payment(sandbox, merchant, shop, buyer, weixin):
    transaction_id = merchant.paid(shop, buyer)
    assert weixin("mini", "POST", UPLOAD, shipping_body(transaction_id, buyer))["errcode"] == 10060001
    sandbox.advance(11)
    assert weixin("mini", "POST", UPLOAD, shipping_body(transaction_id, buyer))["errcode"] == 0


def test_shipping_may_be_corrected_once(sandbox, merchant, shop, buyer, weixin):
    transaction_id = merchant.paid(shop, buyer)
    sandbox.advance(11)
    send = [
        weixin("mini", "POST", UPLOAD, shipping_body(transaction_id, buyer, shipping_list=[parcel]))["errcode"]
        for parcel in (
            {"tracking_no": number, "express_company": "YTO", "item_desc": "礼盒*1"}
            for number in ("YT1", "YT1", "YT2", "YT3")
        )
    ]
    assert send == [0, 10060023, 0, 10060003]


def test_own_number_works_only_under_the_sub_merchant(sandbox, merchant, shop, buyer, weixin):
    merchant.paid(shop, buyer)
    sandbox.advance(11)
    key = {"order_number_type": 1, "mchid": merchant.known.sp_mchid, "out_trade_no": "ORDER0001"}
    assert weixin("mini", "POST", UPLOAD, shipping_body("", buyer, order_key=key))["errcode"] == 10060001
    assert weixin("mini", "POST", UPLOAD, shipping_body("", buyer, order_key=key | {"mchid": shop}))["errcode"] == 0


def test_receipt_by_hand_and_by_time(sandbox, merchant, shop, buyer, weixin):
    first, second = merchant.paid(shop, buyer, "ORDER0001"), merchant.paid(shop, buyer, "ORDER0002")
    sandbox.advance(11)
    for transaction_id in (first, second):
        weixin("mini", "POST", UPLOAD, shipping_body(transaction_id, buyer))
    assert order_state(weixin, first) == 2
    buyer.receive(first)
    assert (order_state(weixin, first), order_state(weixin, second)) == (3, 2)
    sandbox.advance(10 * 86_400)
    assert order_state(weixin, second) == 3
    settled = [item["content"] for item in sandbox.deliveries() if item["event"] == "trade_manage_order_settlement"]
    assert sorted(item["transaction_id"] for item in settled if "confirm_receive_time" in item) == sorted(
        [first, second]
    )


def test_nobody_receives_for_another(sandbox, merchant, shop, buyer, weixin):
    transaction_id = merchant.paid(shop, buyer)
    sandbox.advance(11)
    weixin("mini", "POST", UPLOAD, shipping_body(transaction_id, buyer))
    with pytest.raises(Refused, match="没有这笔订单"):
        sandbox.person("路人").receive(transaction_id)
    assert order_state(weixin, transaction_id) == 2


def test_buyer_can_be_reminded_once(sandbox, merchant, shop, buyer, weixin):
    transaction_id = merchant.paid(shop, buyer)
    sandbox.advance(11)
    body = {"transaction_id": transaction_id, "received_time": 1_790_000_000}
    assert weixin("mini", "POST", "/wxa/sec/order/notify_confirm_receive", body)["errcode"] == 10060004
    weixin("mini", "POST", UPLOAD, shipping_body(transaction_id, buyer))
    assert weixin("mini", "POST", "/wxa/sec/order/notify_confirm_receive", body)["errcode"] == 0
    assert weixin("mini", "POST", "/wxa/sec/order/notify_confirm_receive", body)["errcode"] != 0


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"payer": {"openid": "o-stranger"}}, 10060031),
        ({"logistics_type": 5}, 10060005),
        ({"shipping_list": []}, 268485226),
        ({"shipping_list": [{"item_desc": "x", "express_company": "YTO"}]}, 10060026),
        ({"shipping_list": [{"tracking_no": "SF1", "express_company": "SF", "item_desc": "x"}]}, 47001),
        ({"shipping_list": [{"tracking_no": "1", "express_company": "YTO", "item_desc": "x" * 121}]}, 10060009),
        ({"upload_time": "2026-11-21 20:20:20"}, 268485216),
        ({"order_key": {"order_number_type": 3}}, 268485228),
    ],
)
def test_wrong_shipping_is_refused(sandbox, merchant, shop, buyer, weixin, change, errcode):
    transaction_id = merchant.paid(shop, buyer)
    sandbox.advance(11)
    assert weixin("mini", "POST", UPLOAD, shipping_body(transaction_id, buyer) | change)["errcode"] == errcode
    assert order_state(weixin, transaction_id) == 1
