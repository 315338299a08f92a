"""The shop's orders: what to send, where to, and what was promised."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.money import yuan
from merchants.permissions import requires

from . import selectors, services
from .carriers import carrier_name
from .forms import STATUS_TONES, ListForm, RefundForm, ShippingForm
from .models import Order

PAGE = 20


@requires("orders")
@require_safe
def order_list(request):
    form = ListForm(request.GET)
    form.is_valid()
    tab, query = form.cleaned_data.get("view", ""), form.cleaned_data.get("q", "")
    shop = request.membership.merchant.shop
    page = Paginator(selectors.shop_orders(shop, tab=tab, query=query), PAGE).get_page(request.GET.get("page"))
    counts = selectors.tab_counts(shop)
    for order in page:
        order.tone = STATUS_TONES[order.status]
    context = {"page": page, "tab": tab, "query": query, "tabs": _tabs(counts), "total": counts[""]}
    return render(request, "orders/list.html", context)


@requires("orders")
@require_safe
def order_detail(request, id):
    return _show(request, _own(request, id))


@requires("ship")
@require_POST
def ship(request, id):
    order = _own(request, id)
    form = ShippingForm(request.POST)
    if form.is_valid():
        try:
            services.ship_order(order=order, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            _say(form, refusal)
        else:
            messages.success(request, _("Shipped; the buyer knows"))
            return redirect("orders:detail", id)
    return _show(request, _own(request, id), shipping_form=form, status=422)


@requires("refund")
@require_POST
def refund(request, id):
    order = _own(request, id)
    form = RefundForm(request.POST)
    if form.is_valid():
        try:
            services.refund_order(order=order, by=request.user, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            _say(form, refusal)
        else:
            messages.success(request, _("%(amount)s goes back to the buyer") % {"amount": yuan(order.total_fen)})
            return redirect("orders:detail", id)
    return _show(request, _own(request, id), refund_form=form, status=422)


def _own(request, id: str) -> Order:
    rows = Order.objects.of_shop(request.membership.merchant.shop).select_related(
        "shop", "buyer", "quote", "shipment__shipped_by", "payment"
    )
    return get_object_or_404(rows.prefetch_related("lines__sku__product", "payment__refunds"), public_id=id)


def _show(request, order: Order, *, shipping_form=None, refund_form=None, status=200):
    can = request.membership.can
    shipment = getattr(order, "shipment", None)
    context = {
        "order": order,
        "shipment": shipment,
        "carrier": carrier_name(shipment.company) if shipment and shipment.company else "",
        "slip": order.quote.slip if order.quote else {},
        "steps": _steps(order),
        "refunds": order.payment.refunds.all(),
        "amount": yuan(order.total_fen),
        "shipping_form": (shipping_form or ShippingForm()) if order.is_shippable and can("ship") else None,
        "refund_form": (refund_form or RefundForm()) if order.is_refundable and can("refund") else None,
    }
    return render(request, "orders/detail.html", context, status=status)


def _tabs(counts: dict[str, int]) -> list[tuple[str, str, int | None]]:
    labels = {
        "": _("All orders"),
        "to_ship": _("To be shipped"),
        "to_pay": _("To be paid"),
        "shipped": _("On its way"),
        "done": _("Completed"),
        "refunds": _("Refunds"),
        "cancelled": _("Cancelled"),
    }
    return [(tab, label, counts[tab]) for tab, label in labels.items()]


def _steps(order: Order) -> list[tuple[str, object]]:
    times = [
        (_("Placed"), order.created_at),
        (_("Paid"), order.paid_at),
        (_("Sent off"), order.shipped_at),
        (_("Received"), order.received_at),
        (_("Settled"), order.settled_at),
        (_("Closed"), order.closed_at),
    ]
    return [(name, at) for name, at in times if at]


def _say(form, refusal: DomainError) -> None:
    """Put a refusal beside the field that it speaks of, else above the form."""
    fields = getattr(refusal, "fields", {})
    for name in fields:
        form.add_error(name if name in form.fields else None, str(refusal.message))
    if not fields:
        form.add_error(None, str(refusal.message))
