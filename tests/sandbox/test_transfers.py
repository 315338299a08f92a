import pytest

from tests.wechat_sandbox import Refused

TRANSFERS = "/v3/fund-app/mch-transfer/transfer-bills"


def body_for(merchant, person, number="BILL1", fen=1_000, **more):
    return {
        "appid": merchant.known.mini_program.appid,
        "out_bill_no": number,
        "transfer_scene_id": "1005",
        "openid": person.mini_openid,
        "transfer_amount": fen,
        "transfer_remark": "推广佣金",
        "transfer_scene_report_infos": [
            {"info_type": "岗位类型", "info_content": "推广员"},
            {"info_type": "报酬说明", "info_content": "11月佣金"},
        ],
        "notify_url": "https://shop.example/wechat/pay/notify/transfer/",
    } | more


def state(merchant, number="BILL1"):
    return merchant.get(f"{TRANSFERS}/out-bill-no/{number}").json()["state"]


def test_receiver_confirms(merchant, buyer):
    answer = merchant.post(TRANSFERS, body_for(merchant, buyer)).json()
    assert answer["state"] == "WAIT_USER_CONFIRM"
    buyer.accept_transfer(answer["package_info"])
    assert state(merchant) == "SUCCESS"
    with pytest.raises(Refused):
        buyer.accept_transfer(answer["package_info"])


def test_unconfirmed_transfer_ends_after_a_day_with_a_notice(sandbox, merchant, buyer):
    merchant.post(TRANSFERS, body_for(merchant, buyer))
    sandbox.advance(24 * 3600 + 1)
    assert state(merchant) == "FAIL"
    assert "MCHTRANSFER.BILL.FINISHED" in [item["event"] for item in sandbox.deliveries()]


def test_cancel_only_before_confirmation(merchant, buyer):
    merchant.post(TRANSFERS, body_for(merchant, buyer))
    assert merchant.post(f"{TRANSFERS}/out-bill-no/BILL1/cancel").json()["state"] == "CANCELLED"
    answer = merchant.post(TRANSFERS, body_for(merchant, buyer, "BILL2")).json()
    buyer.accept_transfer(answer["package_info"])
    refused = merchant.post(f"{TRANSFERS}/out-bill-no/BILL2/cancel")
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_REQUEST")
    assert state(merchant, "BILL2") == "SUCCESS"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"transfer_amount": 9}, "INVALID_REQUEST"),
        ({"transfer_scene_report_infos": [{"info_type": "岗位类型", "info_content": "x"}]}, "PARAM_ERROR"),
        ({"out_bill_no": "has-dash"}, "PARAM_ERROR"),
        ({"openid": "o-stranger"}, "INVALID_REQUEST"),
    ],
)
def test_wrong_transfer_is_refused(merchant, buyer, change, code):
    response = merchant.post(TRANSFERS, body_for(merchant, buyer) | change)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert merchant.get(f"{TRANSFERS}/out-bill-no/BILL1").status_code == 404


def test_same_bill_with_another_amount_is_refused(merchant, buyer):
    first = merchant.post(TRANSFERS, body_for(merchant, buyer)).json()
    assert merchant.post(TRANSFERS, body_for(merchant, buyer)).json() == first
    assert merchant.post(TRANSFERS, body_for(merchant, buyer, fen=1_001)).status_code == 400
