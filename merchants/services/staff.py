"""Who works for a merchant, and how their WeChat is bound to it."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import AccountDisabled, WeChatUnavailable
from accounts.models import WeChatIdentity
from accounts.services import bind_identity, digest, person_for_openid, set_following
from core import audit
from core.errors import Invalid, NotFound
from core.locks import lock_row, lock_rows
from merchants.errors import RoleForbidden, StaffBindingInvalid
from merchants.models import Membership, Merchant, Role, StaffBinding
from merchants.selectors import may_manage, roles_to_give
from wechat import clients
from wechat.errors import WeChatError

OFFICIAL_ACCOUNT = WeChatIdentity.Kind.OFFICIAL_ACCOUNT
# Whoever scans joins, so a photo of the screen must not be good for long.
LIFETIME = timedelta(minutes=30)


def invite_staff(*, merchant: Merchant, role: str, by: Membership) -> tuple[StaffBinding, str]:
    """Make a code whose scan adds somebody with `role`.

    Returns:
        The binding, its `qr_url` set, and the token in the code.

    Raises:
        RoleForbidden: not a role that `by` can give.
        WeChatUnavailable: no code to be had; nothing is left behind that works.
    """
    if by.merchant_id != merchant.pk:
        raise NotFound
    if role not in Role.values:
        raise Invalid(fields={"role": [_("There is no such role")]})
    if role not in roles_to_give(by):
        raise RoleForbidden
    return _make_binding(by, role, None)


def rebind_staff(*, membership: Membership, by: Membership) -> tuple[StaffBinding, str]:
    """Make a code by which a colleague, or oneself, is bound to the service account again.

    Raises:
        RoleForbidden: somebody whom `by` does not manage.
        WeChatUnavailable
    """
    if membership.pk != by.pk and not may_manage(by, membership):
        raise RoleForbidden
    return _make_binding(by, membership.role, membership)


@transaction.atomic
def scan_staff_binding(*, token: str, openid: str, unionid: str | None, event: str) -> str:
    """WeChat says that somebody scanned a staff code (WECHAT_SCENE_HANDLERS); returns what their phone shows.

    Raises:
        StaffBindingInvalid: unknown, expired, used, or its maker or merchant is gone.
        AccountDisabled
    """
    binding = StaffBinding.objects.select_for_update(of=("self",)).filter(token_digest=digest(token)).first()
    if binding is None or binding.used_at is not None or binding.expires_at <= timezone.now():
        raise StaffBindingInvalid
    merchant = lock_row(binding.merchant)
    if merchant.status == Merchant.Status.CLOSED or not _still_stands(binding):
        raise StaffBindingInvalid
    if binding.membership is not None:
        return _bind_again(binding, openid, unionid)
    user = person_for_openid(kind=OFFICIAL_ACCOUNT, openid=openid, unionid=unionid)
    if not user.is_active:
        raise AccountDisabled
    set_following(openid=openid, following=True)
    if merchant.memberships.filter(user=user, removed_at=None).exists():
        return _("You already work for %(merchant)s") % {"merchant": merchant}
    membership = Membership.objects.create(merchant=merchant, user=user, role=binding.role)
    _use_up(binding)
    audit.record(actor=user, action="merchants.staff_joined", target=membership, role=binding.role)
    return _("Welcome to %(merchant)s. You are %(role)s now; questions reach you here") % {
        "merchant": merchant,
        "role": membership.get_role_display(),
    }


@transaction.atomic
def change_role(*, membership: Membership, role: str, by: Membership) -> Membership:
    """Give a colleague another role; the same again is a no-op.

    Raises:
        NotFound: not a colleague, or gone.
        RoleForbidden: the old or the new role is above what `by` can give.
    """
    membership = _managed(membership, by)
    if role not in roles_to_give(by):
        raise RoleForbidden
    if membership.role != role:
        audit.record(
            actor=by.user, action="merchants.role_changed", target=membership, before=membership.role, after=role
        )
        membership.role = role
        membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove_staff(*, membership: Membership, by: Membership) -> None:
    """End a colleague's access at once; what they wrote stays. A repeat is a no-op. Raises as `change_role`."""
    if membership.merchant_id == by.merchant_id and Membership.objects.filter(pk=membership.pk).exclude(
        removed_at=None
    ):
        return
    membership = _managed(membership, by)
    membership.removed_at = timezone.now()
    membership.save(update_fields=["removed_at"])
    audit.record(actor=by.user, action="merchants.staff_removed", target=membership)


def _make_binding(by: Membership, role: str, membership: Membership | None) -> tuple[StaffBinding, str]:
    token = secrets.token_urlsafe(32)
    binding = StaffBinding.objects.create(
        merchant=by.merchant,
        role=role,
        membership=membership,
        token_digest=digest(token),
        created_by=by.user,
        expires_at=timezone.now() + LIFETIME,
    )
    try:
        code = clients.official_account().create_qr(
            scene=f"staff:{token}", expire_seconds=int(LIFETIME.total_seconds())
        )
    except WeChatError as error:
        binding.delete()
        raise WeChatUnavailable from error
    with transaction.atomic():
        binding.qr_url, binding.qr_ticket = code.url, code.ticket
        binding.save(update_fields=["qr_url", "qr_ticket"])
        audit.record(actor=by.user, action="merchants.staff_invited", target=by.merchant, role=role)
    return binding, token


def _bind_again(binding: StaffBinding, openid: str, unionid: str | None) -> str:
    member = binding.membership
    if member.removed_at is not None:
        raise StaffBindingInvalid
    bind_identity(user=member.user, kind=OFFICIAL_ACCOUNT, openid=openid, unionid=unionid)
    set_following(openid=openid, following=True)
    _use_up(binding)
    audit.record(actor=member.user, action="merchants.staff_bound", target=member)
    return _("Bound to %(merchant)s again; questions reach you here") % {"merchant": binding.merchant}


def _still_stands(binding: StaffBinding) -> bool:
    """Whoever made the code is still here, and may still give this role."""
    maker = binding.merchant.memberships.filter(user=binding.created_by, removed_at=None).first()
    return maker is not None and (binding.membership is not None or binding.role in roles_to_give(maker))


def _use_up(binding: StaffBinding) -> None:
    StaffBinding.objects.filter(pk=binding.pk).update(used_at=timezone.now())


def _managed(membership: Membership, by: Membership) -> Membership:
    if membership.merchant_id != by.merchant_id:
        raise NotFound
    # Both rows, in order: whoever loses the role this moment must not use it any more.
    rows = {row.pk: row for row in lock_rows(Membership.objects.filter(pk__in=[by.pk, membership.pk]))}
    acting, membership = rows[by.pk], rows[membership.pk]
    if membership.removed_at is not None or acting.removed_at is not None:
        raise NotFound
    if not may_manage(acting, membership):
        raise RoleForbidden
    return membership
