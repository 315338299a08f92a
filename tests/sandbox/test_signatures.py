import json
import time

import pytest
from cryptography.exceptions import InvalidSignature

TARGET = "/v3/ecommerce/fund/balance/{}"


def test_right_signature_is_taken(merchant, shop):
    assert merchant.get(TARGET.format(shop)).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "AAAA"},
        {"signature": "not base64!"},
        {"mchid": "1900000000"},
        {"serial_no": "ABCDEF"},
        {"nonce_str": "another"},
        {"timestamp": "yesterday"},
    ],
)
def test_wrong_authorization_is_refused(merchant, shop, change):
    response = merchant.call("GET", TARGET.format(shop), **change)
    assert (response.status_code, response.json()["code"]) == (401, "SIGN_ERROR")
    assert "Wechatpay-Signature" not in response.headers


@pytest.mark.parametrize("skew", [-301, 301])
def test_request_signed_at_another_time_is_refused(merchant, shop, skew):
    response = merchant.call("GET", TARGET.format(shop), timestamp=str(int(time.time()) + skew))
    assert (response.status_code, response.json()["code"]) == (401, "SIGN_ERROR")


@pytest.mark.parametrize("header", ["", "Bearer x", "WECHATPAY2-SHA256-RSA2048 nonsense"])
def test_missing_authorization_is_refused(merchant, shop, header):
    response = merchant.http.get(TARGET.format(shop), headers={"Authorization": header})
    assert (response.status_code, response.json()["code"]) == (401, "SIGN_ERROR")


def test_mismatch_says_what_was_signed(merchant, shop):
    detail = merchant.call("GET", TARGET.format(shop), signature="AAAA").json()["detail"]
    assert detail["detail"]["issue"] == "sign not match"
    assert detail["sign_information"]["url"] == TARGET.format(shop)
    assert detail["sign_information"]["truncated_sign_message"].startswith(f"GET\n{TARGET.format(shop)}\n")


def test_signature_covers_query_and_body(merchant, shop):
    text = json.dumps({"sp_mchid": "1"})
    path = "/v3/pay/partner/transactions/out-trade-no/ORDER0001/close"
    headers = {"Authorization": merchant.authorization("POST", path, text), "Content-Type": "application/json"}
    assert merchant.http.post(path, content=text + " ", headers=headers).status_code == 401
    target = f"{TARGET.format(shop)}?account_type=BASIC"
    headers = {"Authorization": merchant.authorization("GET", TARGET.format(shop), "")}
    assert merchant.http.get(target, headers=headers).status_code == 401


def test_empty_204_is_signed_too(merchant, shop, buyer):
    merchant.prepay(shop, buyer)
    body = {"sp_mchid": merchant.known.sp_mchid, "sub_mchid": shop}
    response = merchant.post("/v3/pay/partner/transactions/out-trade-no/ORDER0001/close", body)
    assert (response.status_code, response.content) == (204, b"")
    merchant.verify(response.headers, "")


@pytest.mark.parametrize("options", [{}, {"signtest": True}])
def test_ordered_forgery_does_not_verify(sandbox, merchant, shop, options):
    sandbox.fault("forged_reply", "GET /v3/*", **options)
    with pytest.raises(InvalidSignature):
        merchant.get(TARGET.format(shop))
    merchant.get(TARGET.format(shop))


def test_body_that_is_no_json_is_refused(merchant):
    path = "/v3/pay/partner/transactions/jsapi"
    for text in ("{", "[]", "\x00"):
        headers = {"Authorization": merchant.authorization("POST", path, text), "Content-Type": "application/json"}
        response = merchant.http.post(path, content=text, headers=headers)
        assert (response.status_code, response.json()["code"]) == (400, "PARAM_ERROR")


def test_new_merchant_has_no_platform_certificate(merchant):
    response = merchant.get("/v3/certificates")
    assert (response.status_code, response.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")


def test_unknown_address_is_refused_in_the_hosts_manner(merchant):
    assert merchant.get("/v3/nowhere").status_code == 404
    assert merchant.http.get("/wxa/nowhere").json()["errcode"] == 40066
