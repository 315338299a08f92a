"""Placing an order: everything frozen, stock taken last, all of it or nothing."""

import json
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Address, User
from core import ids
from core.errors import NotFound
from core.prepared import Prepared, insert
from payments import services as payments
from shops import services as shops
from shops.models import Shop, Sku

from ..errors import BadLines, PriceChanged, QuoteExpired, QuoteWithdrawn
from ..models import Order, OrderLine, Quote
from ..signals import order_placed
from .rules import check_lines, check_seller, check_total

ADDRESS_FIELDS = ("name", "phone", "province", "city", "district", "detail")
MAX_NOTE = 100


def place_order(
    *,
    buyer: User,
    address: Address,
    idempotency_key: str,
    quote: Quote | None = None,
    lines: Sequence[tuple[Sku, int]] | None = None,
    note: str = "",
    total_fen: int | None = None,
) -> Order:
    """Order what a quote offers, or `lines` of one shop at today's prices.

    The same key again returns the first order and moves nothing.

    Args:
        lines: (SKU with its product, shop and merchant, quantity); not together with `quote`.
        note: to the shop, at most 100 characters.
        total_fen: what the buyer was shown, in fen; refused where it costs something else by now.

    Raises:
        NotFound: another person's address or quote.
        BadLines, ProductUnavailable, ShopCannotSell: cannot be bought.
        QuoteExpired, QuoteWithdrawn, PriceChanged: not at this price any more.
        OutOfStock: fewer left.
    """
    if address.user_id != buyer.pk or (quote is not None and quote.buyer_id != buyer.pk):
        raise NotFound
    if earlier := _earlier(buyer, idempotency_key):
        return earlier
    shop, priced, shipping_fen = _from_quote(quote) if quote is not None else _from_lines(lines)
    goods_fen = sum(quantity * price for _, quantity, price in priced)
    check_total(goods_fen + shipping_fen)
    if total_fen is not None and total_fen != goods_fen + shipping_fen:
        raise PriceChanged(total_fen=goods_fen + shipping_fen)
    if len(note) > MAX_NOTE:
        raise BadLines(fields={"note": [BadLines.title]})
    merchant = check_seller(shop)
    order = Order(
        public_id=ids.public_id(),
        shop=shop,
        buyer=buyer,
        quote=quote,
        goods_fen=goods_fen,
        shipping_fen=shipping_fen,
        total_fen=goods_fen + shipping_fen,
        fee_rate_bp=merchant.fee_rate_bp,
        promises=quote.promises if quote is not None else [],
        buyer_note=note,
        address=json.dumps({name: getattr(address, name) for name in ADDRESS_FIELDS}, ensure_ascii=False),
        idempotency_key=idempotency_key,
        expires_at=timezone.now() + timedelta(seconds=settings.ORDER_PAY_WINDOW_SECONDS),
    )
    try:
        return _save(order, priced)
    except IntegrityError:
        # The same request, at the same moment: the other one made the order and this one rolled back.
        if earlier := _earlier(buyer, idempotency_key):
            return earlier
        raise


def _earlier(buyer: User, idempotency_key: str) -> Order | None:
    return _placed.first(buyer_id=buyer.pk, key=idempotency_key)


@Prepared(buyer_id=int, key=str)
def _placed(buyer_id, key):
    return Order.objects.filter(buyer=buyer_id, idempotency_key=key).order_by()


@transaction.atomic
def _save(order: Order, priced: list[tuple[Sku, int, int]]) -> Order:
    """No audit row: the order itself says who bought what and when."""
    order.payment = payments.create_payment(
        purpose="order",
        subject_id=order.public_id,
        payer=order.buyer,
        sub_merchant=order.shop.merchant.sub_merchant,
        amount_fen=order.total_fen,
        description=f"{order.shop.name}：{priced[0][0].product.title}",
        expires_at=order.expires_at,
    )
    # Before the stock: a repeat at the same moment waits here and never counts the last unit against itself.
    insert(order)
    order.goods = [
        OrderLine(
            order=order,
            sku=sku,
            title=sku.product.title,
            sku_name=sku.name,
            cover=sku.product.cover,
            quantity=quantity,
            price_fen=price,
        )
        for sku, quantity, price in priced
    ]
    insert(*order.goods)
    order_placed.send(sender=Order, order=order)
    # Last: other buyers wait for these rows until we commit.
    shops.take_stock(lines=[(sku.pk, quantity) for sku, quantity, _ in priced])
    return order


def _from_quote(quote: Quote) -> tuple[Shop, list[tuple[Sku, int, int]], int]:
    if quote.withdrawn_at is not None:
        raise QuoteWithdrawn
    if quote.valid_until <= timezone.now():
        raise QuoteExpired
    offered = quote.goods
    check_lines(quote.shop, [(line.sku, line.quantity) for line in offered])
    return quote.shop, [(line.sku, line.quantity, line.price_fen) for line in offered], quote.shipping_fen


def _from_lines(lines: Sequence[tuple[Sku, int]] | None) -> tuple[Shop, list[tuple[Sku, int, int]], int]:
    if not lines:
        raise BadLines
    shop = lines[0][0].product.shop
    check_lines(shop, lines)
    return shop, [(sku, quantity, sku.price_fen) for sku, quantity in lines], 0
