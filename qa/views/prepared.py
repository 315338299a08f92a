"""自动回答: a shop's prepared answers: which there are, what became of them, and the form for one."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count, Q
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError
from merchants.permissions import requires
from shops import placeholders
from shops.forms import by_public_id, category_in
from shops.models import Attribute, Category, Product, Shop, Sku

from .. import services
from ..drafts import MAX_CARDS, Draft
from ..forms import PreparedForm, chosen_attributes, show_refusal
from ..models import Answer, PreparedAnswer
from ..need import Need, budget_text
from .snippets import blanks
from .workbench import own_invitation

# Variants that the form offers.
SHOWN_SKUS = 300


@require_GET
@requires("answer")
def prepared_list(request):
    shop = request.membership.merchant.shop
    chosen = Q(answers__status=Answer.Status.ADOPTED)
    rows = (
        PreparedAnswer.objects.of_shop(shop)
        .select_related("category")
        .annotate(used=Count("answers"), chosen=Count("answers", filter=chosen))
    )
    for row in rows:
        row.budget = budget_text(Need(budget_min_fen=row.budget_min_fen, budget_max_fen=row.budget_max_fen))
    return render(request, "qa/prepared.html", {"rows": rows, "tab": "prepared", "today": timezone.localdate()})


@require_http_methods(["GET", "POST"])
@requires("answer")
def prepared(request, prepared_id=None):
    row = _own(request, prepared_id) if prepared_id else None
    shop = request.membership.merchant.shop
    if request.method == "POST":
        return _save(request, shop, row)
    if row:
        state = _state_of(row)
        return _show(request, shop, row, PreparedForm.of(row), **state)
    source = request.GET.get("from", "")
    if source:
        invitation = own_invitation(request, source)
        return _show(request, shop, None, PreparedForm.from_invitation(invitation), **_state_from(invitation))
    return _show(request, shop, None, PreparedForm())


def _save(request, shop: Shop, row: PreparedAnswer | None):
    form, refused = PreparedForm(request.POST), {}
    skus = _skus(shop, request.POST)
    if form.is_valid():
        try:
            saved = services.prepare(shop=shop, by=request.user, prepared=row, draft=form.draft(request.POST, skus))
        except DomainError as error:
            refused = show_refusal(form, error)
        else:
            checking = saved.status == PreparedAnswer.Status.SCREENING
            messages.success(
                request, _("Saved; it answers once its words have been checked") if checking else _("Saved")
            )
            return redirect("qa:prepared_list")
    state = {
        "attributes": chosen_attributes(category_in(form), request.POST.getlist("value")),
        "skus": [sku.public_id for sku in skus],
        "promises": request.POST.getlist("promise"),
    }
    return _show(request, shop, row, form, refused=refused, status=422, **state)


def _skus(shop: Shop, data: QueryDict) -> list[Sku]:
    wanted = [value for value in data.getlist("card") if value][:MAX_CARDS]
    found = {sku.public_id: sku for sku in _on_shelf(shop).filter(public_id__in=wanted)}
    return [found[value] for value in dict.fromkeys(wanted) if value in found]


def _on_shelf(shop: Shop):
    rows = Sku.objects.filter(product__shop=shop, archived_at=None, product__status=Product.Status.PUBLISHED)
    return rows.select_related("product").order_by("-product__sold", "product", "position", "pk")


def _state_of(row: PreparedAnswer) -> dict:
    skus = [card.sku.public_id for card in row.cards.select_related("sku")]
    return {"attributes": row.attributes, "skus": skus, "promises": row.promises}


def _state_from(invitation) -> dict:
    draft = Draft.from_json(invitation.draft)
    attributes = Need.from_json(invitation.question.need).attributes
    return {"attributes": attributes, "skus": [card["sku"] for card in draft.cards], "promises": draft.promises}


def _show(request, shop, row, form, *, attributes=None, skus=(), promises=(), refused=None, status=200):
    usual = shop.promises or [_("Free postage"), _("Returns within 7 days"), _("Handwritten card")]
    slots = [*skus[:MAX_CARDS], *[""] * (MAX_CARDS - len(skus[:MAX_CARDS]))]
    context = {
        "row": row,
        "form": form,
        "refused": refused or {},
        "blanks": blanks(),
        "shelf": _on_shelf(shop)[:SHOWN_SKUS],
        "slots": slots,
        "promise_choices": [(one, one in promises) for one in dict.fromkeys([*usual, *promises])],
        "shop": shop,
        "tab": "prepared",
        **_values(category_in(form), attributes or {}),
        **_preview(shop, form["text"].value() or "", slots[0], form["arrive_days"].value(), promises),
    }
    return render(request, "qa/prepared_form.html", context, status=status)


def _values(category: Category | None, chosen: dict[str, str]) -> dict:
    rows = Attribute.objects.filter(category=category).prefetch_related("values") if category else []
    return {"attributes": [(row, chosen.get(row.name, "")) for row in rows]}


@require_GET
@requires("answer")
def values(request):
    """The attribute chips of the category that was just chosen."""
    category = by_public_id(request.GET.get("category", ""))
    return render(request, "qa/prepared_values.html", _values(category, {}))


@require_POST
@requires("answer")
def preview(request):
    """What a buyer would see, with the blanks filled for an example."""
    shop, data = request.membership.merchant.shop, request.POST
    sku_id = next((value for value in data.getlist("card") if value), "")
    context = _preview(shop, data.get("text", "")[:500], sku_id, data.get("arrive_days"), data.getlist("promise"))
    return render(request, "qa/prepared_preview.html", {"shop": shop, **context})


def _preview(shop: Shop, text: str, sku_id: str, days, promises) -> dict:
    sku = _on_shelf(shop).filter(public_id=sku_id).first() if sku_id else None
    known = str(days).isdecimal() and int(days) <= 60
    arrive_by = timezone.localdate() + timedelta(days=int(days)) if known else None
    filling = placeholders.Filling(
        sku.product.title if sku else "", sku.price_fen if sku else None, arrive_by, _("a tea set for my father")
    )
    words = placeholders.fill(text, filling)
    return {"sku": sku, "words": words, "arrive_by": arrive_by, "promises": [one for one in promises if one]}


@require_POST
@requires("answer")
def switch(request, prepared_id):
    """`do`: pause or resume."""
    row = _own(request, prepared_id)
    if request.POST.get("do") == "pause":
        services.pause_prepared(prepared=row, by=request.user)
    else:
        services.resume_prepared(prepared=row, by=request.user)
    on = row.status == PreparedAnswer.Status.ON
    messages.success(request, _("It answers by itself") if on else _("It answers nothing for now"))
    return redirect("qa:prepared_list")


def _own(request, prepared_id: str) -> PreparedAnswer:
    mine = PreparedAnswer.objects.of_shop(request.membership.merchant.shop).select_related("category")
    return get_object_or_404(mine, public_id=prepared_id)
