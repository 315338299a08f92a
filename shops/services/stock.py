"""Stock: taken by a guarded update, so that it can't be oversold whatever else happens.

Lock order everywhere in this app: SKUs by primary key, then products by primary key.
"""

from collections import Counter
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core.prepared import Prepared

from ..errors import OutOfStock
from ..models import Product, Sku

Lines = Iterable[tuple[int, int]]


def _in_order(lines: Lines) -> list[tuple[int, int]]:
    """One entry for each SKU, by primary key: two orders over the same SKUs never wait on each other."""
    wanted: Counter[int] = Counter()
    for sku_id, quantity in lines:
        if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
            raise ValueError("a quantity is a whole number of at least 1")
        wanted[sku_id] += quantity
    return sorted(wanted.items())


def take_stock(*, lines: Lines) -> None:
    """Take all of it or nothing.

    Args:
        lines: (Sku primary key, quantity ≥ 1); the same SKU twice adds up.

    Raises:
        OutOfStock: too few left, or the variant was taken off sale; `sku_id` and `left` say which.
    """
    ordered = _in_order(lines)
    if len(ordered) == 1 and transaction.get_connection().in_atomic_block:
        _take(ordered)  # A refusal leaves nothing to undo, so there is no need of a savepoint.
        return
    with transaction.atomic():
        _take(ordered)


def _take(ordered: list[tuple[int, int]]) -> None:
    for sku_id, quantity in ordered:
        if not _sku_taken.update(sku_id=sku_id, quantity=quantity):
            raise _out_of_stock(sku_id)
    for sku_id, quantity in ordered:
        _product_taken.update(sku_id=sku_id, quantity=quantity)


@Prepared(sku_id=int, quantity=int)
def _sku_taken(sku_id, quantity):
    enough = Sku.objects.filter(pk=sku_id, stock__gte=quantity, archived_at=None)
    return enough, {"stock": F("stock") - quantity}


@Prepared(sku_id=int, quantity=int)
def _product_taken(sku_id, quantity):
    return _product_of(sku_id), {"stock": F("stock") - quantity}


def _product_of(sku_id):
    return Product.objects.filter(pk__in=Sku.objects.filter(pk=sku_id).values("product"))


def _out_of_stock(sku_id: int) -> OutOfStock:
    sku = Sku.objects.select_related("product").get(pk=sku_id)
    left = 0 if sku.archived_at else max(sku.stock, 0)
    message = _("Only %(left)s left of %(title)s") if left else _("%(title)s is sold out")
    return OutOfStock(message % {"left": left, "title": sku.product.title}, sku_id=sku.public_id, left=left)


@transaction.atomic
def return_stock(*, lines: Lines, sold: bool) -> None:
    """Give back what was taken.

    Args:
        lines: as in `take_stock`.
        sold: it had been counted by `count_sold`; the sale is uncounted as well.
    """
    ordered = _in_order(lines)
    for sku_id, quantity in ordered:
        uncounted = {"sold": F("sold") - quantity} if sold else {}
        Sku.objects.filter(pk=sku_id).update(stock=F("stock") + quantity, **uncounted)
    for sku_id, quantity in ordered:
        # A variant that was taken off sale keeps its stock to itself.
        Product.objects.filter(skus__in=Sku.objects.filter(pk=sku_id, archived_at=None)).update(
            stock=F("stock") + quantity
        )
        if sold:
            Product.objects.filter(skus=sku_id).update(sold=F("sold") - quantity)


@transaction.atomic(savepoint=False)
def count_sold(*, lines: Lines) -> None:
    """Count a paid order's goods as sold. The caller guards that each order is counted once."""
    ordered = _in_order(lines)
    for sku_id, quantity in ordered:
        _sku_sold.update(sku_id=sku_id, quantity=quantity)
    for sku_id, quantity in ordered:
        _product_sold.update(sku_id=sku_id, quantity=quantity)


@Prepared(sku_id=int, quantity=int)
def _sku_sold(sku_id, quantity):
    return Sku.objects.filter(pk=sku_id), {"sold": F("sold") + quantity}


@Prepared(sku_id=int, quantity=int)
def _product_sold(sku_id, quantity):
    return _product_of(sku_id), {"sold": F("sold") + quantity}
