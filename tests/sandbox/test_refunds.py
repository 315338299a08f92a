import pytest

APPLY = "/v3/ecommerce/refunds/apply"
NOTIFY = "https://shop.example/wechat/pay/notify/refund/"


def refund_body(merchant, shop, transaction_id, fen, number="REFUND1", total=10_000):
    return {
        "sub_mchid": shop,
        "sp_appid": merchant.known.mini_program.appid,
        "transaction_id": transaction_id,
        "out_refund_no": number,
        "reason": "不想要了",
        "amount": {"refund": fen, "total": total, "currency": "CNY"},
        "notify_url": NOTIFY,
    }


def refund_state(merchant, shop, number="REFUND1"):
    return merchant.get(f"/v3/ecommerce/refunds/out-refund-no/{number}?sub_mchid={shop}").json()["status"]


def balance(merchant, shop):
    found = merchant.get(f"/v3/ecommerce/fund/balance/{shop}").json()
    return found["available_amount"], found["pending_amount"]


def test_full_refund_returns_everything_with_the_fee(sandbox, merchant, shop, buyer):
    transaction_id = merchant.paid(shop, buyer)
    assert balance(merchant, shop) == (0, 9_940)
    answer = merchant.post(APPLY, refund_body(merchant, shop, transaction_id, 10_000)).json()
    assert answer["amount"]["refund"] == 10_000
    assert refund_state(merchant, shop) == "PROCESSING"
    sandbox.advance(6)
    assert refund_state(merchant, shop) == "SUCCESS"
    assert balance(merchant, shop) == (0, 0)


def test_same_refund_twice_moves_money_once(merchant, shop, buyer):
    transaction_id = merchant.paid(shop, buyer)
    body = refund_body(merchant, shop, transaction_id, 1_000)
    first, second = (merchant.post(APPLY, body).json() for _ in range(2))
    assert first == second
    other = merchant.post(APPLY, refund_body(merchant, shop, transaction_id, 1_001))
    assert (other.status_code, other.json()["code"]) == (400, "INVALID_REQUEST")
    assert balance(merchant, shop) == (0, 9_940 - 1_000 + 6)


def test_second_part_within_a_minute_is_too_soon(sandbox, merchant, shop, buyer):
    transaction_id = merchant.paid(shop, buyer)
    merchant.post(APPLY, refund_body(merchant, shop, transaction_id, 1_000))
    second = refund_body(merchant, shop, transaction_id, 1_000, "REFUND2")
    response = merchant.post(APPLY, second)
    assert (response.status_code, response.json()["code"]) == (429, "FREQUENCY_LIMITED")
    sandbox.advance(61)
    assert merchant.post(APPLY, second).status_code == 200


@pytest.mark.parametrize(
    ("fen", "total", "code"),
    [(10_001, 10_000, "INVALID_REQUEST"), (100, 9_999, "INVALID_REQUEST"), (0, 10_000, "PARAM_ERROR")],
)
def test_wrong_amount_is_refused(merchant, shop, buyer, fen, total, code):
    transaction_id = merchant.paid(shop, buyer)
    response = merchant.post(APPLY, refund_body(merchant, shop, transaction_id, fen, total=total))
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert balance(merchant, shop) == (0, 9_940)


def test_unpaid_order_cannot_be_refunded(merchant, shop, buyer):
    merchant.prepay(shop, buyer)
    body = refund_body(merchant, shop, "", 100) | {"out_trade_no": "ORDER0001"}
    response = merchant.post(APPLY, body)
    assert (response.status_code, response.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")


def test_another_shops_order_cannot_be_refunded(sandbox, merchant, shop, buyer):
    transaction_id = merchant.paid(shop, buyer)
    response = merchant.post(APPLY, refund_body(merchant, sandbox.sub_merchant("别家"), transaction_id, 100))
    assert (response.status_code, response.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")
    assert balance(merchant, shop) == (0, 9_940)


def test_refund_of_spent_money_is_refused(sandbox, merchant, shop, buyer):
    sandbox.configure(trade_managed=False)
    transaction_id = merchant.paid(shop, buyer)
    sandbox.advance(61)
    receiver = {"type": "MERCHANT_ID", "account": merchant.known.sp_mchid, "relation_type": "PLATFORM"}
    appid = merchant.known.mini_program.appid
    merchant.post("/v3/ecommerce/profitsharing/receivers/add", receiver | {"appid": appid})
    share = {"type": "MERCHANT_ID", "receiver_account": merchant.known.sp_mchid, "amount": 3_000, "description": "x"}
    body = {"sub_mchid": shop, "transaction_id": transaction_id, "out_order_no": "SPLIT1", "receivers": [share]}
    assert merchant.post("/v3/ecommerce/profitsharing/orders", body | {"finish": True}).status_code == 200
    response = merchant.post(APPLY, refund_body(merchant, shop, transaction_id, 10_000))
    assert (response.status_code, response.json()["code"]) == (403, "NOT_ENOUGH")
    assert balance(merchant, shop) == (6_940, 0)


@pytest.mark.parametrize(("fault", "status"), [("refund_abnormal", "ABNORMAL"), ("refund_closed", "CLOSED")])
def test_refund_can_end_otherwise(sandbox, merchant, shop, buyer, fault, status):
    transaction_id = merchant.paid(shop, buyer)
    sandbox.fault(fault, "REFUND")
    merchant.post(APPLY, refund_body(merchant, shop, transaction_id, 10_000))
    sandbox.advance(6)
    assert refund_state(merchant, shop) == status
    assert balance(merchant, shop)[1] == (9_940 if status == "CLOSED" else 0)


def test_fifty_parts_and_no_more(sandbox, merchant, shop, buyer):
    transaction_id = merchant.paid(shop, buyer)
    for number in range(51):
        sandbox.advance(61)
        response = merchant.post(APPLY, refund_body(merchant, shop, transaction_id, 1, f"REFUND{number}"))
        assert response.status_code == (200 if number < 50 else 400)
    assert response.json()["message"] == "一笔订单最多支持50次部分退款"
