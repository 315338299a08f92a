"""The one way in which an order changes its status."""

from datetime import datetime
from functools import cache

from django.db.models import Q

from core.prepared import Prepared
from notifications import live

from .models import Order


def move(order: Order, to: str, *, only_from: str | None = None, **fields: datetime) -> bool:
    """Move the order to `to` where Order.TRANSITIONS allows it, and set `fields` with it.

    A guarded UPDATE: False where someone was first, or it was never allowed. `order` then shows what it was before.
    """
    if not _moved(str(to), only_from, tuple(fields)).update(pk=order.pk, **fields):
        return False
    order.status = Order.Status(to)
    for name, value in fields.items():
        setattr(order, name, value)
    announce(order)
    return True


@cache
def _moved(to: str, only_from: str | None, moments: tuple[str, ...]) -> Prepared:
    """The UPDATE for this move, with times in these columns."""
    allowed = [start for start, targets in Order.TRANSITIONS.items() if to in targets]
    where = Q(status__in=[only_from] if only_from in allowed else [] if only_from else allowed)

    @Prepared(pk=int, **dict.fromkeys(moments, datetime))
    def rows(pk, **times):
        return Order.objects.filter(where, pk=pk), {"status": to, **times}

    return rows


def announce(order: Order) -> None:
    """Tell open pages of both sides, after commit, that the order changed."""
    live.send_to_both(order.buyer, order.shop, {"type": "order.changed", "id": order.public_id})
