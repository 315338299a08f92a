"""The shop's followers."""

import csv

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from merchants.permissions import requires

from . import selectors, services
from .models import Follower

PER_PAGE = 50
# What a spreadsheet would take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@requires("chat")
@require_GET
def followers(request):
    shop = request.membership.merchant.shop
    query, source = request.GET.get("q", "").strip()[:60], request.GET.get("source", "")
    page = Paginator(selectors.followers(shop, query=query, source=source), PER_PAGE).get_page(request.GET.get("page"))
    counts = selectors.counts_by_source(shop)
    context = {
        "page": page,
        "filtered": bool(query or source),
        "total": sum(counts.values()),
        "sources": [(value, label, counts[value]) for value, label in Follower.Source.choices if value in counts],
        "may_export": request.membership.can("settings"),
    }
    return render(request, "crm/followers.html", context)


@requires("settings")
@require_GET
def export(request):
    """Owner and manager take the list with them; it is written down who did."""
    rows = services.export_followers(shop=request.membership.merchant.shop, by=request.membership)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="followers-{timezone.localdate():%Y%m%d}.csv"'
    sheet = csv.writer(response)
    sheet.writerow([_("Name"), _("Came from"), _("Since")])
    for row in rows:
        since = timezone.localtime(row.followed_at).strftime("%Y-%m-%d %H:%M")
        sheet.writerow([harmless(str(row.user)), row.get_source_display(), since])
    return response


def harmless(text: str) -> str:
    """A nickname that begins like a formula stays text in a spreadsheet."""
    return f"'{text}" if text.startswith(FORMULA) else text
