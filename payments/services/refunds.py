"""Giving money back: saved as pending, sent by the outbox, booked when WeChat says that it happened."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

import wechat.clients
from accounts.models import User
from core import audit, ids, outbox
from wechat.clients.pay import Refund as RefundAnswer
from wechat.errors import WeChatError

from .. import asking, ledger
from ..errors import NotRefundable, PaymentMismatch, UnknownPayment
from ..handlers import handler
from ..locks import lock_payment
from ..models import Payment, Refund, Split

logger = logging.getLogger(__name__)

FULL, LATE = "full", "late"
# A refund that WeChat closed moved nothing and binds nothing.
BINDING = [s for s in Refund.Status if s != Refund.Status.CLOSED]


@transaction.atomic
def refund_in_full(*, payment: Payment, key: str, reason: str) -> Refund:
    """Give back all that is left of a payment. The same `key` again, or nothing left, returns the first refund.

    Args:
        key: FULL or LATE.
        reason: shown to the buyer by WeChat; cut to 80 characters.

    Raises:
        NotRefundable: not paid, or already released to the merchant.
    """
    payment = lock_payment(pk=payment.pk)
    earlier = payment.refunds.filter(key=key).first()
    if earlier is not None:
        return earlier
    if payment.status != Payment.Status.PAID or Split.objects.filter(payment=payment).exists():
        raise NotRefundable
    bound = payment.refunds.filter(status__in=BINDING).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    if bound >= payment.amount_fen:
        return payment.refunds.filter(status__in=BINDING).first()
    refund = Refund.objects.create(
        payment=payment,
        key=key,
        out_refund_no=_new_number(),
        amount_fen=payment.amount_fen - bound,
        reason=reason[:80],
    )
    audit.record(actor=None, action="payments.refund_asked", target=refund, amount_fen=refund.amount_fen, key=key)
    _send_soon(refund)
    return refund


@transaction.atomic
def retry_refund(*, refund: Refund, by: User) -> None:
    """Ops: send again what WeChat closed (under a new number, as it asks) or what needs a person.

    Raises:
        NotRefundable: it is under way or done.
    """
    lock_payment(pk=refund.payment_id)
    refund = Refund.objects.get(pk=refund.pk)
    if refund.status not in (Refund.Status.CLOSED, Refund.Status.ABNORMAL):
        raise NotRefundable
    if refund.status == Refund.Status.CLOSED:
        refund.out_refund_no, refund.refund_id, refund.status = _new_number(), "", Refund.Status.PENDING
    else:
        refund.status = Refund.Status.PROCESSING
    refund.error_code = ""
    refund.save(update_fields=["out_refund_no", "refund_id", "status", "error_code"])
    audit.record(actor=by, action="payments.refund_retried", target=refund)
    _send_soon(refund)


def send_refund(refund_id: int) -> None:
    """Outbox handler. A second attempt asks first what became of the one before, then repeats the same number."""
    refund = _with_parties(refund_id)
    if refund.status in (Refund.Status.SUCCEEDED, Refund.Status.CLOSED):
        return
    try:
        answer = _query(refund) if refund.status != Refund.Status.PENDING else None
        answer = answer or _apply(refund)
    except WeChatError as error:
        if error.permanent:
            _note(refund, Refund.Status.ABNORMAL, error.code)
            raise outbox.GiveUp(error.code, error.message) from error
        raise outbox.Retry(error.code, error.message) from error
    _record(refund, answer)


def query_refund(refund_id: int) -> None:
    """Ask WeChat what became of a refund, and book it. Not inside a transaction."""
    refund = _with_parties(refund_id)
    if refund.status in (Refund.Status.SUCCEEDED, Refund.Status.CLOSED):
        return
    if answer := _query(refund):
        _record(refund, answer)


def record_answer(*, out_refund_no: str, answer: RefundAnswer, sub_mchid: str) -> None:
    """Book what a notification says of a refund.

    Raises:
        UnknownPayment: not our number.
        PaymentMismatch: another amount, payment or merchant.
    """
    refund = Refund.objects.select_related("payment__sub_merchant").filter(out_refund_no=out_refund_no).first()
    if refund is None:
        raise UnknownPayment
    payment = refund.payment
    if (sub_mchid, answer.out_trade_no) != (payment.sub_merchant.sub_mchid, payment.out_trade_no):
        raise PaymentMismatch
    _record(refund, answer)


@transaction.atomic(savepoint=False)
def confirm_refunded(*, refund: Refund, refund_id: str, succeeded_at: datetime | None) -> None:
    """The one door for money that went back. A repeat is a quiet no-op."""
    payment = lock_payment(pk=refund.payment_id)
    changed = (
        Refund.objects.filter(pk=refund.pk)
        .exclude(status=Refund.Status.SUCCEEDED)
        .update(
            status=Refund.Status.SUCCEEDED,
            refund_id=refund_id,
            error_code="",
            succeeded_at=succeeded_at or timezone.now(),
            ask_at=None,
        )
    )
    if not changed:
        return
    refund.refresh_from_db(fields=["status", "refund_id", "succeeded_at"])
    Payment.objects.filter(pk=payment.pk).update(refunded_fen=F("refunded_fen") + refund.amount_fen)
    audit.record(actor=None, action="payments.refunded", target=refund, amount_fen=refund.amount_fen)
    handler(payment.purpose, "refunded")(payment=payment, refund=refund)
    ledger.post(
        reference=f"refund:{refund.out_refund_no}",
        payment=payment,
        entries={ledger.Kind.FROZEN: -refund.amount_fen, ledger.Kind.EXTERNAL: refund.amount_fen},
    )


def _record(refund: Refund, answer: RefundAnswer) -> None:
    if answer.refund_fen != refund.amount_fen:
        logger.error("refund %s: WeChat says another amount", refund.out_refund_no)
        raise PaymentMismatch(field="amount")
    if answer.status == "SUCCESS":
        confirm_refunded(refund=refund, refund_id=answer.refund_id, succeeded_at=answer.succeeded_at)
    elif answer.status == "PROCESSING":
        _note(refund, Refund.Status.PROCESSING, refund_id=answer.refund_id, ask_at=asking.first_time())
    else:
        status = Refund.Status.CLOSED if answer.status == "CLOSED" else Refund.Status.ABNORMAL
        _note(refund, status, answer.status, refund_id=answer.refund_id, ask_at=None)


def _query(refund: Refund) -> RefundAnswer | None:
    try:
        return wechat.clients.pay().query_refund(
            sub_mchid=refund.payment.sub_merchant.sub_mchid, out_refund_no=refund.out_refund_no
        )
    except WeChatError as error:
        if error.is_not_found:
            return None
        raise


def _apply(refund: Refund) -> RefundAnswer:
    # Marked before it leaves: whoever comes after a crash asks first.
    _note(refund, Refund.Status.PROCESSING)
    payment = refund.payment
    return wechat.clients.pay().refund(
        sub_mchid=payment.sub_merchant.sub_mchid,
        out_refund_no=refund.out_refund_no,
        refund_fen=refund.amount_fen,
        total_fen=payment.amount_fen,
        transaction_id=payment.transaction_id,
        reason=refund.reason,
    )


def _note(refund: Refund, status: str, error_code: str = "", **fields) -> None:
    # A success is final: a slower answer never takes it back.
    Refund.objects.filter(pk=refund.pk).exclude(status=Refund.Status.SUCCEEDED).update(
        status=status, error_code=error_code[:64], **fields
    )


def _with_parties(refund_id: int) -> Refund:
    return Refund.objects.select_related("payment__sub_merchant").get(pk=refund_id)


def _new_number() -> str:
    return f"R{ids.public_id()}"


def _send_soon(refund: Refund) -> None:
    # Not by the number alone: ops may send the same number again after its row was done.
    key = f"{refund.out_refund_no}:{ids.public_id()}"
    outbox.enqueue(kind="payments.refund", key=key, payload={"refund_id": refund.pk})
