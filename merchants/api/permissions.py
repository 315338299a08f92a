"""Who may call the shop's side of the API: the phone tools and partners' tools of a merchant's staff."""

from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import BasePermission

from merchants.middleware import memberships_of

HEADER = "Weixuan-Merchant"
MERCHANT_HEADER = OpenApiParameter(
    HEADER, str, OpenApiParameter.HEADER, description="Which merchant to act for, where the person works for several"
)


class Works(BasePermission):
    """The caller works for a merchant; `request.membership` says where. The base of what `staff_who` returns."""

    capability: str | None = None

    def has_permission(self, request, view):
        if not request.user.is_authenticated:
            return False
        places = memberships_of(request.user)
        wanted = request.headers.get(HEADER)
        membership = next((m for m in places if wanted in (None, m.merchant.public_id)), None)
        if membership is None or (self.capability and not membership.can(self.capability)):
            return False
        request.membership = membership
        return True


def staff_who(capability: str | None = None) -> type[Works]:
    """A permission for staff whose role has `capability` (Membership.CAPABILITIES); None for every member."""
    return type(f"StaffWho{(capability or 'works').title()}", (Works,), {"capability": capability})
