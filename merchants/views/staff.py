"""The staff page: who works here, in which role, reachable or not."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from accounts.qr import phone_url, qr_svg
from core.errors import DomainError
from merchants import services
from merchants.forms import RoleForm
from merchants.models import Membership, StaffBinding
from merchants.permissions import requires
from merchants.selectors import may_manage, roles_to_give, staff_of


@requires("staff")
@require_GET
def staff(request):
    own = request.membership
    members = staff_of(own.merchant)
    for member in members:
        member.is_mine = may_manage(own, member)
        member.is_me = member.pk == own.pk
        member.role_form = RoleForm(initial={"role": member.role}, roles=roles_to_give(own), prefix=member.public_id)
    return render(request, "merchants/staff.html", {"members": members, "form": RoleForm(roles=roles_to_give(own))})


@requires("staff")
@require_POST
def invite(request):
    """A code for a new colleague, as a fragment."""
    role = request.POST.get("role", "")
    return _show_code(
        request, lambda: services.invite_staff(merchant=request.membership.merchant, role=role, by=request.membership)
    )


@requires("staff")
@require_POST
def rebind(request, membership_id):
    """A code by which a colleague's WeChat is bound again."""
    member = _member(request, membership_id)
    return _show_code(request, lambda: services.rebind_staff(membership=member, by=request.membership))


@requires("staff")
@require_GET
def binding(request, binding_id):
    """Asked every two seconds while a code is shown: 204 while nobody scanned, then the page anew."""
    row = get_object_or_404(StaffBinding, public_id=binding_id, merchant=request.membership.merchant)
    if row.used_at is None:
        return HttpResponse(status=204)
    messages.success(request, _("Scanned. The list is up to date"))
    return HttpResponseClientRefresh()


@requires("staff")
@require_POST
def change_role(request, membership_id):
    member = _member(request, membership_id)
    role = request.POST.get(f"{member.public_id}-role", "")
    return _answer(
        request, lambda: services.change_role(membership=member, role=role, by=request.membership), _("Role changed")
    )


@requires("staff")
@require_POST
def remove(request, membership_id):
    member = _member(request, membership_id)
    return _answer(request, lambda: services.remove_staff(membership=member, by=request.membership), _("Removed"))


def _member(request, membership_id: str) -> Membership:
    live = request.membership.merchant.memberships.filter(removed_at=None)
    return get_object_or_404(live.select_related("user"), public_id=membership_id)


def _show_code(request, make):
    try:
        row, _token = make()
    except DomainError as refusal:
        # 200, or the page would not show it (toasts.js swaps refused forms only).
        return render(request, "merchants/staff_refused.html", {"refusal": refusal})
    context = {"binding": row, "picture": qr_svg(row.qr_url), "phone_url": phone_url(row.qr_ticket)}
    return render(request, "merchants/staff_code.html", context)


def _answer(request, act, done: str):
    try:
        act()
    except DomainError as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, done)
    return redirect("merchants:staff")
