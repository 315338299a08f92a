"""Which merchant a dashboard request acts for."""

from merchants.models import Membership, Merchant

SESSION_KEY = "membership"


def memberships_of(user) -> list[Membership]:
    """The person's places of work, oldest first. A suspended merchant still ships what it sold; a closed one is gone."""
    live = Membership.objects.filter(user=user, removed_at=None).exclude(merchant__status=Merchant.Status.CLOSED)
    return list(live.select_related("merchant").order_by("pk"))


class MembershipMiddleware:
    """Sets `request.membership`, and `request.memberships` for the switcher.

    With several, the session's choice counts (merchants.views.switch), the oldest without one.
    It is read anew for each request: a removed colleague's next click is refused.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.memberships = memberships_of(request.user) if request.user.is_authenticated else []
        chosen = request.session.get(SESSION_KEY) if request.memberships else None
        first = request.memberships[0] if request.memberships else None
        request.membership = next((m for m in request.memberships if m.public_id == chosen), first)
        return self.get_response(request)
