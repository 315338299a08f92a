import pytest

COMBINE = "/v3/combine-transactions"


def body_for(merchant, buyer, shops, number="COMBINE01"):
    parts = [
        {
            "mchid": merchant.known.sp_mchid,
            "sub_mchid": shop,
            "out_trade_no": f"PART{index:04}",
            "description": f"第{index}家的东西",
            "attach": f"part {index}",
            "amount": {"total_amount": 100 * index, "currency": "CNY"},
            "settle_info": {"profit_sharing": True},
        }
        for index, shop in enumerate(shops, 1)
    ]
    return {
        "combine_appid": merchant.known.mini_program.appid,
        "combine_mchid": merchant.known.sp_mchid,
        "combine_out_trade_no": number,
        "scene_info": {"payer_client_ip": "127.0.0.1"},
        "sub_orders": parts,
        "combine_payer_info": {"openid": buyer.mini_openid},
        "notify_url": "https://shop.example/wechat/pay/notify/combine/",
    }


@pytest.fixture
def shops(sandbox):
    return [sandbox.sub_merchant(name) for name in ("山南茶器", "半木器物")]


def close_body(body, count=2):
    names = ("mchid", "sub_mchid", "out_trade_no")
    subs = [{name: sub[name] for name in names} for sub in body["sub_orders"][:count]]
    return {"combine_appid": body["combine_appid"], "sub_orders": subs}


def test_one_payment_pays_every_part(merchant, buyer, shops):
    prepay_id = merchant.post(f"{COMBINE}/jsapi", body_for(merchant, buyer, shops)).json()["prepay_id"]
    assert len(buyer.pay(prepay_id)["transaction_ids"]) == 2
    found = merchant.get(f"{COMBINE}/out-trade-no/COMBINE01").json()
    states = [(sub["out_trade_no"], sub["trade_state"], sub["amount"]["total_amount"]) for sub in found["sub_orders"]]
    assert states == [("PART0001", "SUCCESS", 100), ("PART0002", "SUCCESS", 200)]


def test_old_spellings_are_used(merchant):
    response = merchant.get(f"{COMBINE}/out-trade-no/NOTHING01")
    assert (response.status_code, response.json()["code"]) == (404, "ORDERNOTEXIST")


def test_other_parameters_under_the_same_number_are_refused(merchant, buyer, shops):
    body = body_for(merchant, buyer, shops)
    first = merchant.post(f"{COMBINE}/jsapi", body).json()
    assert merchant.post(f"{COMBINE}/jsapi", body).json() == first
    body["sub_orders"][0]["amount"]["total_amount"] = 999
    response = merchant.post(f"{COMBINE}/jsapi", body)
    assert (response.status_code, response.json()["code"]) == (400, "INVALID_REQUEST")


def test_close_must_name_every_part(merchant, buyer, shops):
    body = body_for(merchant, buyer, shops)
    merchant.post(f"{COMBINE}/jsapi", body)
    target = f"{COMBINE}/out-trade-no/COMBINE01/close"
    some = merchant.post(target, close_body(body, 1))
    assert (some.status_code, some.json()["code"]) == (400, "INVALID_REQUEST")
    states = {sub["trade_state"] for sub in merchant.get(target.removesuffix("/close")).json()["sub_orders"]}
    assert states == {"NOTPAY"}
    assert merchant.post(target, close_body(body)).status_code == 204
    states = {sub["trade_state"] for sub in merchant.get(target.removesuffix("/close")).json()["sub_orders"]}
    assert states == {"CLOSED"}


def test_one_bad_part_refuses_all(merchant, buyer, shops, sandbox):
    body = body_for(merchant, buyer, [*shops, "1600000000"])
    response = merchant.post(f"{COMBINE}/jsapi", body)
    assert (response.status_code, response.json()["code"]) == (400, "MCH_NOT_EXISTS")
    body = body_for(merchant, buyer, shops)
    body["sub_orders"][1]["out_trade_no"] = "x"
    assert merchant.post(f"{COMBINE}/jsapi", body).status_code == 400
    assert sandbox.get("/control/orders")["orders"] == []


def test_more_than_fifty_parts_are_refused(merchant, buyer, shops):
    response = merchant.post(f"{COMBINE}/jsapi", body_for(merchant, buyer, shops[:1] * 51))
    assert (response.status_code, response.json()["code"]) == (400, "PARAM_ERROR")
