"""The shop's face, and the switch 正在接问题."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError
from merchants.permissions import requires
from shops import services
from shops.forms import ShopForm, show_refusal

from .products import shop_of


@requires("settings")
@require_http_methods(["GET", "POST"])
def settings(request):
    shop = shop_of(request)
    if request.method != "POST":
        return _page(request, ShopForm(instance=shop), shop)
    form = ShopForm(request.POST, request.FILES, instance=shop)
    if form.is_valid():
        words = {name: form.cleaned_data[name] for name in services.shops.WORDS}
        pictures = {
            name: form.cleaned_data[name] or None for name in ("logo", "persona_avatar") if name in request.FILES
        }
        try:
            services.update_shop(shop=shop, by=request.user, promises=form.promises, **words, **pictures)
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved"))
            return redirect("shops:settings")
    shop.refresh_from_db()  # The form has laid what was typed over the instance.
    return _page(request, form, shop, status=422)


def _page(request, form, shop, status=200):
    waiting = shop.picture_checks.filter(image=None, verdict__in=services.pictures.UNDECIDED)
    context = {"form": form, "shop": shop, "waiting": waiting.order_by("place")}
    return render(request, "shops/settings.html", context, status=status)


@requires("answer")
@require_POST
def taking_questions(request):
    """`on` is 1 or 0; `next` is the page to come back to."""
    if request.POST.get("on") not in ("0", "1"):
        raise Http404
    services.set_taking_questions(shop=shop_of(request), on=request.POST["on"] == "1", by=request.user)
    back = request.POST.get("next", "")
    allowed = back.startswith("/") and url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(back if allowed else reverse("dashboard"))
