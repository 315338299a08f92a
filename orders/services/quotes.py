"""Offers to one buyer: what a product card in an answer and an order card in a chat stand for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core import audit
from shops.models import Shop, Sku

from ..errors import BadQuote, OrderNotInState
from ..models import Quote, QuoteLine
from .rules import MAX_PRICE_FEN, check_lines, check_total

MAX_PROMISES = 10
MAX_PROMISE = 60
MAX_SLIP_JSON = 16_000


@dataclass(frozen=True)
class QuoteItem:
    """One line of an offer. `price_fen` for each, the SKU's own if None."""

    sku: Sku
    quantity: int = 1
    price_fen: int | None = None


@transaction.atomic
def make_quote(
    *,
    shop: Shop,
    buyer: User,
    by: User,
    source: str,
    lines: Sequence[QuoteItem],
    promises: list[str],
    valid_until: datetime,
    shipping_fen: int = 0,
    note: str = "",
    slip: dict | None = None,
) -> Quote:
    """Offer goods to one buyer at a price that holds until `valid_until` (UTC).

    Args:
        by: the member of staff who offers.
        source: Quote.Source, where it was made.
        promises: what the shop promises, at most 10 of 60 characters; kept on the order.
        slip: what the buyer had asked for, {"title", "facts": [{"label", "value"}]}; shown on the order.

    Raises:
        BadLines: none, too many, another shop's, or the same twice.
        BadQuote: a price, postage, date, note or promise that cannot be.
        ProductUnavailable: not on sale.
    """
    check_lines(shop, [(item.sku, item.quantity) for item in lines])
    priced = [(i.sku, i.quantity, i.sku.price_fen if i.price_fen is None else i.price_fen) for i in lines]
    if any(not _whole(price) or not 1 <= price <= MAX_PRICE_FEN for _, _, price in priced):
        raise BadQuote(fields={"price_fen": [BadQuote.title]})
    if not _whole(shipping_fen) or not 0 <= shipping_fen <= MAX_PRICE_FEN:
        raise BadQuote(fields={"shipping_fen": [BadQuote.title]})
    check_total(shipping_fen + sum(quantity * price for _, quantity, price in priced))
    if valid_until <= timezone.now():
        raise BadQuote(fields={"valid_until": [BadQuote.title]})
    _check_texts(promises, slip, note)
    quote = Quote.objects.create(
        shop=shop,
        buyer=buyer,
        created_by=by,
        source=Quote.Source(source),
        promises=promises,
        slip=slip or {},
        note=note,
        shipping_fen=shipping_fen,
        valid_until=valid_until,
    )
    QuoteLine.objects.bulk_create(
        QuoteLine(quote=quote, sku=sku, quantity=quantity, price_fen=price) for sku, quantity, price in priced
    )
    return quote


@transaction.atomic
def withdraw_quote(*, quote: Quote, by: User) -> None:
    """Take an offer back; orders that were placed on it stay. A repeat is a quiet no-op.

    Raises:
        OrderNotInState: it has run out already.
    """
    if quote.valid_until <= timezone.now():
        raise OrderNotInState
    if Quote.objects.filter(pk=quote.pk, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        audit.record(actor=by, action="orders.quote_withdrawn", target=quote)


def _whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _check_texts(promises: object, slip: object, note: str) -> None:
    if not isinstance(promises, list) or len(promises) > MAX_PROMISES:
        raise BadQuote(fields={"promises": [BadQuote.title]})
    if any(not isinstance(promise, str) or not 1 <= len(promise) <= MAX_PROMISE for promise in promises):
        raise BadQuote(fields={"promises": [BadQuote.title]})
    if len(note) > Quote._meta.get_field("note").max_length:
        raise BadQuote(fields={"note": [BadQuote.title]})
    if len(json.dumps(slip or {})) > MAX_SLIP_JSON:
        raise BadQuote(fields={"slip": [BadQuote.title]})
