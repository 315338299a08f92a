"""Everything that writes in this app, by file: intake, confirmation, closing, refunds, splits, sub_merchants."""

from .closing import close_payment, expire_payment
from .confirmation import confirm_paid, query_payment, receive_notification, settle
from .intake import MAX_AMOUNT_FEN, create_payment, prepay
from .refunds import FULL, LATE, confirm_refunded, query_refund, refund_in_full, retry_refund, send_refund
from .splits import confirm_split, query_split, request_split, retry_split, send_split
from .sub_merchants import apply_sub_merchant, correct_application, query_applyment, submit_applyment

__all__ = [
    "FULL",
    "LATE",
    "MAX_AMOUNT_FEN",
    "apply_sub_merchant",
    "close_payment",
    "confirm_paid",
    "confirm_refunded",
    "confirm_split",
    "correct_application",
    "create_payment",
    "expire_payment",
    "prepay",
    "query_applyment",
    "query_payment",
    "query_refund",
    "query_split",
    "receive_notification",
    "refund_in_full",
    "request_split",
    "retry_refund",
    "retry_split",
    "send_refund",
    "send_split",
    "settle",
    "submit_applyment",
]
