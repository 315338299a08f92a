"""The decision on an application, and the merchant that comes of it."""

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from core import audit
from core.errors import Forbidden, Invalid
from core.locks import lock_row
from merchants.errors import ReviewRefused
from merchants.models import Application, Membership, Merchant, Role
from merchants.signals import merchant_opened
from notifications.services import notify
from payments.services import apply_sub_merchant

Status = Application.Status


@transaction.atomic
def review_application(*, application: Application, by: User, decision: str, note: str = "") -> Application:
    """Decide on a submitted application and tell the applicant.

    Args:
        decision: "approved", "rejected" or "more_needed".
        note: the reviewer's words to the applicant, at most 500 characters; needed unless it is approved.

    Raises:
        Forbidden: `by` is not ops, or is the applicant.
        Invalid: no such decision, no reason, or too long a one.
        ReviewRefused: it is not waiting for review (somebody was faster).
    """
    application = lock_row(application)
    if not by.is_staff or by.pk == application.applicant_id:
        raise Forbidden
    if decision not in Application.TRANSITIONS["submitted"]:
        raise Invalid(fields={"decision": [_("There is no such decision")]})
    note = note.strip()
    if len(note) > 500 or (decision != Status.APPROVED and not note):
        raise Invalid(fields={"note": [_("Give the applicant a reason, at most 500 characters")]})
    if decision not in Application.TRANSITIONS.get(application.status, ()):
        raise ReviewRefused
    application.status, application.reviewer_note = decision, note
    application.reviewed_at, application.reviewed_by = timezone.now(), by
    application.save(update_fields=["status", "reviewer_note", "reviewed_at", "reviewed_by"])
    audit.record(actor=by, action=f"merchants.application_{decision}", target=application, note=note)
    if decision == Status.APPROVED:
        open_merchant(application=application, by=by)
    _tell(application)
    return application


@transaction.atomic
def open_merchant(*, application: Application, by: User | None) -> Merchant:
    """Make the merchant, its owner and its 收付通 application; once per application."""
    found = Merchant.objects.filter(application=application).first()
    if found is not None:
        return found
    merchant = Merchant.objects.create(
        name=application.business_name or application.shop_name,
        application=application,
        sub_merchant=apply_sub_merchant(details=payment_details(application)),
    )
    Membership.objects.create(merchant=merchant, user=application.applicant, role=Role.OWNER)
    audit.record(actor=by, action="merchants.opened", target=merchant, application=application.public_id)
    merchant_opened.send(sender=Merchant, merchant=merchant, by=by)
    return merchant


def payment_details(application: Application) -> dict[str, Any]:
    """What WeChat Pay must know of a merchant (电商收付通 二级商户进件)."""
    return {
        "organization_type": application.kind,
        "shop_name": application.shop_name,
        "business_name": application.business_name or application.shop_name,
        "licence_number": application.licence_number,
        "contact_name": application.contact_name,
        "contact_phone": application.contact_phone,
        "id_number": application.id_number,
        "bank_account": application.bank_account,
        "bank": application.bank,
        "bank_address_code": application.bank_address_code,
        "bank_branch_id": application.bank_branch_id,
        "bank_branch": application.bank_branch,
        # Names in the private storage.
        "pictures": {paper.kind: paper.image.name for paper in application.documents.order_by("pk")},
    }


def _tell(application: Application) -> None:
    with override("zh-hans"):  # Read in WeChat by the applicant, whatever language the reviewer works in.
        titles = {
            Status.APPROVED: _("Your shop is approved"),
            Status.REJECTED: _("Your application was not accepted"),
            Status.MORE_NEEDED: _("Your application needs something more"),
        }
        results = {
            Status.APPROVED: _("Approved"),
            Status.REJECTED: _("Rejected"),
            Status.MORE_NEEDED: _("More is needed"),
        }
        status = Status(application.status)
        next_step = _("Open your dashboard and put up the first products") if status == Status.APPROVED else ""
        note = application.reviewer_note or next_step
        link = reverse("dashboard" if status == Status.APPROVED else "merchants:application", args=(
            [] if status == Status.APPROVED else [application.public_id]
        ))  # fmt: skip
        notify(
            user=application.applicant,
            kind="application_reviewed",
            key=f"{application.public_id}:{application.reviewed_at.isoformat()}",
            title=titles[status],
            body=note,
            link=link,
            fields={"shop": application.shop_name, "result": results[status], "note": note},
        )
