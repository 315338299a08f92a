"""What goes when a person goes."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core import audit
from merchants.models import Application, StaffBinding

from .applications import BANK, delete_document

PERSONAL = ("contact_name", "contact_phone", "id_number", "bank_account", "business_name", "licence_number", *BANK)


@transaction.atomic
def forget_applicant(*, user: User) -> None:
    """End memberships, void codes, and blank applications that led to no merchant.

    An approved application stays: the platform must keep who its merchants were for three years after they
    left (电子商务法 article 31; 网络交易监督管理办法 article 31).
    """
    user.memberships.filter(removed_at=None).update(removed_at=timezone.now())
    StaffBinding.objects.filter(created_by=user, used_at=None).update(used_at=timezone.now())
    for application in user.merchant_applications.exclude(status=Application.Status.APPROVED):
        for document in application.documents.all():
            delete_document(document)
        for name in PERSONAL:
            setattr(application, name, "")
        application.introduction = application.reviewer_note = ""
        if application.status != Application.Status.REJECTED:
            application.status = Application.Status.REJECTED  # Nobody is left to decide for.
        application.save()
        audit.record(actor=None, action="merchants.application_erased", target=application)
