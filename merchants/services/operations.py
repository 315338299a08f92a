"""What ops do to merchants."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import audit
from core.errors import Conflict, Invalid
from core.locks import lock_row
from merchants.models import Membership, Merchant, Role

MAX_FEE_BP = 3000


@transaction.atomic
def suspend_merchant(*, merchant: Merchant, by: User, reason: str) -> None:
    """Stop a merchant from selling and from being asked. What it sold it still ships. A repeat is a no-op.

    Raises:
        Invalid: no reason, or above 500 characters.
        Conflict: it is closed.
    """
    _change_status(merchant, by, reason, Merchant.Status.ACTIVE, Merchant.Status.SUSPENDED, "merchants.suspended")


@transaction.atomic
def reopen_merchant(*, merchant: Merchant, by: User, reason: str) -> None:
    """Let a suspended merchant sell again. Raises as `suspend_merchant`."""
    _change_status(merchant, by, reason, Merchant.Status.SUSPENDED, Merchant.Status.ACTIVE, "merchants.reopened")


@transaction.atomic
def set_fee_rate(*, merchant: Merchant, by: User, rate_bp: int) -> None:
    """The platform's share of new orders, 0 to 3,000 basis points (WeChat's ceiling); old orders keep theirs."""
    if not 0 <= rate_bp <= MAX_FEE_BP:
        raise Invalid(fields={"fee_rate_bp": [_("0 to 3,000 basis points")]})
    merchant = lock_row(merchant)
    if merchant.fee_rate_bp == rate_bp:
        return
    audit.record(actor=by, action="merchants.fee_rate_set", target=merchant, before=merchant.fee_rate_bp, after=rate_bp)
    Merchant.objects.filter(pk=merchant.pk).update(fee_rate_bp=rate_bp)


@transaction.atomic
def add_member(*, merchant: Merchant, user: User, role: str, by: User | None) -> Membership:
    """Make a person staff without a scan: ops' way, and the seeds'. Staff who are there keep their role.

    Raises:
        Conflict: there is an owner already.
    """
    lock_row(merchant)
    live = merchant.memberships.filter(removed_at=None)
    if role == Role.OWNER and live.filter(role=Role.OWNER).exclude(user=user).exists():
        raise Conflict(_("This merchant has an owner"))
    found = live.filter(user=user).first()
    if found is not None:
        return found
    membership = Membership.objects.create(merchant=merchant, user=user, role=Role(role))
    audit.record(actor=by, action="merchants.staff_joined", target=membership, role=role)
    return membership


def _change_status(merchant: Merchant, by: User, reason: str, before: str, after: str, action: str) -> None:
    reason = reason.strip()
    if not 1 <= len(reason) <= 500:
        raise Invalid(fields={"reason": [_("Give a reason, at most 500 characters")]})
    merchant = lock_row(merchant)
    if merchant.status == after:
        return
    if merchant.status != before:
        raise Conflict
    Merchant.objects.filter(pk=merchant.pk).update(status=after)
    audit.record(actor=by, action=action, target=merchant, reason=reason)
