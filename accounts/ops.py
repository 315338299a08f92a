"""Ops' door: staff with a second factor."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from csp.constants import SELF, UNSAFE_EVAL
from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

# unfold's Alpine.js evaluates the expressions in its templates; no other page of ours may.
with_alpine: Callable[[Callable[..., Any]], Callable[..., Any]] = csp_update({"script-src": [SELF, UNSAFE_EVAL]})


class OpsSite(UnfoldAdminSite):
    """unfold's site, which with settings.OPS_SECOND_FACTOR lets in only those who gave theirs in this session."""

    def has_permission(self, request):
        return super().has_permission(request) and (not settings.OPS_SECOND_FACTOR or request.user.is_verified())

    def login(self, request, extra_context=None):
        if not settings.OPS_SECOND_FACTOR:
            return with_alpine(super().login)(request, extra_context)
        if request.user.is_authenticated and not request.user.is_staff:
            raise PermissionDenied  # The login page would send them straight back.
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        step = "accounts:second_factor" if request.user.is_authenticated else "accounts:login"
        return redirect(f"{reverse(step)}?{urlencode({REDIRECT_FIELD_NAME: wanted})}")

    def admin_view(self, view, cacheable=False):
        return with_alpine(super().admin_view(view, cacheable))
