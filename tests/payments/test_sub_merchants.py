"""The application for a sub-merchant, from the merchant's details to the account that money goes to."""

import pytest

from core.files import private_storage
from core.models import OutboxEvent
from core.outbox import GiveUp, Retry
from payments import services
from payments.models import SubMerchant
from payments.signals import sub_merchant_changed
from tests.payments.wire import let_wechat_work
from tests.shops.factories import make_upload

pytestmark = pytest.mark.django_db

DETAILS = {
    "organization_type": "4",
    "shop_name": "山南茶器",
    "business_name": "杭州山南茶器店",
    "licence_number": "92330100MA2XXXXXXX",
    "contact_name": "林青",
    "contact_phone": "13812345678",
    "id_number": "330106199001011234",
    "bank_account": "6222020200112233445",
    "bank": "工商银行",
    "bank_address_code": "330100",
}


@pytest.fixture
def details():
    pictures = {
        kind: private_storage().save(f"private/applications/{kind}.webp", make_upload(kind="WEBP"))
        for kind in ("licence", "id_front", "id_back")
    }
    return {**DETAILS, "pictures": pictures}


def apply(details) -> SubMerchant:
    return services.apply_sub_merchant(details=details)


def test_personal_details_are_encrypted_at_rest(details):
    stored = str(SubMerchant.objects.values("details").get(pk=apply(details).pk))
    for secret in ("林青", "13812345678", "330106199001011234", "6222020200112233445"):
        assert secret not in stored
    assert "山南茶器" in stored


def test_application_goes_through_to_an_account(wechat, details):
    changes = []
    sub_merchant_changed.connect(listener := lambda sub_merchant, **_: changes.append(sub_merchant.status))
    sub_merchant = apply(details)
    assert OutboxEvent.objects.get(kind="payments.submit_applyment").payload == {"sub_merchant_id": sub_merchant.pk}
    services.submit_applyment(sub_merchant.pk)
    services.submit_applyment(sub_merchant.pk)
    sub_merchant.refresh_from_db()
    assert (sub_merchant.status, bool(sub_merchant.applyment_id), bool(sub_merchant.ask_at)) == (
        "submitted",
        True,
        True,
    )
    let_wechat_work(wechat)
    services.query_applyment(sub_merchant.pk)
    sub_merchant.refresh_from_db()
    assert (sub_merchant.status, sub_merchant.wechat_state, sub_merchant.ask_at) == ("active", "FINISH", None)
    assert sub_merchant.sub_mchid
    assert changes == ["submitted", "active"]
    sub_merchant_changed.disconnect(listener)


def test_merchant_is_told_what_to_sign(wechat, details):
    sub_merchant = apply(details)
    services.submit_applyment(sub_merchant.pk)
    wechat.post("/control/clock", advance=60 + 120 + 300 + 30)
    services.query_applyment(sub_merchant.pk)
    sub_merchant.refresh_from_db()
    assert (sub_merchant.status, sub_merchant.wechat_state) == ("needs_action", "NEED_SIGN")
    assert sub_merchant.sign_url.startswith("http")


def test_rejected_application_is_corrected_under_its_number(wechat, details, admin_user):
    sub_merchant = apply({**details, "shop_name": "驳回测试店"})
    services.submit_applyment(sub_merchant.pk)
    let_wechat_work(wechat)
    services.query_applyment(sub_merchant.pk)
    sub_merchant.refresh_from_db()
    assert sub_merchant.status == "rejected"
    assert "商户简称" in sub_merchant.reason
    number = sub_merchant.out_request_no
    services.correct_application(sub_merchant=sub_merchant, details=details, by=admin_user)
    services.submit_applyment(sub_merchant.pk)
    let_wechat_work(wechat)
    services.query_applyment(sub_merchant.pk)
    sub_merchant.refresh_from_db()
    assert (sub_merchant.status, sub_merchant.out_request_no) == ("active", number)


def test_what_is_missing_is_said_and_not_sent(wechat):
    sub_merchant = apply({**DETAILS, "id_number": ""})
    services.submit_applyment(sub_merchant.pk)
    sub_merchant.refresh_from_db()
    assert sub_merchant.status == "rejected"
    for name in ("id_number", "id_front", "id_back", "licence"):
        assert name in sub_merchant.reason
    assert wechat.requests("/v3/") == []


def test_detail_that_nobody_reads_is_a_mistake():
    with pytest.raises(ValueError, match="shoe_size"):
        apply({"shoe_size": "42"})
    assert not SubMerchant.objects.exists()


def test_silence_is_retried_and_refusal_is_said(wechat, details):
    sub_merchant = apply(details)
    wechat.fault("error", "POST /v3/ecommerce/applyments/")
    with pytest.raises(Retry):
        services.submit_applyment(sub_merchant.pk)
    wechat.fault("pay_error", "POST /v3/ecommerce/applyments/", code="PARAM_ERROR", status=400)
    with pytest.raises(GiveUp):
        services.submit_applyment(sub_merchant.pk)
    sub_merchant.refresh_from_db()
    assert sub_merchant.status == "rejected"


def test_active_account_stays_what_it_is(wechat, details, admin_user):
    sub_merchant = apply(details)
    SubMerchant.objects.filter(pk=sub_merchant.pk).update(status="active", sub_mchid="1600000001", applyment_id="1")
    sub_merchant.refresh_from_db()
    services.query_applyment(sub_merchant.pk)
    services.correct_application(sub_merchant=sub_merchant, details=details, by=admin_user)
    sub_merchant.refresh_from_db()
    assert (sub_merchant.status, sub_merchant.sub_mchid) == ("active", "1600000001")
    assert wechat.requests("/v3/") == []
