"""为什么派给我、为什么没派: what matching thought of the shop, and how it stands."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from merchants.permissions import requires

from ..selectors import place
from ..selectors import why as selectors

PER_PAGE = 20
VIEWS = {"all": None, "chosen": True, "not": False}


@require_GET
@requires("answer")
def why(request):
    shop = request.membership.merchant.shop
    view = request.GET.get("view", "all")
    view = view if view in VIEWS else "all"
    page = Paginator(selectors.looked_at(shop, chosen=VIEWS[view]), PER_PAGE).get_page(request.GET.get("page"))
    kinds = place.kinds(shop)
    context = {
        "view": view,
        "tabs": [("all", _("All")), ("chosen", _("Put to you")), ("not", _("Not put to you"))],
        "page": page,
        "rows": selectors.told(shop, page),
        "unseen": selectors.unseen_count(shop),
        "days": selectors.DAYS,
        "kinds": kinds,
        "advice": place.advice(kinds),
        "tab": "why",
    }
    return render(request, "qa/why.html", context)
