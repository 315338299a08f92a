"""What the dashboard reads about orders."""

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from merchants.models import Membership
from shops.models import Shop

from .models import Order

Status = Order.Status

# Tabs of the dashboard and of the buyer's list -> statuses.
TABS = {
    "to_ship": [Status.PAID],
    "to_pay": [Status.UNPAID],
    "shipped": [Status.SHIPPED],
    "done": [Status.RECEIVED, Status.SETTLED],
    "refunds": [Status.REFUNDING, Status.REFUNDED],
    "cancelled": [Status.CANCELLED],
}
SOLD = [Status.PAID, Status.SHIPPED, Status.RECEIVED, Status.SETTLED]


def shop_orders(shop: Shop, *, tab: str = "", query: str = "") -> QuerySet[Order]:
    """A shop's orders, newest first, ready to be listed. `query`: order id, product, tracking number or buyer."""
    orders = Order.objects.of_shop(shop).select_related("buyer", "shipment").prefetch_related("lines")
    if tab in TABS:
        orders = orders.filter(status__in=TABS[tab])
    if query := query.strip()[:60]:
        goods = Q(lines__title__icontains=query) | Q(shipment__tracking_no__iexact=query)
        who = Q(buyer__nickname__icontains=query) | Q(public_id__istartswith=query)
        orders = orders.filter(pk__in=Order.objects.of_shop(shop).filter(goods | who).values("pk"))
    return orders


def tab_counts(shop: Shop) -> dict[str, int]:
    """Tab -> how many orders are in it; "" for all. One query."""
    by_status = dict(Order.objects.of_shop(shop).order_by().values_list("status").annotate(Count("pk")))
    counts = {tab: sum(by_status.get(status, 0) for status in statuses) for tab, statuses in TABS.items()}
    return {"": sum(by_status.values()), **counts}


def to_ship_count(membership: Membership) -> int:
    """Paid orders that wait for the shop."""
    return Order.objects.filter(shop__merchant=membership.merchant_id, status=Status.PAID).count()


def today_sales(membership: Membership) -> tuple[int, int]:
    """(orders, fen) paid since local midnight and not refunded."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    paid = Order.objects.filter(shop__merchant=membership.merchant_id, paid_at__gte=midnight, status__in=SOLD)
    figures = paid.aggregate(orders=Count("pk"), fen=Sum("total_fen"))
    return figures["orders"], figures["fen"] or 0
