"""Ending a payment that nobody made, without ever keeping money on a dead order.

WeChat is asked and its order closed before ours is; whoever pays between the two is confirmed, and
money that still arrives afterwards goes back by itself (confirm_paid).
"""

from django.db import transaction
from django.utils import timezone

import wechat.clients
from core import audit, outbox
from wechat.errors import WeChatError

from ..errors import PayUnavailable
from ..handlers import handler
from ..models import Payment
from .confirmation import query_payment


def expire_payment(payment_id: int) -> None:
    """Outbox handler at `expires_at`: close the payment, unless it was made after all."""
    payment = Payment.objects.select_related("sub_merchant").get(pk=payment_id)
    try:
        _close(payment)
    except WeChatError as error:
        raise outbox.Retry(error.code, error.message) from error


def close_payment(*, payment: Payment) -> Payment:
    """Close it now; returns it CLOSED, or PAID where the buyer was faster. Not inside a transaction.

    Raises:
        PayUnavailable: WeChat did not answer, so nobody knows yet; the same again is safe.
    """
    try:
        return _close(payment)
    except WeChatError as error:
        raise PayUnavailable from error


def _close(payment: Payment) -> Payment:
    if payment.status != Payment.Status.PENDING:
        return payment
    if payment.prepay_id:
        payment = query_payment(payment.pk)
        if payment.status == Payment.Status.PENDING and not _closed_at_wechat(payment):
            payment = query_payment(payment.pk)
        if payment.status != Payment.Status.PENDING:
            return payment
    closed = _close_here(payment)
    payment = Payment.objects.select_related("sub_merchant").get(pk=payment.pk)
    # A prepay came between: what it opened at WeChat is closed there first.
    return payment if closed else _close(payment)


def _closed_at_wechat(payment: Payment) -> bool:
    """False where WeChat says that it was paid meanwhile."""
    try:
        wechat.clients.pay().close(sub_mchid=payment.sub_merchant.sub_mchid, out_trade_no=payment.out_trade_no)
    except WeChatError as error:
        if error.is_order_paid:
            return False
        if not (error.is_order_closed or error.is_not_found):
            raise
    return True


@transaction.atomic
def _close_here(payment: Payment) -> bool:
    """False where it is no longer as we saw it: paid, closed, or given a prepay that is still payable."""
    closed = Payment.objects.filter(pk=payment.pk, status=Payment.Status.PENDING, prepay_id=payment.prepay_id).update(
        status=Payment.Status.CLOSED, closed_at=timezone.now(), ask_at=None
    )
    if closed:
        audit.record(actor=None, action="payments.closed", target=payment)
        outbox.cancel(kind="payments.expire", key=payment.out_trade_no)
        handler(payment.purpose, "closed")(payment=payment)
    return bool(closed)
