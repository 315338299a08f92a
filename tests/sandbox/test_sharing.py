import pytest

SHARING = "/v3/ecommerce/profitsharing"
FEN, FEE = 10_000, 60


@pytest.fixture
def sold(sandbox, merchant, shop, buyer, weixin):
    """A transaction_id of 100 yuan that was paid, shipped and received, more than a minute ago."""
    transaction_id = merchant.paid(shop, buyer, fen=FEN)
    sandbox.advance(61)
    ship(weixin, transaction_id, buyer)
    buyer.receive(transaction_id)
    return transaction_id


@pytest.fixture
def platform(merchant):
    """The platform itself as a receiver of splits."""
    body = {"appid": merchant.known.mini_program.appid, "type": "MERCHANT_ID", "account": merchant.known.sp_mchid}
    assert merchant.post(f"{SHARING}/receivers/add", body | {"relation_type": "PLATFORM"}).status_code == 200
    return merchant.known.sp_mchid


def ship(weixin, transaction_id, buyer):
    parcel = {"tracking_no": "YT7407032196699", "express_company": "YTO", "item_desc": "礼盒*1"}
    body = {
        "order_key": {"order_number_type": 2, "transaction_id": transaction_id},
        "logistics_type": 1,
        "delivery_mode": 1,
        "shipping_list": [parcel],
        "upload_time": "2026-11-21T20:20:20.123+08:00",
        "payer": {"openid": buyer.mini_openid},
    }
    assert weixin("mini", "POST", "/wxa/sec/order/upload_shipping_info", body)["errcode"] == 0


def split_body(merchant, shop, transaction_id, fen, number="SPLIT1", **more):
    receiver = {
        "type": "MERCHANT_ID",
        "receiver_account": merchant.known.sp_mchid,
        "amount": fen,
        "description": "平台服务费",
    }
    body = {"appid": merchant.known.mini_program.appid, "sub_mchid": shop, "transaction_id": transaction_id}
    return body | {"out_order_no": number, "receivers": [receiver], "finish": False} | more


def left(merchant, transaction_id):
    return merchant.get(f"{SHARING}/orders/{transaction_id}/amounts").json()["unsplit_amount"]


def refused(response, status, code):
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    return True


def test_split_and_finish_release_the_rest(sandbox, merchant, shop, sold, platform):
    assert left(merchant, sold) == FEN - FEE
    body = split_body(merchant, shop, sold, 500, finish=True)
    answer = merchant.post(f"{SHARING}/orders", body).json()
    assert (answer["status"], answer["receivers"][0]["result"]) == ("PROCESSING", "PENDING")
    sandbox.advance(3)
    target = f"{SHARING}/orders?sub_mchid={shop}&transaction_id={sold}&out_order_no=SPLIT1"
    found = merchant.get(target).json()
    assert (found["status"], found["receivers"][0]["result"]) == ("FINISHED", "SUCCESS")
    assert left(merchant, sold) == 0
    balance = merchant.get(f"/v3/ecommerce/fund/balance/{shop}").json()
    assert (balance["available_amount"], balance["pending_amount"]) == (FEN - FEE - 500, 0)


def test_more_than_thirty_percent_is_refused_over_all_requests(merchant, shop, sold, platform):
    assert refused(merchant.post(f"{SHARING}/orders", split_body(merchant, shop, sold, 3001)), 403, "RULE_LIMIT")
    assert merchant.post(f"{SHARING}/orders", split_body(merchant, shop, sold, 2000)).status_code == 200
    over = split_body(merchant, shop, sold, 1001, "SPLIT2")
    assert refused(merchant.post(f"{SHARING}/orders", over), 403, "RULE_LIMIT")
    assert merchant.post(f"{SHARING}/orders", split_body(merchant, shop, sold, 1000, "SPLIT2")).status_code == 200
    assert left(merchant, sold) == FEN - FEE - 3000


def test_cap_shrinks_with_refunds(sandbox, merchant, shop, sold, platform):
    body = {
        "sub_mchid": shop,
        "sp_appid": merchant.known.mini_program.appid,
        "transaction_id": sold,
        "out_refund_no": "REFUND1",
        "amount": {"refund": 5000, "total": FEN, "currency": "CNY"},
    }
    assert merchant.post("/v3/ecommerce/refunds/apply", body).status_code == 200
    assert refused(merchant.post(f"{SHARING}/orders", split_body(merchant, shop, sold, 1501)), 403, "RULE_LIMIT")
    assert merchant.post(f"{SHARING}/orders", split_body(merchant, shop, sold, 1500)).status_code == 200


def test_same_split_twice_moves_money_once(merchant, shop, sold, platform):
    body = split_body(merchant, shop, sold, 500)
    first, second = (merchant.post(f"{SHARING}/orders", body).json() for _ in range(2))
    assert first["order_id"] == second["order_id"]
    assert left(merchant, sold) == FEN - FEE - 500
    assert refused(merchant.post(f"{SHARING}/orders", split_body(merchant, shop, sold, 501)), 400, "INVALID_REQUEST")
    assert left(merchant, sold) == FEN - FEE - 500


def test_split_in_the_first_minute_is_too_early(merchant, shop, buyer, platform):
    transaction_id = merchant.paid(shop, buyer)
    response = merchant.post(f"{SHARING}/orders", split_body(merchant, shop, transaction_id, 500))
    assert refused(response, 400, "INVALID_REQUEST")
    assert response.json()["message"] == "订单处理中，暂时无法分账，请稍后再试"


def test_split_waits_for_the_receipt(sandbox, merchant, shop, buyer, platform, weixin):
    transaction_id = merchant.paid(shop, buyer)
    sandbox.advance(61)
    body = split_body(merchant, shop, transaction_id, 500)
    assert refused(merchant.post(f"{SHARING}/orders", body), 400, "INVALID_REQUEST")
    ship(weixin, transaction_id, buyer)
    assert refused(merchant.post(f"{SHARING}/orders", body), 400, "INVALID_REQUEST")
    sandbox.advance(10 * 86_400)
    assert merchant.post(f"{SHARING}/orders", body).status_code == 200


def test_order_without_the_flag_cannot_be_split(sandbox, merchant, shop, buyer, platform):
    transaction_id = merchant.paid(shop, buyer, settle_info={"profit_sharing": False})
    sandbox.advance(61)
    response = merchant.post(f"{SHARING}/orders", split_body(merchant, shop, transaction_id, 500))
    assert refused(response, 400, "INVALID_REQUEST")


def test_stranger_gets_no_share(merchant, shop, sold):
    response = merchant.post(f"{SHARING}/orders", split_body(merchant, shop, sold, 500))
    assert refused(response, 400, "INVALID_REQUEST")
    assert left(merchant, sold) == FEN - FEE


def test_finish_gives_all_to_the_shop_once(merchant, shop, sold):
    body = {"sub_mchid": shop, "transaction_id": sold, "out_order_no": "FINISH1", "description": "解冻"}
    first, second = (merchant.post(f"{SHARING}/finish-order", body).json() for _ in range(2))
    assert first == second
    balance = merchant.get(f"/v3/ecommerce/fund/balance/{shop}").json()
    assert (balance["available_amount"], balance["pending_amount"]) == (FEN - FEE, 0)
    again = merchant.post(f"{SHARING}/finish-order", body | {"out_order_no": "FINISH2"})
    assert refused(again, 400, "INVALID_REQUEST")


def test_frozen_money_is_released_after_180_days(sandbox, merchant, shop, sold):
    sandbox.advance(180 * 86_400)
    assert left(merchant, sold) == 0
    assert merchant.get(f"/v3/ecommerce/fund/balance/{shop}").json()["available_amount"] == FEN - FEE


def test_return_gives_a_share_back_up_to_its_amount(sandbox, merchant, shop, sold, platform):
    merchant.post(f"{SHARING}/orders", split_body(merchant, shop, sold, 500, finish=True))
    body = {
        "sub_mchid": shop,
        "out_order_no": "SPLIT1",
        "out_return_no": "RETURN1",
        "return_mchid": platform,
        "amount": 300,
        "description": "退款回退",
    }
    assert refused(merchant.post(f"{SHARING}/returnorders", body), 400, "INVALID_REQUEST")  # still in progress
    sandbox.advance(3)
    first, second = (merchant.post(f"{SHARING}/returnorders", body).json() for _ in range(2))
    assert first["return_no"] == second["return_no"]
    over = merchant.post(f"{SHARING}/returnorders", body | {"out_return_no": "RETURN2", "amount": 201})
    assert refused(over, 400, "INVALID_REQUEST")
    sandbox.advance(3)
    target = f"{SHARING}/returnorders?sub_mchid={shop}&out_order_no=SPLIT1&out_return_no=RETURN1"
    assert merchant.get(target).json()["result"] == "SUCCESS"
    assert merchant.get(f"/v3/ecommerce/fund/balance/{shop}").json()["available_amount"] == FEN - FEE - 200


def test_name_must_be_encrypted_for_wechat_pay(sandbox, merchant, shop, sold, platform):
    body = split_body(merchant, shop, sold, 500)
    body["receivers"][0]["receiver_name"] = "明文公司"
    assert refused(merchant.post(f"{SHARING}/orders", body), 400, "PARAM_ERROR")
    body["receivers"][0]["receiver_name"] = merchant.encrypt("某某公司")
    assert merchant.post(f"{SHARING}/orders", body).status_code == 200
    body["receivers"][0]["receiver_name"] = merchant.encrypt("某某公司")
    assert merchant.post(f"{SHARING}/orders", body).status_code == 200
    assert left(merchant, sold) == FEN - FEE - 500


@pytest.mark.parametrize(("released", "frozen", "account"), [(False, FEN - FEE, 0), (True, 0, FEN - FEE)])
def test_closed_share_is_frozen_again_or_released(sandbox, merchant, shop, sold, platform, released, frozen, account):
    sandbox.fault("split_closed", "SPLIT", reason="NO_RELATION", released=released)
    body = split_body(merchant, shop, sold, 3_000, finish=False)
    assert merchant.post(f"{SHARING}/orders", body).status_code == 200
    sandbox.advance(3)
    found = merchant.get(f"{SHARING}/orders?sub_mchid={shop}&transaction_id={sold}&out_order_no=SPLIT1").json()
    [share] = found["receivers"]
    assert (found["status"], share["result"], share["fail_reason"]) == ("FINISHED", "CLOSED", "NO_RELATION")
    assert left(merchant, sold) == frozen
    balance = merchant.get(f"/v3/ecommerce/fund/balance/{shop}").json()
    assert (balance["available_amount"], balance["pending_amount"]) == (account, frozen)
