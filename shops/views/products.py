"""The shelf: every product of the shop, found, put on sale and taken down, one or many at a time."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError
from merchants.permissions import requires
from shops import selectors, services
from shops.models import Product

PAGE_SIZE = 20
MAX_BULK = 100


def shop_of(request):
    return request.membership.merchant.shop


def products_of(request, ids: list[str]) -> list[Product]:
    """The shop's products with these public ids; 404 where one of them is unknown or another shop's."""
    ids = list(dict.fromkeys(ids))
    if not 1 <= len(ids) <= MAX_BULK:
        raise Http404
    products = list(Product.objects.of_shop(shop_of(request)).filter(public_id__in=ids))
    if len(products) < len(ids):
        raise Http404
    return products


@requires("catalogue")
@require_GET
def product_list(request):
    shop = shop_of(request)
    counts = selectors.shelf_counts(shop)
    view = request.GET.get("view", "")
    if view not in counts:
        view = next((name for name, count in counts.items() if count), "on_sale")
    query = request.GET.get("q", "").strip()[:60]
    page = Paginator(selectors.shelf(shop, view, query), PAGE_SIZE).get_page(request.GET.get("page"))
    labels = {
        "on_sale": _("On sale"), "sold_out": _("Sold out"), "checking": _("Not passed yet"), "draft": _("Drafts"),
        "withdrawn": _("Taken down"),
    }  # fmt: skip
    context = {
        "tabs": [(name, labels[name], count) for name, count in counts.items()],
        "view": view,
        "query": query,
        "page": page,
        "total": sum(counts.values()),
    }
    return render(request, "shops/products.html", context)


@requires("catalogue")
@require_POST
def publish(request):
    """Put the chosen products on sale; the toast takes them down again."""
    moved, refused = [], []
    for product in products_of(request, request.POST.getlist("ids") or request.GET.getlist("ids")):
        try:
            now = services.publish(product=product, by=request.user)
        except DomainError as error:
            refused.append((product, error))
            continue
        if now.status != product.status:
            moved.append(now)
    if moved:
        text = ngettext("%(count)s product is on sale", "%(count)s products are on sale", len(moved))
        if waiting := [product for product in moved if product.status == Product.Status.SCREENING]:
            text = ngettext("%(count)s product is being checked", "%(count)s products are being checked", len(waiting))
        messages.success(request, text % {"count": len(moved)}, extra_tags=_undo("withdraw", moved))
    for product, error in refused[:3]:
        fields = getattr(error, "fields", {})
        reason = next(iter(fields.values()))[0] if fields else error.message
        messages.error(request, f"{product.title}：{reason}")
    return redirect(_back(request))


@requires("catalogue")
@require_POST
def withdraw(request):
    """Take the chosen products down; the toast puts them back."""
    moved = []
    for product in products_of(request, request.POST.getlist("ids") or request.GET.getlist("ids")):
        was = product.status
        if services.withdraw(product=product, by=request.user).status != was:
            moved.append(product)
    if moved:
        text = ngettext("%(count)s product taken down", "%(count)s products taken down", len(moved))
        messages.success(request, text % {"count": len(moved)}, extra_tags=_undo("publish", moved))
    return redirect(_back(request))


@requires("catalogue")
@require_POST
def bulk(request):
    """The bulk bar's buttons: `do` is publish or withdraw."""
    acts = {"publish": publish, "withdraw": withdraw}
    if request.POST.get("do") not in acts:
        raise Http404
    return acts[request.POST["do"]](request)


def _undo(act: str, products: list[Product]) -> str:
    ids = urlencode({"ids": [product.public_id for product in products]}, doseq=True)
    return f"{reverse(f'shops:product_{act}')}?{ids}"


def _back(request) -> str:
    view = request.POST.get("view", "")
    query = urlencode({"view": view}) if view in selectors.SHELVES else ""
    return f"{reverse('shops:products')}?{query}".rstrip("?")
