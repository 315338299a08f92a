"""What is read about orders: for the dashboard, and narrowly for a purchase, whose every column costs time."""

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import User
from core.errors import NotFound
from core.prepared import Prepared
from merchants.models import Membership
from shops.models import Shop, Sku

from .models import Order, Quote

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
# What decides whether a shop may sell, below the shop; see services.rules.check_seller.
SELLER = ["merchant__status", "merchant__fee_rate_bp", "merchant__sub_merchant__status"]
SHOP = ["public_id", "name", "is_open", *SELLER]
PRODUCT = ["public_id", "title", "cover", "status"]
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


def orderable_quote(buyer: User) -> QuerySet[Quote]:
    """Offers to this buyer, with all that an order of one needs."""
    columns = ["public_id", "buyer", "promises", "shipping_fen", "valid_until", "withdrawn_at"]
    quotes = Quote.objects.filter(buyer=buyer).select_related("shop__merchant__sub_merchant")
    return quotes.only(*columns, *(f"shop__{name}" for name in SHOP))


def orderable_skus(ids: list[str]) -> dict[str, Sku]:
    """Public id -> SKU, with all that an order of it needs."""
    return {id: sku for id in ids if (sku := _orderable_sku.first(id=id))}


@Prepared(id=str)
def _orderable_sku(id):
    columns = ["public_id", "name", "price_fen", "archived_at", *(f"product__{name}" for name in PRODUCT)]
    skus = Sku.objects.filter(public_id=id).select_related("product__shop__merchant__sub_merchant").order_by()
    return skus.only(*columns, *(f"product__shop__{name}" for name in SHOP))


def payable_order(buyer: User, id: str) -> Order:
    """This buyer's order with all that a prepay needs.

    Raises:
        NotFound: there is none with this public id.
    """
    if order := _payable.first(buyer_id=buyer.pk, id=id):
        return order
    raise NotFound


@Prepared(buyer_id=int, id=str)
def _payable(buyer_id, id):
    payment = [f.name for f in Order.payment.field.related_model._meta.concrete_fields]
    orders = Order.objects.of_buyer(buyer_id).filter(public_id=id).select_related("payment__sub_merchant").order_by()
    return orders.only("status", *(f"payment__{name}" for name in payment), "payment__sub_merchant__sub_mchid")
