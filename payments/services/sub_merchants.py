"""Sub-merchants (二级商户): the application at WeChat for the account that a merchant's money goes to."""

import io
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from PIL import Image

import wechat.clients
from core import audit, crypto, ids, outbox
from core.files import private_storage
from wechat.clients.pay import Applyment
from wechat.errors import WeChatError

from .. import asking
from ..banks import OTHER_BANK
from ..models import SubMerchant
from ..signals import sub_merchant_changed

Status = SubMerchant.Status

PERSONAL = {"contact_name", "contact_phone", "id_number", "bank_account"}
# organization_type is WeChat's; bank its account_bank, bank_address_code the six digits of the bank's city, the branch
# where the bank is one of the 其他银行 (payments.banks).
FIELDS = PERSONAL | {
    "organization_type",
    "shop_name",
    "business_name",
    "licence_number",
    "bank",
    "bank_address_code",
    "bank_branch_id",
    "bank_branch",
    "pictures",
}
# Picture -> where its media id goes.
PICTURES = {
    "licence": ("business_license_info", "business_license_copy"),
    "id_front": ("id_card_info", "id_card_copy"),
    "id_back": ("id_card_info", "id_card_national"),
}
WITH_LICENCE = {"4", "2"}
COMPANY_ACCOUNT, PRIVATE_ACCOUNT = "74", "75"
LEGAL_PERSON = "65"
STATES = {
    "CHECKING": Status.SUBMITTED,
    "AUDITING": Status.SUBMITTED,
    "ACCOUNT_NEED_VERIFY": Status.NEEDS_ACTION,
    "NEED_SIGN": Status.NEEDS_ACTION,
    "FINISH": Status.ACTIVE,
    "REJECTED": Status.REJECTED,
    "FROZEN": Status.REJECTED,
}


@transaction.atomic
def apply_sub_merchant(*, details: Mapping[str, Any]) -> SubMerchant:
    """Ask WeChat for a sub-merchant. It is sent by the outbox; what is missing shows in `reason`.

    Args:
        details: keys of FIELDS, in clear; `pictures` maps licence, id_front and id_back to names in the
            private storage. What is personal is encrypted before it is stored.

    Raises:
        ValueError: a key that nobody reads.
    """
    sub_merchant = SubMerchant.objects.create(out_request_no=f"A{ids.public_id()}", details=_sealed(details))
    audit.record(actor=None, action="payments.sub_merchant_asked", target=sub_merchant)
    _send_soon(sub_merchant)
    return sub_merchant


@transaction.atomic
def correct_application(*, sub_merchant: SubMerchant, details: Mapping[str, Any], by) -> None:
    """Send a rejected or incomplete application again, corrected, under its own number.

    Quiet where WeChat is still looking at it or has accepted it.
    """
    changed = SubMerchant.objects.filter(pk=sub_merchant.pk, status__in=[Status.DRAFT, Status.REJECTED]).update(
        status=Status.DRAFT, details=_sealed(details), reason=""
    )
    if changed:
        audit.record(actor=by, action="payments.sub_merchant_corrected", target=sub_merchant)
        _send_soon(sub_merchant)


def submit_applyment(sub_merchant_id: int) -> None:
    """Outbox handler: send the application. The same number again is the same application."""
    sub_merchant = SubMerchant.objects.get(pk=sub_merchant_id)
    if sub_merchant.status != Status.DRAFT:
        return
    details = _opened(sub_merchant.details)
    if missing := _missing(details):
        _change(sub_merchant, status=Status.REJECTED, reason=f"资料不全：{'、'.join(missing)}")
        return
    try:
        applyment_id = wechat.clients.pay().submit_applyment(
            out_request_no=sub_merchant.out_request_no,
            organization_type=details["organization_type"],
            merchant_shortname=details["shop_name"],
            sections=_sections(details, _upload(details["pictures"])),
        )
    except WeChatError as error:
        if not error.permanent or error.is_configuration:
            raise outbox.Retry(error.code, error.message) from error
        _change(sub_merchant, status=Status.REJECTED, reason=error.message[:500])
        raise outbox.GiveUp(error.code, error.message) from error
    _change(sub_merchant, status=Status.SUBMITTED, applyment_id=applyment_id, ask_at=asking.first_time(), reason="")


def query_applyment(sub_merchant_id: int) -> SubMerchant:
    """Ask WeChat how far the application is. Not inside a transaction.

    Raises:
        WeChatError: WeChat did not answer.
    """
    sub_merchant = SubMerchant.objects.get(pk=sub_merchant_id)
    if not sub_merchant.applyment_id or sub_merchant.status == Status.ACTIVE:
        return sub_merchant
    answer = wechat.clients.pay().query_applyment(applyment_id=sub_merchant.applyment_id)
    return _record(sub_merchant, answer)


def _record(sub_merchant: SubMerchant, answer: Applyment) -> SubMerchant:
    status = STATES.get(answer.state, Status.SUBMITTED)
    over = {"ask_at": None} if status in (Status.ACTIVE, Status.REJECTED) else {}
    reason = "；".join(f"{field}：{why}" for field, why in answer.rejections)
    return _change(
        sub_merchant,
        status=status,
        wechat_state=answer.state,
        sub_mchid=answer.sub_mchid or None,
        sign_url=answer.sign_url or answer.legal_validation_url,
        reason=(reason or (answer.state_text if status == Status.REJECTED else ""))[:500],
        **over,
    )


@transaction.atomic
def _change(sub_merchant: SubMerchant, *, status: str, **fields) -> SubMerchant:
    # Guarded by the status we saw: a slow answer never takes an account back.
    changed = SubMerchant.objects.filter(pk=sub_merchant.pk, status=sub_merchant.status).update(status=status, **fields)
    if changed and status != sub_merchant.status:
        sub_merchant.refresh_from_db()
        audit.record(actor=None, action="payments.sub_merchant_changed", target=sub_merchant, status=status)
        sub_merchant_changed.send(sender=SubMerchant, sub_merchant=sub_merchant)
    return sub_merchant


def _send_soon(sub_merchant: SubMerchant) -> None:
    outbox.enqueue(
        kind="payments.submit_applyment",
        key=f"{sub_merchant.out_request_no}:{ids.public_id()}",
        payload={"sub_merchant_id": sub_merchant.pk},
    )


def _sealed(details: Mapping[str, Any]) -> dict[str, Any]:
    if unread := set(details) - FIELDS:
        raise ValueError(f"WeChat's application has no {sorted(unread)}")
    return {name: crypto.encrypt(value) if name in PERSONAL else value for name, value in details.items()}


def _opened(details: Mapping[str, Any]) -> dict[str, Any]:
    opened = {name: crypto.decrypt(value) if name in PERSONAL else value for name, value in details.items()}
    return {"pictures": {}, **opened}


def _missing(details: Mapping[str, Any]) -> list[str]:
    with_licence = details.get("organization_type") in WITH_LICENCE
    needed = {
        "organization_type",
        "shop_name",
        "bank",
        "bank_address_code",
        *PERSONAL,
        *({"bank_branch_id"} if details.get("bank") == OTHER_BANK else ()),
        *({"business_name", "licence_number"} if with_licence else ()),
    }
    pictures = set(PICTURES) if with_licence else set(PICTURES) - {"licence"}
    return sorted(n for n in needed if not details.get(n)) + sorted(
        p for p in pictures if not details["pictures"].get(p)
    )


def _upload(pictures: Mapping[str, str]) -> dict[str, str]:
    """Picture -> media id. WeChat takes no WebP, so each is sent as JPEG."""
    media = {}
    for kind, name in pictures.items():
        if kind in PICTURES:
            with private_storage().open(name) as file:
                out = io.BytesIO()
                Image.open(file).convert("RGB").save(out, "JPEG", quality=85)
            media[kind] = wechat.clients.pay().upload_image(content=out.getvalue(), filename=f"{kind}.jpg")
    return media


def _branch(details: Mapping[str, Any]) -> dict[str, str]:
    known = {"bank_branch_id": details.get("bank_branch_id", ""), "bank_name": details.get("bank_branch", "")}
    return {name: value for name, value in known.items() if value}


def _sections(details: Mapping[str, Any], media: Mapping[str, str]) -> dict[str, Any]:
    company = details["organization_type"] == "2"
    with_licence = details["organization_type"] in WITH_LICENCE
    sections: dict[str, Any] = {
        "id_card_info": {
            "id_card_name": details["contact_name"],
            "id_card_number": details["id_number"],
            "id_card_valid_time": "长期",
        },
        "account_info": {
            "bank_account_type": COMPANY_ACCOUNT if company else PRIVATE_ACCOUNT,
            "account_bank": details["bank"],
            "account_name": details["business_name"] if company else details["contact_name"],
            "bank_address_code": details["bank_address_code"],
            "account_number": details["bank_account"],
            **_branch(details),
        },
        "contact_info": {
            "contact_type": LEGAL_PERSON,
            "contact_name": details["contact_name"],
            "contact_id_card_number": details["id_number"],
            "mobile_phone": details["contact_phone"],
        },
        "sales_scene_info": {"store_name": details["shop_name"]},
    }
    if with_licence:
        sections["business_license_info"] = {
            "business_license_number": details["licence_number"],
            "merchant_name": details["business_name"],
            "legal_person": details["contact_name"],
        }
    for kind, media_id in media.items():
        section, field = PICTURES[kind]
        if section in sections:
            sections[section][field] = media_id
    return sections
