from accounts.models import User

from .models import Membership, Merchant, Role


def staff_who_can(merchant: Merchant, capability: str) -> list[User]:
    """The people of a merchant whose role allows `capability`, to be told what concerns them."""
    roles = [role for role in Role if capability in Membership.CAPABILITIES[role]]
    live = Membership.objects.filter(merchant=merchant, removed_at=None, role__in=roles)
    return [membership.user for membership in live.select_related("user")]
