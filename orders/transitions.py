"""The one way in which an order changes its status."""

from django.db.models import Q

from notifications import live

from .models import Order


def move(order: Order, to: str, *, only_from: str | None = None, **fields) -> bool:
    """Move the order to `to` where Order.TRANSITIONS allows it, and set `fields` with it.

    A guarded UPDATE: False where someone was first, or it was never allowed. `order` then shows what it was before.
    """
    allowed = [start for start, targets in Order.TRANSITIONS.items() if to in targets]
    where = Q(status=only_from) if only_from else Q(status__in=allowed)
    if not Order.objects.filter(where, pk=order.pk, status__in=allowed).update(status=to, **fields):
        return False
    order.status = Order.Status(to)
    for name, value in fields.items():
        setattr(order, name, value)
    announce(order)
    return True


def announce(order: Order) -> None:
    """Tell open pages of both sides, after commit, that the order changed."""
    event = {"type": "order.changed", "id": order.public_id}
    live.send_to_user(order.buyer, event)
    live.send_to_shop(order.shop, event)
