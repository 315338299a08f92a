"""The one time that invite codes are seen: a page to print and a CSV file, for a quarter of an hour.

Between issue and closing the page the codes lie encrypted in Redis under a random key that only the
issuer's own session can use; the database has their hashes alone.
"""

import csv
import json

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from accounts.qr import qr_svg
from core import crypto, ids
from core.errors import Invalid

from . import services
from .models import InviteBatch

KEPT_SECONDS = 15 * 60


class IssuedCodes:
    """Mixin of InviteBatchAdmin: adding a batch leads to the page with its codes."""

    def save_model(self, request, obj, form, change):
        batch, codes = services.issue_codes(by=request.user, **form.cleaned_data)
        obj.__dict__.update(batch.__dict__)
        obj.codes_key = keep(request.user, batch, codes)

    def add_view(self, request, form_url="", extra_context=None):
        try:
            return super().add_view(request, form_url, extra_context)
        except Invalid as refusal:
            messages.error(request, " ".join(str(m) for found in refusal.fields.values() for m in found))
            return redirect(request.path)

    def response_add(self, request, obj, post_url_continue=None):
        return redirect("admin:merchants_invitebatch_codes", obj.codes_key)

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("codes/<slug:key>/", wrap(self.codes_view), name="merchants_invitebatch_codes"),
            path("codes/<slug:key>/csv/", wrap(self.codes_csv), name="merchants_invitebatch_codes_csv"),
            *super().get_urls(),
        ]

    def codes_view(self, request, key):
        """Print it; closing it (POST) forgets the codes for good."""
        if request.method == "POST":
            cache.delete(_name(request.user, key))
            messages.success(request, _("The codes are not kept; only their hashes are"))
            return redirect("admin:merchants_invitebatch_changelist")
        batch, codes = kept(request.user, key)
        cards = [{"code": code, "picture": qr_svg(link_of(code))} for code in codes]
        context = {
            **self.admin_site.each_context(request),
            "batch": batch,
            "cards": cards,
            "key": key,
            "title": batch.name,
        }
        return render(request, "merchants/admin/codes.html", context)

    def codes_csv(self, request, key):
        batch, codes = kept(request.user, key)
        response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="invite-codes-{batch.public_id}.csv"'
        rows = csv.writer(response)
        rows.writerow([_("Invite code"), _("Link")])
        rows.writerows([code, link_of(code)] for code in codes)
        return response


def link_of(code: str) -> str:
    """Behind "#": browsers don't send that part, so no log holds it."""
    return f"{settings.PUBLIC_URL}{reverse('merchants:apply')}#{code}"


def keep(user, batch: InviteBatch, codes: list[str]) -> str:
    key = ids.public_id()
    cache.set(_name(user, key), crypto.encrypt(json.dumps([batch.pk, codes])), KEPT_SECONDS)
    return key


def kept(user, key: str) -> tuple[InviteBatch, list[str]]:
    """Raises Http404 once they are forgotten, and for everybody but who issued them."""
    sealed = cache.get(_name(user, key))
    if sealed is None:
        raise Http404
    pk, codes = json.loads(crypto.decrypt(sealed))
    return InviteBatch.objects.get(pk=pk), codes


def _name(user, key: str) -> str:
    return f"issued codes {user.pk} {key}".replace(" ", ":")
