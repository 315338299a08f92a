"""After the money: shipping, receipt, settlement, and the way back."""

import re
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import wechat.clients
from accounts.models import User, WeChatIdentity
from accounts.selectors import identity
from core import audit, outbox
from core.money import at_rate
from payments import services as payments
from payments.errors import NotSplittable
from wechat.clients.mini_program import Parcel
from wechat.errors import WeChatError

from .. import carriers, notices
from ..errors import BadShipment, OrderNotInState
from ..models import Order, Shipment
from ..signals import order_completed, order_shipped
from ..transitions import announce, move

Status = Order.Status
TRACKING_NO = re.compile(r"[0-9A-Za-z-]{6,40}")
MAX_REASON = 80


@transaction.atomic
def ship_order(
    *, order: Order, by: User, company: str = "", tracking_no: str = "", logistics_type: int = carriers.EXPRESS
) -> Order:
    """The goods left the shop. The same parcel again is a quiet no-op.

    Args:
        company: key of carriers.CARRIERS; with `tracking_no` only for a parcel.
        logistics_type: WeChat's: 1 parcel, 2 same-city, 3 nothing to carry, 4 pick-up.

    Raises:
        BadShipment: carrier or tracking number that WeChat would not take.
        OrderNotInState: not waiting to be shipped.
    """
    company, tracking_no = _check_parcel(company, tracking_no.strip(), logistics_type)
    now = timezone.now()
    if not move(order, Status.SHIPPED, shipped_at=now):
        return _shipped_before(order, company, tracking_no)
    Shipment.objects.create(
        order=order, logistics_type=logistics_type, company=company, tracking_no=tracking_no, shipped_by=by
    )
    audit.record(actor=by, action="orders.shipped", target=order, company=company, tracking_no=tracking_no)
    payload = {"order_id": order.pk}
    outbox.enqueue(kind="orders.upload_shipping", key=order.public_id, payload=payload)
    due_at = now + timedelta(days=settings.ORDER_AUTO_RECEIVE_DAYS)
    outbox.enqueue(kind="orders.auto_receive", key=order.public_id, payload=payload, due_at=due_at)
    order_shipped.send(sender=Order, order=order)
    notices.tell_buyer_shipped(order, company, tracking_no)
    return order


def upload_shipping(order_id: int) -> None:
    """Outbox handler: tell WeChat, which keeps the money frozen until it knows (发货信息管理)."""
    order = Order.objects.select_related("payment", "buyer", "shipment").prefetch_related("lines").get(pk=order_id)
    if order.shipment.upload == Shipment.Upload.DONE:
        return
    payer = identity(order.buyer, WeChatIdentity.Kind.MINI_PROGRAM)
    try:
        wechat.clients.mini_program().upload_shipping_info(
            transaction_id=order.payment.transaction_id,
            payer_openid=payer.openid if payer else "",
            parcels=[_parcel(order)],
            logistics_type=order.shipment.logistics_type,
            shipped_at=order.shipped_at,
        )
    except WeChatError as error:
        if error.is_shipping_recorded:
            _note_upload(order, Shipment.Upload.DONE)
            return
        if error.permanent:
            _note_upload(order, Shipment.Upload.FAILED, f"{error.code} {error.message}"[:200])
            raise outbox.GiveUp(error.code, error.message) from error
        raise outbox.Retry(error.code, error.message) from error
    _note_upload(order, Shipment.Upload.DONE)


@transaction.atomic
def receive_order(*, order: Order, by: User | None) -> Order:
    """The buyer has the goods; the money may go to the shop. A repeat is a quiet no-op.

    Args:
        by: the buyer, or None when time or WeChat says so.

    Raises:
        OrderNotInState: not on its way.
    """
    now = timezone.now()
    if not move(order, Status.RECEIVED, received_at=now):
        order.refresh_from_db()
        if order.status in (Status.RECEIVED, Status.SETTLED):
            return order
        raise OrderNotInState(status=order.status)
    audit.record(actor=by, action="orders.received", target=order)
    outbox.cancel(kind="orders.auto_receive", key=order.public_id)
    due_at = max(now, order.paid_at + timedelta(seconds=settings.SPLIT_DELAY_SECONDS))
    outbox.enqueue(kind="orders.settle", key=order.public_id, payload={"order_id": order.pk}, due_at=due_at)
    order_completed.send(sender=Order, order=order)
    return order


def receive_automatically(order_id: int) -> None:
    """Outbox handler, ORDER_AUTO_RECEIVE_DAYS after shipping; nothing to do where the buyer or a refund was first."""
    order = Order.objects.select_related("buyer", "shop").get(pk=order_id)
    if order.status == Status.SHIPPED:
        receive_order(order=order, by=None)


def receive_by_transaction(*, transaction_id: str) -> None:
    """The buyer confirmed the receipt inside WeChat. Quiet where it is not ours, or not on its way."""
    orders = Order.objects.select_related("buyer", "shop").filter(payment__transaction_id=transaction_id)
    order = orders.filter(status=Status.SHIPPED).first()
    if order is not None:
        receive_order(order=order, by=None)


def settle_order(order_id: int) -> None:
    """Outbox handler: release the money, less the fee at the rate frozen on the order; postage bears no fee."""
    order = Order.objects.select_related("payment").get(pk=order_id)
    if order.status != Status.RECEIVED:
        return
    try:
        payments.request_split(payment=order.payment, fee_fen=at_rate(order.goods_fen, order.fee_rate_bp))
    except NotSplittable as refusal:
        raise outbox.GiveUp(refusal.code) from refusal


@transaction.atomic
def refund_order(*, order: Order, by: User, reason: str) -> Order:
    """Give all the money back, as long as the order is not received. A repeat is a quiet no-op.

    Args:
        by: the buyer, the shop's staff or ops; the caller has checked which.
        reason: shown to the buyer; at most 80 characters.

    Raises:
        OrderNotInState: not paid, received already, or settled.
    """
    if not order.is_refundable:
        return _refunded_before(order)
    # The payment's lock comes first, as everywhere.
    payments.refund_in_full(payment=order.payment, key=payments.FULL, reason=reason[:MAX_REASON])
    if not move(order, Status.REFUNDING):
        return _refunded_before(order)
    audit.record(actor=by, action="orders.refund_asked", target=order, reason=reason[:MAX_REASON])
    outbox.cancel(kind="orders.auto_receive", key=order.public_id)
    return order


def _refunded_before(order: Order) -> Order:
    order.refresh_from_db()
    if order.status in (Status.REFUNDING, Status.REFUNDED):
        return order
    raise OrderNotInState(status=order.status)


def _shipped_before(order: Order, company: str, tracking_no: str) -> Order:
    order.refresh_from_db()
    same = Shipment.objects.filter(order=order, company=company, tracking_no=tracking_no).exists()
    if order.status == Status.SHIPPED and same:
        return order
    raise OrderNotInState(status=order.status)


def _check_parcel(company: str, tracking_no: str, logistics_type: int) -> tuple[str, str]:
    if logistics_type not in carriers.LOGISTICS_TYPES:
        raise BadShipment(fields={"logistics_type": [BadShipment.title]})
    if logistics_type != carriers.EXPRESS:
        return "", ""
    if company not in carriers.CARRIERS:
        raise BadShipment(fields={"company": [BadShipment.title]})
    if not TRACKING_NO.fullmatch(tracking_no):
        raise BadShipment(fields={"tracking_no": [BadShipment.title]})
    return company, tracking_no


def _parcel(order: Order) -> Parcel:
    shipment, phone = order.shipment, order.recipient["phone"]
    masked = f"{phone[:3]}****{phone[-4:]}" if shipment.company == carriers.WANTS_PHONE else ""
    return Parcel(
        item="、".join(line.title for line in order.lines.all()),
        tracking_no=shipment.tracking_no,
        express_company=shipment.company,
        receiver_contact=masked,
    )


def _note_upload(order: Order, upload: str, error: str = "") -> None:
    Shipment.objects.filter(order=order).update(upload=upload, upload_error=error)
    announce(order)
