"""公开回答: what a shop's answers do for others, its badges, and the way to keep an answer private."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from merchants.permissions import requires

from .. import services
from ..models import PublicAnswer
from ..selectors import publications as selectors

PAGE = 20


def _asked(request):
    """What buyers agreed to; a mere proposal is the buyer's alone."""
    return PublicAnswer.objects.of_shop(request.membership.merchant.shop).exclude(consented_at=None)


@require_GET
@requires("answer")
def public_list(request):
    shop = request.membership.merchant.shop
    rows = _asked(request).select_related("category").defer("search").order_by("-id")
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "badges": selectors.badges([shop.pk])[shop.pk],
        "publishes": selectors.publishes(shop),
        "may_switch": request.membership.can("settings"),
        "threshold": settings.QA_BADGE_ANSWERS,
        "voices": settings.QA_PROVEN_VOICES,
        "tab": "public",
    }
    return render(request, "qa/public_list.html", context)


@require_POST
@requires("answer")
def decline(request, public_id):
    services.decline(public=get_object_or_404(_asked(request), public_id=public_id), by=request.user)
    messages.success(request, _("It is no longer public"))
    return redirect("qa:public_list")


@require_POST
@requires("settings")
def switch(request):
    """`on` is 1 or 0."""
    if request.POST.get("on") not in ("0", "1"):
        raise Http404
    on = request.POST["on"] == "1"
    services.set_publishing(shop=request.membership.merchant.shop, on=on, by=request.user)
    messages.success(
        request, _("Your answers may help others") if on else _("Your answers stay between you and the buyer")
    )
    return redirect("qa:public_list")
