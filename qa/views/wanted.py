"""接问题: which questions reach the shop, and its pause. For owner and manager."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError, Invalid
from merchants.permissions import requires
from shops.models import Shop
from shops.services import set_taking_questions

from .. import services
from ..selectors import wanted as selectors
from ..wanted import Wanted
from ..wanted_forms import FIELDS, PauseForm, WantedForm


@require_http_methods(["GET", "POST"])
@requires("settings")
def preferences(request):
    shop = request.membership.merchant.shop
    now = Wanted.of(shop)
    choices = selectors.category_choices(shop, now)
    if request.method == "GET":
        return _page(request, shop, WantedForm.of(now, choices), now)
    form = WantedForm(request.POST, categories=choices)
    if form.is_valid():
        try:
            services.save_preferences(shop=shop, by=request.user, wanted=form.wanted())
        except DomainError as error:
            _show(form, error)
        else:
            messages.success(request, _("Saved; it holds from the next question on"))
            return redirect("qa:preferences")
    return _page(request, shop, form, now, status=422)


@require_POST
@requires("settings")
def preview(request):
    """What would follow from the form as it stands."""
    shop = request.membership.merchant.shop
    form = WantedForm(request.POST, categories=selectors.category_choices(shop, Wanted.of(shop)))
    wanted = form.wanted() if form.is_valid() else None
    return render(request, "qa/preferences_follow.html", {"errors": form.errors, **_follows(shop, wanted)})


@require_POST
@requires("settings")
def pause(request):
    """`until`: hour, tonight, day (with `day`) or open; without it questions come again at once."""
    shop = request.membership.merchant.shop
    if "until" not in request.POST:
        set_taking_questions(shop=shop, on=True, by=request.user)
        messages.success(request, _("You receive questions again"))
        return redirect("qa:preferences")
    form = PauseForm(request.POST)
    if form.is_valid():
        try:
            set_taking_questions(shop=shop, on=False, by=request.user, until=form.moment(shop))
        except DomainError as error:
            form.add_error("day", _first(error))
        else:
            until = shop.paused_until
            messages.success(
                request,
                _("No questions until %(time)s") % {"time": selectors.moment(until)}
                if until
                else _("No questions for now"),
            )
            return redirect("qa:preferences")
    now = Wanted.of(shop)
    choices = selectors.category_choices(shop, now)
    return _page(request, shop, WantedForm.of(now, choices), now, pause_form=form, status=422)


def _page(request, shop: Shop, form: WantedForm, now: Wanted, *, pause_form: PauseForm | None = None, status=200):
    shop.refresh_from_db(fields=["takes_questions", "paused_until"])
    context = {"form": form, "pause_form": pause_form or PauseForm(), "shop": shop, "tab": "preferences"}
    return render(request, "qa/preferences.html", {**context, **_follows(shop, now)}, status=status)


def _follows(shop: Shop, wanted: Wanted | None) -> dict:
    if wanted is None:
        return {}
    return {"lines": selectors.sentences(shop, wanted), "replay": selectors.replay(shop, wanted)}


def _show(form: WantedForm, error: DomainError) -> None:
    """Put what the service refused beside its fields."""
    fields = error.fields if isinstance(error, Invalid) else {}
    for name, said in fields.items():
        own = FIELDS.get(name, name)
        form.add_error(own if own in form.fields else None, [str(one) for one in said])
    if not fields:
        form.add_error(None, str(error))


def _first(error: DomainError) -> str:
    fields = error.fields if isinstance(error, Invalid) else {}
    return next((str(found[0]) for found in fields.values()), str(error))
