"""What merchants has to say to a person's wish to take along or remove their data, and to news from WeChat Pay."""

from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from accounts.signals import erasure_requested, person_erased, person_exported
from core.errors import Conflict
from payments.signals import sub_merchant_changed

from . import services
from .models import Merchant, Role


class OwnsAShop(Conflict):
    code = "owns_a_shop"
    title = _("You own a shop; have it closed or handed over first")


@receiver(erasure_requested)
def keep_owners(sender, *, user, **kwargs):
    if (
        user.memberships.filter(role=Role.OWNER, removed_at=None)
        .exclude(merchant__status=Merchant.Status.CLOSED)
        .exists()
    ):
        raise OwnsAShop


@receiver(sub_merchant_changed)
def tell_owner(sender, *, sub_merchant, **kwargs):
    services.tell_account(sub_merchant=sub_merchant)


@receiver(person_erased)
def forget_person(sender, *, user, **kwargs):
    services.forget_applicant(user=user)


@receiver(person_exported)
def export_person(sender, *, user, data, **kwargs):
    names = [*services.FACTS, "status", "reviewer_note"]
    data["merchant_applications"] = [
        {name: getattr(row, name) for name in names} for row in user.merchant_applications.order_by("pk")
    ]
    data["staff_of"] = [
        {"merchant": row.merchant.name, "role": row.role, "until": row.removed_at and row.removed_at.isoformat()}
        for row in user.memberships.select_related("merchant").order_by("pk")
    ]
