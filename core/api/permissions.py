"""Who may call a route. Every view names exactly one of these; a test walks the URL resolver."""

from rest_framework.permissions import BasePermission


class Undeclared(BasePermission):
    """The default: a view that forgot to say who may call it answers nobody."""

    def has_permission(self, request, view):
        return False


class Anyone(BasePermission):
    """Public data, no account needed."""

    def has_permission(self, request, view):
        return True


class SignedIn(BasePermission):
    """A person with a valid token; rows are narrowed to theirs by the view's queryset."""

    def has_permission(self, request, view):
        return bool(request.user and request.user.is_authenticated)
