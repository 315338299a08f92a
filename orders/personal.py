"""What orders hold about a person: handed out on request, forgotten on request.

The trade itself is kept, without the person: 电子商务法 article 31 asks for three years.
"""

import json

from django.db import transaction

from accounts.models import User

from .errors import OrderStillOpen
from .models import Order, Quote

Status = Order.Status
OPEN = [Status.UNPAID, Status.PAID, Status.SHIPPED, Status.REFUNDING]
# What remains of an address: where the parcel went, not to whom.
KEPT_OF_ADDRESS = ("province", "city")


def require_nothing_open(user: User) -> None:
    """Raises OrderStillOpen while an order of the person's is unpaid, on its way, or being refunded."""
    if Order.objects.of_buyer(user).filter(status__in=OPEN).exists():
        raise OrderStillOpen


def export_orders(user: User) -> list[dict]:
    """The person's orders as plain data, oldest first."""
    orders = Order.objects.of_buyer(user).select_related("shop").prefetch_related("lines").order_by("pk")
    return [
        {
            "id": order.public_id,
            "shop": order.shop.name,
            "status": order.status,
            "total_fen": order.total_fen,
            "created_at": order.created_at.isoformat(),
            "address": order.recipient,
            "note": order.buyer_note,
            "lines": [
                {"title": line.title, "quantity": line.quantity, "price_fen": line.price_fen}
                for line in order.lines.all()
            ],
        }
        for order in orders
    ]


@transaction.atomic
def forget_recipient(user: User) -> None:
    """Take name, phone, street, notes and what was asked for out of the person's orders and offers."""
    for order in Order.objects.of_buyer(user).select_for_update(of=("self",)).order_by("pk"):
        kept = {name: text if name in KEPT_OF_ADDRESS else "" for name, text in order.recipient.items()}
        order.address, order.buyer_note = json.dumps(kept, ensure_ascii=False), ""
        order.save(update_fields=["address", "buyer_note"])
    Quote.objects.filter(buyer=user).update(slip={}, note="")
