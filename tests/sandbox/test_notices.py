import json

import pytest
from cryptography.exceptions import InvalidSignature

from tests.sandbox.receiver import Receiver
from wechat.sandbox.delivery import NOTICE_SCHEDULE


@pytest.fixture
def platform(sandbox):
    one = Receiver()
    one.usual = (204, b"")
    sandbox.call_back(one.url)
    yield one
    sandbox.call_back("")
    one.close()


def last_outcome(sandbox, event="TRANSACTION.SUCCESS"):
    item = next(item for item in sandbox.deliveries() if item["event"] == event)
    return item["state"], len(item["outcomes"])


def test_payment_is_told_encrypted_and_signed(sandbox, merchant, shop, buyer, platform):
    transaction_id = merchant.paid(shop, buyer, fen=12_345, attach="order 7")
    sandbox.deliver()
    [request] = platform.requests
    assert request["path"] == "/wechat/pay/notify/transaction/"
    merchant.verify(request["headers"], request["body"].decode())
    notice, resource = merchant.open_notice(request["body"].decode())
    assert (notice["event_type"], notice["resource_type"]) == ("TRANSACTION.SUCCESS", "encrypt-resource")
    assert (resource["transaction_id"], resource["amount"]["total"]) == (transaction_id, 12_345)
    assert (resource["attach"], resource["payer"]) == ("order 7", {"sp_openid": buyer.mini_openid})
    assert last_outcome(sandbox) == ("done", 1)


def test_refund_is_told_with_its_status(sandbox, merchant, shop, buyer, platform):
    transaction_id = merchant.paid(shop, buyer)
    body = {
        "sub_mchid": shop,
        "sp_appid": merchant.known.mini_program.appid,
        "transaction_id": transaction_id,
        "out_refund_no": "REFUND1",
        "amount": {"refund": 10_000, "total": 10_000, "currency": "CNY"},
        "notify_url": "https://shop.example/wechat/pay/notify/refund/",
    }
    merchant.post("/v3/ecommerce/refunds/apply", body)
    sandbox.advance(6)
    sandbox.deliver()
    request = next(request for request in platform.requests if request["path"].endswith("/refund/"))
    notice, resource = merchant.open_notice(request["body"].decode())
    assert (notice["event_type"], resource["refund_status"]) == ("REFUND.SUCCESS", "SUCCESS")
    assert resource["amount"] == {"total": 10_000, "refund": 10_000, "payer_total": 10_000, "payer_refund": 10_000}


def test_refused_notice_comes_again_on_wechats_schedule(sandbox, merchant, shop, buyer, platform):
    platform.usual = (500, b'{"code":"FAIL","message":"x"}')
    merchant.paid(shop, buyer)
    sandbox.deliver()
    for seconds in NOTICE_SCHEDULE:
        before = len(platform.requests)
        sandbox.advance(seconds - 2)
        sandbox.deliver()
        assert len(platform.requests) == before
        sandbox.advance(3)
        sandbox.deliver()
        assert len(platform.requests) == before + 1
    assert last_outcome(sandbox) == ("given up", 16)
    ids = {json.loads(request["body"])["id"] for request in platform.requests}
    assert len(ids) == 1


def test_notice_ends_with_the_first_2xx_whatever_the_body_says(sandbox, merchant, shop, buyer, platform):
    platform.answers = [(503, b""), (200, b'{"code":"FAIL","message":"x"}')]
    merchant.paid(shop, buyer)
    sandbox.deliver()
    sandbox.advance(16)
    sandbox.deliver()
    assert last_outcome(sandbox) == ("done", 2)


@pytest.mark.parametrize("trick", ["notice_forged", "notice_signtest", "notice_tampered"])
def test_ordered_forgery_precedes_the_truth(sandbox, merchant, shop, buyer, platform, trick):
    platform.answers = [(401, b"")]
    sandbox.fault(trick, "TRANSACTION.SUCCESS")
    merchant.paid(shop, buyer)
    sandbox.deliver()
    bad, good = platform.requests
    with pytest.raises(InvalidSignature):
        merchant.verify(bad["headers"], bad["body"].decode())
    merchant.verify(good["headers"], good["body"].decode())
    assert ("WECHATPAY/SIGNTEST/" in bad["headers"]["Wechatpay-Signature"]) == (trick == "notice_signtest")
    outcomes = [row["outcome"] for row in sandbox.requests(direction="out") if row["fault"]]
    assert outcomes == [f"{trick}: HTTP 401, refused, as it must be"]


def test_accepted_forgery_is_called_by_its_name(sandbox, merchant, shop, buyer, platform):
    sandbox.fault("notice_forged", "TRANSACTION.SUCCESS")
    merchant.paid(shop, buyer)
    sandbox.deliver()
    assert any("ACCEPTED A FORGERY" in row["outcome"] for row in sandbox.requests(direction="out"))


def test_stale_notice_is_truly_signed_but_old(sandbox, merchant, shop, buyer, platform):
    sandbox.fault("notice_stale", "TRANSACTION.SUCCESS", seconds=900)
    merchant.paid(shop, buyer)
    sandbox.deliver()
    old, new = platform.requests
    merchant.verify(old["headers"], old["body"].decode())
    age = int(new["headers"]["Wechatpay-Timestamp"]) - int(old["headers"]["Wechatpay-Timestamp"])
    assert 899 <= age <= 905


def test_lost_doubled_and_late_notices(sandbox, merchant, shop, buyer, platform):
    for kind in ("notice_lost", "notice_doubled", "notice_late"):
        sandbox.fault(kind, "TRANSACTION.SUCCESS", seconds=3600)
        before = len(platform.requests)
        merchant.paid(shop, buyer, f"ORDER-{kind[-6:]}")
        sandbox.deliver()
        arrived = len(platform.requests) - before
        assert arrived == {"notice_lost": 0, "notice_doubled": 2, "notice_late": 0}[kind]
    sandbox.advance(3601)
    sandbox.deliver()
    assert len(platform.requests) == 3


def test_reordered_notice_comes_after_the_next(sandbox, merchant, shop, buyer, platform):
    sandbox.fault("notice_reordered", "TRANSACTION.SUCCESS")
    first = merchant.paid(shop, buyer, "ORDER0001")
    sandbox.deliver()
    assert platform.requests == []
    second = merchant.paid(shop, buyer, "ORDER0002")
    sandbox.deliver()
    sandbox.deliver()
    told = [merchant.open_notice(request["body"].decode())[1]["transaction_id"] for request in platform.requests]
    assert told == [second, first]


def test_combined_payment_is_told_once(sandbox, merchant, shop, buyer, platform):
    sub = {"mchid": merchant.known.sp_mchid, "sub_mchid": shop, "description": "x", "attach": "x"}
    parts = [sub | {"out_trade_no": f"PART000{n}", "amount": {"total_amount": n, "currency": "CNY"}} for n in (1, 2)]
    body = {
        "combine_appid": merchant.known.mini_program.appid,
        "combine_mchid": merchant.known.sp_mchid,
        "combine_out_trade_no": "COMBINE01",
        "sub_orders": parts,
        "combine_payer_info": {"openid": buyer.mini_openid},
        "notify_url": "https://shop.example/wechat/pay/notify/combine/",
    }
    buyer.pay(merchant.post("/v3/combine-transactions/jsapi", body).json()["prepay_id"])
    sandbox.deliver()
    [request] = platform.requests
    _, resource = merchant.open_notice(request["body"].decode())
    assert [part["trade_state"] for part in resource["sub_orders"]] == ["SUCCESS", "SUCCESS"]


def test_accelerated_clock_brings_retries_sooner(sandbox, merchant, shop, buyer, platform):
    platform.answers = [(500, b"")]
    sandbox.post("/control/clock", speed=1000)
    merchant.paid(shop, buyer)
    for _ in range(40):
        if len(platform.requests) >= 2:
            break
        sandbox.http.get("/healthz")
        sandbox.deliver()
    assert len(platform.requests) >= 2
