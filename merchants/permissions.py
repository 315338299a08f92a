"""Who may open a page of the dashboard."""

import functools

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.permissions import signed_in, to_login

__all__ = ["requires", "signed_in"]


def requires(capability: str | None = None):
    """Open a view to members whose role has `capability` (Membership.CAPABILITIES); None for every member.

    Nobody signed in: the login page, which comes back. No merchant: 404. A role without the capability: 403.
    The view is marked for the route test.
    """

    def decorate(view):
        @functools.wraps(view)
        def wrapper(request, *args, **kwargs):
            if not request.user.is_authenticated:
                return to_login(request)
            if request.membership is None:
                raise Http404
            if capability is not None and not request.membership.can(capability):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        wrapper.declared = f"member:{capability or 'any'}"
        return wrapper

    return decorate
