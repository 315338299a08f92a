import hashlib
import json

import pytest

SUBMIT = "/v3/ecommerce/applyments/"


def upload(merchant, content=b"\x89PNG not really", filename="licence.png", **changed):
    meta = json.dumps({"filename": filename, "sha256": hashlib.sha256(content).hexdigest()} | changed)
    path = "/v3/merchant/media/upload"
    headers = {"Authorization": merchant.authorization("POST", path, meta), "Accept": "application/json"}
    files = {"meta": (None, meta, "application/json"), "file": (filename, content, "image/png")}
    return merchant.http.post(path, files=files, headers=headers)


def application(merchant, number="APPLY1", **more):
    media = upload(merchant).json()["media_id"]
    secret = merchant.encrypt
    return {
        "out_request_no": number,
        "organization_type": "4",
        "business_license_info": {
            "business_license_copy": media,
            "business_license_number": "91330106MA2B0AAA0X",
            "merchant_name": "山南茶器经营部",
            "legal_person": "张山",
        },
        "id_card_info": {
            "id_card_copy": media,
            "id_card_national": media,
            "id_card_name": secret("张山"),
            "id_card_number": secret("330106199001011234"),
            "id_card_valid_time": "长期",
        },
        "account_info": {
            "bank_account_type": "75",
            "account_bank": "工商银行",
            "account_name": secret("张山"),
            "bank_address_code": "330100",
            "account_number": secret("6222020200012345678"),
        },
        "contact_info": {"contact_type": "65", "contact_name": secret("张山"), "mobile_phone": secret("13800000000")},
        "sales_scene_info": {"store_name": "山南茶器", "store_url": "https://shop.example"},
        "merchant_shortname": "山南茶器",
    } | more


def state(merchant, applyment_id):
    return merchant.get(f"{SUBMIT}{applyment_id}").json()


def test_application_goes_through_every_state(sandbox, merchant, buyer):
    applyment_id = merchant.post(SUBMIT, application(merchant)).json()["applyment_id"]
    seen = []
    for seconds in (0, 61, 121, 301, 121):
        sandbox.advance(seconds)
        seen.append(state(merchant, applyment_id)["applyment_state"])
    assert seen == ["CHECKING", "ACCOUNT_NEED_VERIFY", "AUDITING", "NEED_SIGN", "FINISH"]
    finished = merchant.get(f"{SUBMIT}out-request-no/APPLY1").json()
    assert finished["sub_mchid"] == state(merchant, applyment_id)["sub_mchid"]
    assert merchant.prepay(finished["sub_mchid"], buyer)


def test_small_seller_needs_no_account_check(sandbox, merchant):
    body = application(merchant, organization_type="2401")
    del body["business_license_info"]
    applyment_id = merchant.post(SUBMIT, body).json()["applyment_id"]
    sandbox.advance(61)
    assert state(merchant, applyment_id)["applyment_state"] == "AUDITING"


def test_signing_ends_the_wait(sandbox, merchant):
    applyment_id = merchant.post(SUBMIT, application(merchant)).json()["applyment_id"]
    sandbox.advance(61 + 121 + 301)
    found = state(merchant, applyment_id)
    assert merchant.http.post(found["sign_url"]).status_code == 200
    assert state(merchant, applyment_id)["applyment_state"] == "FINISH"


def test_same_application_twice_is_one(merchant):
    first = merchant.post(SUBMIT, application(merchant)).json()
    # The names are encrypted anew each time, and the pictures keep their ids.
    body = application(merchant)
    known = merchant.box.get("/control/requests", path="applyments")["requests"][0]
    body = json.loads(known["request"])
    assert merchant.post(SUBMIT, body).json() == first
    other = merchant.post(SUBMIT, body | {"merchant_shortname": "别的名字"})
    assert (other.status_code, other.json()["code"]) == (400, "INVALID_REQUEST")


def test_rejected_application_says_why_and_can_be_corrected(sandbox, merchant):
    applyment_id = merchant.post(SUBMIT, application(merchant, merchant_shortname="驳回测试")).json()["applyment_id"]
    sandbox.advance(61)
    found = state(merchant, applyment_id)
    assert found["applyment_state"] == "REJECTED"
    assert found["audit_detail"][0]["param_name"] == "商户简称"
    assert merchant.post(SUBMIT, application(merchant)).json()["applyment_id"] == applyment_id
    assert state(merchant, applyment_id)["applyment_state"] == "CHECKING"


@pytest.mark.parametrize(
    "change",
    [
        {"organization_type": "5"},
        {"merchant_shortname": ""},
        {"business_license_info": None},
        {"id_card_info": {}},
        {"contact_info": {"contact_type": "65", "contact_name": "明文", "mobile_phone": "明文"}},
    ],
)
def test_wrong_application_is_refused(merchant, change):
    response = merchant.post(SUBMIT, application(merchant) | change)
    assert (response.status_code, response.json()["code"]) == (400, "PARAM_ERROR")
    assert merchant.get(f"{SUBMIT}out-request-no/APPLY1").status_code == 404


def test_unknown_picture_is_refused(merchant):
    body = application(merchant)
    body["id_card_info"]["id_card_copy"] = "no-such-media"
    assert merchant.post(SUBMIT, body).json()["code"] == "PARAM_ERROR"


def test_upload_is_signed_over_its_meta(merchant):
    answer = upload(merchant)
    merchant.verify(answer.headers, answer.text)
    assert upload(merchant, sha256="0" * 64).status_code == 400
    assert upload(merchant, filename="virus.exe").status_code == 400
    assert upload(merchant, b"x" * (2 * 1024 * 1024 + 1)).status_code == 400
