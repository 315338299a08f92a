"""Releasing frozen money: the platform's fee to the platform, the rest to the merchant."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import wechat.clients
from accounts.models import User
from core import audit, ids, outbox
from wechat.clients.pay import Share
from wechat.clients.pay import Split as SplitAnswer
from wechat.errors import WeChatError

from .. import asking, ledger
from ..errors import NotSplittable
from ..handlers import handler
from ..locks import lock_payment
from ..models import Payment, Split
from .refunds import BINDING

logger = logging.getLogger(__name__)

# WeChat's default ceiling for everything split off an order, in percent (wechat.md, 3.2).
MAX_FEE_PERCENT = 30


@transaction.atomic
def request_split(*, payment: Payment, fee_fen: int) -> Split:
    """Ask for a payment's money to be released, no sooner than SPLIT_DELAY_SECONDS after it was paid.

    A repeat returns the first.

    Args:
        fee_fen: the platform's part; the merchant gets the rest.

    Raises:
        NotSplittable: not paid, or refunded or being refunded.
        ValueError: a fee outside 0..30%.
    """
    payment = lock_payment(pk=payment.pk)
    earlier = Split.objects.filter(payment=payment).first()
    if earlier is not None:
        return earlier
    if payment.status != Payment.Status.PAID or payment.refunds.filter(status__in=BINDING).exists():
        raise NotSplittable
    if not 0 <= fee_fen * 100 <= payment.amount_fen * MAX_FEE_PERCENT:
        raise ValueError("the platform's fee is at most 30% of the payment")
    split = Split.objects.create(
        payment=payment,
        out_order_no=_new_number(),
        merchant_fen=payment.amount_fen - fee_fen,
        fee_fen=fee_fen,
    )
    audit.record(actor=None, action="payments.split_asked", target=split, fee_fen=fee_fen)
    due_at = payment.paid_at + timedelta(seconds=settings.SPLIT_DELAY_SECONDS)
    outbox.enqueue(
        kind="payments.split",
        key=split.out_order_no,
        payload={"split_id": split.pk},
        due_at=max(due_at, timezone.now()),
    )
    return split


@transaction.atomic
def retry_split(*, split: Split, by: User) -> None:
    """Ops: send again what WeChat refused, under the same number; or what it closed, under a new one.

    The same number again is the same request, so a closed one stays closed. Ops remove the cause before
    (pay.weixin.qq.com/doc/v2/partner/4015505153 lists causes and cures).

    Raises:
        NotSplittable: it is under way or done.
    """
    lock_payment(pk=split.payment_id)
    split = Split.objects.get(pk=split.pk)
    if split.status not in (Split.Status.FAILED, Split.Status.CLOSED):
        raise NotSplittable
    spent = split.out_order_no
    if split.status == Split.Status.CLOSED:
        split.out_order_no, split.status = _new_number(), Split.Status.PENDING
    else:
        split.status = Split.Status.PROCESSING
    split.error_code = ""
    split.save(update_fields=["out_order_no", "status", "error_code"])
    audit.record(actor=by, action="payments.split_retried", target=split, out_order_no=spent)
    key = f"{split.out_order_no}:{ids.public_id()}"
    outbox.enqueue(kind="payments.split", key=key, payload={"split_id": split.pk, "again": True})


def send_split(split_id: int, again: bool = False) -> None:
    """Outbox handler. A second attempt asks first what became of the one before, then repeats the same number.

    Args:
        again: an earlier number or attempt failed, so the money may be out of WeChat's freezer already.
    """
    split = _with_parties(split_id)
    if split.status in (Split.Status.FINISHED, Split.Status.CLOSED):
        return
    try:
        answer = _query(split) if split.status != Split.Status.PENDING else None
        if answer is None and again and not _still_frozen(split):
            _book_without_fee(split)
            return
        answer = answer or _apply(split)
    except WeChatError as error:
        if error.permanent:
            _note(split, Split.Status.FAILED, error.code)
            raise outbox.GiveUp(error.code, error.message) from error
        raise outbox.Retry(error.code, error.message) from error
    _record(split, answer)


def query_split(split_id: int) -> None:
    """Ask WeChat what became of a split, and book it. Not inside a transaction."""
    split = _with_parties(split_id)
    if split.status in (Split.Status.FINISHED, Split.Status.CLOSED):
        return
    if answer := _query(split):
        _record(split, answer)


def ask_again(*, out_order_no: str) -> None:
    """A notification speaks of this split: let the next sweep ask, rather than believe one receiver's part."""
    Split.objects.filter(out_order_no=out_order_no, status=Split.Status.PROCESSING).update(ask_at=timezone.now())


@transaction.atomic(savepoint=False)
def confirm_split(*, split: Split) -> None:
    """The one door for money that was released. A repeat is a quiet no-op."""
    payment = lock_payment(pk=split.payment_id)
    changed = (
        Split.objects.filter(pk=split.pk)
        .exclude(status=Split.Status.FINISHED)
        .update(status=Split.Status.FINISHED, error_code="", finished_at=timezone.now(), ask_at=None)
    )
    if not changed:
        return
    audit.record(actor=None, action="payments.split_finished", target=split, fee_fen=split.fee_fen)
    handler(payment.purpose, "split")(payment=payment, split=split)
    ledger.post(
        reference=f"split:{split.out_order_no}",
        payment=payment,
        entries={
            ledger.Kind.FROZEN: -payment.amount_fen,
            ledger.Kind.SETTLED: split.merchant_fen,
            ledger.Kind.FEE: split.fee_fen,
        },
    )


def _record(split: Split, answer: SplitAnswer) -> None:
    refused = [share.fail_reason or "CLOSED" for share in answer.shares if share.result == "CLOSED"]
    if refused:
        # The fee did not arrive: the platform's account wants a person's attention, and then retry_split.
        _note(split, Split.Status.CLOSED, refused[0], ask_at=None)
    elif answer.status == "FINISHED":
        confirm_split(split=split)
    else:
        _note(split, Split.Status.PROCESSING, ask_at=asking.first_time())


def _still_frozen(split: Split) -> int:
    return wechat.clients.pay().unsplit_amount(transaction_id=split.payment.transaction_id)


@transaction.atomic
def _book_without_fee(split: Split) -> None:
    """Nothing went to the platform and nothing is frozen any more, so the merchant has all of it: WeChat released it
    with a fee that it closed, or by itself after 180 days. The books say so, and the audit log what was missed."""
    lock_payment(pk=split.payment_id)
    split = Split.objects.get(pk=split.pk)
    if split.fee_fen:
        audit.record(actor=None, action="payments.split_fee_missed", target=split, fee_fen=split.fee_fen)
        split.merchant_fen, split.fee_fen = split.merchant_fen + split.fee_fen, 0
        split.save(update_fields=["merchant_fen", "fee_fen"])
    confirm_split(split=split)


def _query(split: Split) -> SplitAnswer | None:
    try:
        return wechat.clients.pay().query_split(**_numbers(split))
    except WeChatError as error:
        if error.is_not_found:
            return None
        raise


def _apply(split: Split) -> SplitAnswer:
    # Marked before it leaves: whoever comes after a crash asks first.
    _note(split, Split.Status.PROCESSING)
    client = wechat.clients.pay()
    if not split.fee_fen:
        return client.finish_split(**_numbers(split), description="订单完成，结算给商家")
    platform = settings.WECHAT_PAY_SP_MCHID
    client.add_receiver(type="MERCHANT_ID", account=platform, relation="PLATFORM")
    share = Share("MERCHANT_ID", platform, split.fee_fen, "平台服务费")
    return client.split(**_numbers(split), shares=[share], finish=True)


def _new_number() -> str:
    return f"S{ids.public_id()}"


def _numbers(split: Split) -> dict[str, str]:
    return {
        "sub_mchid": split.payment.sub_merchant.sub_mchid,
        "transaction_id": split.payment.transaction_id,
        "out_order_no": split.out_order_no,
    }


def _note(split: Split, status: str, error_code: str = "", **fields) -> None:
    # Guarded by the number: an answer to a spent one says nothing of the new one.
    Split.objects.filter(pk=split.pk, out_order_no=split.out_order_no).exclude(status=Split.Status.FINISHED).update(
        status=status, error_code=error_code[:64], **fields
    )


def _with_parties(split_id: int) -> Split:
    return Split.objects.select_related("payment__sub_merchant").get(pk=split_id)
