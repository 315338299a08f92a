"""Everything that writes in this app, by file: quotes, placing, paying, fulfilling."""

from .fulfilling import (
    receive_automatically,
    receive_by_transaction,
    receive_order,
    refund_order,
    settle_order,
    ship_order,
    upload_shipping,
)
from .paying import cancel_order, confirm_closed, confirm_payment, confirm_refund, confirm_split, prepay_order
from .placing import place_order
from .quotes import QuoteItem, make_quote, withdraw_quote

__all__ = [
    "QuoteItem",
    "cancel_order",
    "confirm_closed",
    "confirm_payment",
    "confirm_refund",
    "confirm_split",
    "make_quote",
    "place_order",
    "prepay_order",
    "receive_automatically",
    "receive_by_transaction",
    "receive_order",
    "refund_order",
    "settle_order",
    "ship_order",
    "upload_shipping",
    "withdraw_quote",
]
