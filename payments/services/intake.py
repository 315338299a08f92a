"""Asking for money: a payment row, and the prepay at WeChat that lets the buyer's phone pay it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

import wechat.clients
from accounts.models import User
from core import ids, outbox
from core.prepared import Prepared, insert
from wechat.errors import WeChatError

from .. import asking
from ..errors import AlreadyPaid, NotPayable, PayRefused, PayUnavailable
from ..models import Payment, SubMerchant
from .confirmation import query_payment

# WeChat keeps a prepay_id for two hours; a buyer may look at the cashier for some minutes of them.
PREPAY_LIVES = timedelta(minutes=110)
MAX_AMOUNT_FEN = 1_000_000_000  # WeChat's ceiling for one order, 10,000,000 yuan.


def create_payment(
    *,
    purpose: str,
    subject_id: str,
    payer: User,
    sub_merchant: SubMerchant,
    amount_fen: int,
    description: str,
    expires_at: datetime,
) -> Payment:
    """Ask a buyer for money, in the caller's transaction; nobody can pay it after `expires_at` (UTC).

    Args:
        purpose: key of settings.PAYMENT_HANDLERS.
        subject_id: public id of the thing paid for; a second payment for it raises IntegrityError.
        amount_fen: 1 to MAX_AMOUNT_FEN.
        description: on the buyer's bill; cut to 127 characters.

    Raises:
        ValueError: no handlers for the purpose, or an amount that WeChat cannot take.
    """
    if purpose not in settings.PAYMENT_HANDLERS:
        raise ValueError(f"{purpose} has no handlers in PAYMENT_HANDLERS")
    if not 1 <= amount_fen <= MAX_AMOUNT_FEN:
        raise ValueError("WeChat takes 1 fen to 10,000,000 yuan")
    payment = Payment(
        purpose=purpose,
        subject_id=subject_id,
        payer=payer,
        sub_merchant=sub_merchant,
        amount_fen=amount_fen,
        description=description[:127],
        expires_at=expires_at,
        out_trade_no=f"P{ids.public_id()}",
    )
    insert(payment)
    outbox.enqueue(
        kind="payments.expire", key=payment.out_trade_no, payload={"payment_id": payment.pk}, due_at=expires_at
    )
    return payment


def prepay(*, payment: Payment, openid: str) -> dict[str, str]:
    """Open the payment at WeChat and return what wx.requestPayment wants. Not inside a transaction.

    Repeats use the same prepay until it grows old; then WeChat gives a new one for the same number.

    Args:
        openid: the payer's in our mini-program.

    Raises:
        NotPayable: expired, or closed meanwhile.
        AlreadyPaid: it is paid; the confirmation has run.
        PayUnavailable: WeChat did not answer; the same again is safe.
        PayRefused: WeChat refused for good.
    """
    now = timezone.now()
    if payment.status == Payment.Status.PAID:
        raise AlreadyPaid
    if payment.status != Payment.Status.PENDING or payment.expires_at <= now:
        raise NotPayable
    client = wechat.clients.pay()
    if not payment.prepay_id or payment.prepaid_at < now - PREPAY_LIVES:
        _open(client, payment, openid)
    return client.payment_params(prepay_id=payment.prepay_id)


def _open(client, payment: Payment, openid: str) -> None:
    try:
        prepay_id = client.prepay(
            sub_mchid=payment.sub_merchant.sub_mchid,
            out_trade_no=payment.out_trade_no,
            description=payment.description,
            amount_fen=payment.amount_fen,
            payer_openid=openid,
            time_expire=payment.expires_at,
        )
    except WeChatError as error:
        raise _refusal(payment, error) from error
    now = timezone.now()
    if not _prepaid.update(pk=payment.pk, prepay_id=prepay_id, now=now, ask_at=now + asking.FIRST):
        # Closed while we asked. The prepay_id is handed to nobody, so nobody can pay with it.
        raise NotPayable
    payment.prepay_id, payment.prepaid_at = prepay_id, now


@Prepared(pk=int, prepay_id=str, now=datetime, ask_at=datetime)
def _prepaid(pk, prepay_id, now, ask_at):
    pending = Payment.objects.filter(pk=pk, status=Payment.Status.PENDING)
    return pending, {"prepay_id": prepay_id, "prepaid_at": now, "ask_at": ask_at}


def _refusal(payment: Payment, error: WeChatError) -> Exception:
    if error.is_order_paid:
        query_payment(payment.pk)
        return AlreadyPaid()
    if error.is_order_closed:
        return NotPayable()
    if error.permanent and not error.is_configuration:
        return PayRefused(wechat_code=error.code)
    return PayUnavailable()
