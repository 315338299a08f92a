"""Money that arrived. Notice, query and sweep all end in one door: `confirm_paid`."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import wechat.clients
from core import outbox
from core.prepared import OnConflict, Prepared, insert
from wechat.clients.pay import Notification, Transaction
from wechat.clients.pay import Refund as RefundAnswer
from wechat.errors import WeChatError

from .. import ledger
from ..errors import PaymentMismatch, UnknownPayment
from ..handlers import handler
from ..locks import lock_payment
from ..models import Payment, PayNotification
from . import refunds, splits

logger = logging.getLogger(__name__)


def receive_notification(notification: Notification) -> None:
    """Take a verified notification of WeChat Pay (settings.WECHAT_PAY_NOTIFICATION_HANDLER).

    The shape of the content decides, not its `event_type`: WeChat's own pages disagree about that.

    Raises:
        UnknownPayment, PaymentMismatch: it does not fit what we asked for; nothing moves and WeChat repeats it.
    """
    resource = notification.resource
    with transaction.atomic():
        received = PayNotification(
            notification_id=notification.id[:64],
            event_type=notification.event_type[:64],
            out_no=str(resource.get("out_refund_no") or resource.get("out_trade_no") or "")[:64],
        )
        insert(received, on_conflict=OnConflict.IGNORE, unique=("notification_id",))
        try:
            _take(resource)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise PaymentMismatch("a notification lacks what WeChat promises") from error


def _take(resource: dict) -> None:
    if "refund_status" in resource:
        refunds.record_answer(
            out_refund_no=resource["out_refund_no"],
            answer=RefundAnswer.parse(resource),
            sub_mchid=resource["sub_mchid"],
        )
    elif "receiver" in resource:
        splits.ask_again(out_order_no=resource["out_order_no"])
    elif "trade_state" in resource:
        if resource["sp_appid"] != settings.WECHAT_PAY_SP_APPID:
            raise _mismatch(resource["out_trade_no"], "appid")
        settle(Transaction.parse(resource))
    else:
        logger.warning("a notification of a kind that nobody asked for")


def query_payment(payment_id: int) -> Payment:
    """Ask WeChat whether this was paid, and confirm it if so. Not inside a transaction.

    Raises:
        WeChatError: WeChat did not answer.
    """
    payment = Payment.objects.select_related("sub_merchant").get(pk=payment_id)
    if payment.status == Payment.Status.PAID or not payment.prepay_id:
        return payment
    try:
        answer = wechat.clients.pay().query(sub_mchid=payment.sub_merchant.sub_mchid, out_trade_no=payment.out_trade_no)
    except WeChatError as error:
        if error.is_not_found:
            return payment
        raise
    return settle(answer) or payment


def settle(answer: Transaction) -> Payment | None:
    """What WeChat says of a payment, confirmed where it says paid; None where it doesn't."""
    if not answer.is_paid:
        return None
    if answer.currency != "CNY":
        raise _mismatch(answer.out_trade_no, "currency")
    return confirm_paid(
        out_trade_no=answer.out_trade_no,
        transaction_id=answer.transaction_id,
        amount_fen=answer.amount_fen,
        sub_mchid=answer.sub_mchid,
        paid_at=answer.succeeded_at,
    )


@transaction.atomic(savepoint=False)
def confirm_paid(
    *, out_trade_no: str, transaction_id: str, amount_fen: int | None, sub_mchid: str, paid_at: datetime | None
) -> Payment:
    """The one door for money that arrived. A repeat is a quiet no-op.

    A payment that was closed before is paid too, and goes back to the buyer by itself. The ledger is its audit log.

    Args:
        amount_fen: what WeChat says was paid, in fen.
        paid_at: WeChat's time (aware); now if it gave none.

    Raises:
        UnknownPayment: not our number.
        PaymentMismatch: another amount or merchant, or no transaction id.
    """
    payment = lock_payment(out_trade_no=out_trade_no)
    if payment is None:
        logger.error("paid, but unknown: %s", out_trade_no)
        raise UnknownPayment
    _check(payment, transaction_id, amount_fen, sub_mchid)
    if payment.status == Payment.Status.PAID:
        return payment
    late = payment.status == Payment.Status.CLOSED
    payment.status = Payment.Status.PAID
    payment.transaction_id = transaction_id
    payment.paid_at = paid_at or timezone.now()
    payment.ask_at = None
    _paid.update(pk=payment.pk, transaction_id=transaction_id, paid_at=payment.paid_at)
    if late:
        refunds.refund_in_full(payment=payment, key=refunds.LATE, reason="订单已关闭，款项自动退回")
    else:
        outbox.cancel(kind="payments.expire", key=out_trade_no)
        handler(payment.purpose, "confirm")(payment=payment)
    ledger.post(
        reference=f"pay:{out_trade_no}",
        payment=payment,
        entries={ledger.Kind.EXTERNAL: -payment.amount_fen, ledger.Kind.FROZEN: payment.amount_fen},
    )
    return payment


@Prepared(pk=int, transaction_id=str, paid_at=datetime)
def _paid(pk, transaction_id, paid_at):
    changes = {"status": Payment.Status.PAID, "transaction_id": transaction_id, "paid_at": paid_at, "ask_at": None}
    return Payment.objects.filter(pk=pk), changes


def _check(payment: Payment, transaction_id: str, amount_fen: int | None, sub_mchid: str) -> None:
    if amount_fen != payment.amount_fen:
        raise _mismatch(payment.out_trade_no, "amount")
    if sub_mchid != payment.sub_merchant.sub_mchid:
        raise _mismatch(payment.out_trade_no, "sub_mchid")
    if not transaction_id or (payment.transaction_id and transaction_id != payment.transaction_id):
        raise _mismatch(payment.out_trade_no, "transaction_id")


def _mismatch(out_trade_no: str, what: str) -> PaymentMismatch:
    logger.error("payment %s refused: %s does not match", out_trade_no, what)
    return PaymentMismatch(field=what)
