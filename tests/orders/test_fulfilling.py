"""Shipping, receipt and what WeChat is told."""

from datetime import timedelta

import pytest

from core.models import AuditEntry, OutboxEvent
from core.outbox import GiveUp, Retry
from notifications.models import InboxItem
from orders import receivers, services, signals
from orders.errors import BadShipment, OrderNotInState
from orders.models import Order, Shipment
from payments import services as payments
from payments.models import Refund
from tests.orders.factories import make_order
from tests.payments.helpers import fresh, make_paid_order, told_paid
from tests.payments.wire import let_wechat_work, open_and_pay
from tests.shops.factories import make_product, owner_of

pytestmark = pytest.mark.django_db

PARCEL = {"company": "SF", "tracking_no": "SF1234567890"}


def ship(order: Order, **changes) -> Order:
    return services.ship_order(order=fresh(order), by=owner_of(order.shop), **{**PARCEL, **changes})


def heard(signal):
    orders = []
    signal.connect(lambda order, **_: orders.append(order.public_id), weak=False, dispatch_uid="test")
    return orders


def test_shipping_tells_buyer_and_sets_the_deadline(settings):
    orders = heard(signals.order_shipped)
    order = ship(make_paid_order())
    signals.order_shipped.disconnect(dispatch_uid="test")
    assert (order.status, orders) == ("shipped", [order.public_id])
    assert InboxItem.objects.get(user=order.buyer).kind == "order_shipped"
    receive = OutboxEvent.objects.get(kind="orders.auto_receive")
    assert receive.due_at - order.shipped_at == timedelta(days=settings.ORDER_AUTO_RECEIVE_DAYS)
    assert OutboxEvent.objects.filter(kind="orders.upload_shipping", key=order.public_id).exists()
    assert AuditEntry.objects.filter(action="orders.shipped", target_id=order.public_id).count() == 1


def test_same_parcel_again_is_quiet_and_another_is_refused():
    order = ship(make_paid_order())
    ship(order)
    with pytest.raises(OrderNotInState):
        ship(order, tracking_no="SF0000000000")
    assert Shipment.objects.get().tracking_no == "SF1234567890"
    assert InboxItem.objects.filter(user=order.buyer).count() == 1


@pytest.mark.parametrize(
    "spoilt",
    [{"company": "UPS"}, {"company": ""}, {"tracking_no": ""}, {"tracking_no": "12345"}, {"tracking_no": "顺丰123456"},
     {"tracking_no": "1" * 41}, {"logistics_type": 0}, {"logistics_type": 5}],
    ids=str,
)  # fmt: skip
def test_parcels_that_cannot_be(spoilt):
    order = make_paid_order()
    with pytest.raises(BadShipment):
        ship(order, **spoilt)
    assert fresh(order).status == "paid"
    assert not Shipment.objects.exists()


@pytest.mark.parametrize("logistics_type", [2, 3, 4])
def test_what_is_not_a_parcel_has_no_carrier(logistics_type):
    order = ship(make_paid_order(), logistics_type=logistics_type)
    assert (order.shipment.company, order.shipment.tracking_no) == ("", "")


def test_unpaid_order_is_not_shipped():
    with pytest.raises(OrderNotInState):
        ship(make_order())
    assert not Shipment.objects.exists()


def test_receipt_is_once_and_only_of_what_was_sent():
    order = make_paid_order()
    with pytest.raises(OrderNotInState):
        services.receive_order(order=order, by=order.buyer)
    ship(order)
    for _ in range(2):
        services.receive_order(order=fresh(order), by=order.buyer)
    assert fresh(order).status == "received"
    assert OutboxEvent.objects.filter(kind="orders.settle").count() == 1
    assert OutboxEvent.objects.get(kind="orders.auto_receive").status == "cancelled"


def test_receipt_by_time_skips_what_moved_on():
    order = ship(make_paid_order())
    services.receive_automatically(order.pk)
    services.receive_automatically(order.pk)
    assert fresh(order).status == "received"
    refunded = ship(make_paid_order())
    services.refund_order(order=fresh(refunded), by=refunded.buyer, reason="坏了")
    services.receive_automatically(refunded.pk)
    assert fresh(refunded).status == "refunding"
    assert Refund.objects.count() == 1


def test_receipt_inside_wechat_counts():
    order = ship(make_paid_order())
    told = {"transaction_id": order.payment.transaction_id}
    receivers.note_receipt(None, "trade_manage_order_settlement", told)
    assert fresh(order).status == "shipped"
    receivers.note_receipt(None, "trade_manage_order_settlement", {**told, "confirm_receive_time": 1})
    receivers.note_receipt(None, "trade_manage_order_settlement", {"transaction_id": "1", "confirm_receive_time": 1})
    assert fresh(order).status == "received"


def test_settled_order_is_the_end():
    order = make_paid_order()
    split = payments.request_split(payment=order.payment, fee_fen=0)
    services.confirm_split(payment=order.payment, split=split)
    assert fresh(order).status == "paid"


# Over the wire


def test_wechat_is_told_what_was_sent(wechat, client):
    order = ship(open_and_pay(wechat, client))
    let_wechat_work(wechat)
    services.upload_shipping(order.pk)
    services.upload_shipping(order.pk)
    assert Shipment.objects.get().upload == "done"
    assert len(wechat.requests("upload_shipping_info")) == 1


def test_upload_that_was_recorded_before_is_done(wechat, client):
    order = ship(open_and_pay(wechat, client))
    let_wechat_work(wechat)
    wechat.fault("lost_reply", "POST /wxa/sec/order/upload_shipping_info")
    with pytest.raises(Retry):
        services.upload_shipping(order.pk)
    services.upload_shipping(order.pk)
    assert Shipment.objects.get().upload == "done"


def test_order_wechat_has_not_heard_of_is_tried_again(wechat, client):
    """As it is for about a minute after each payment."""
    order = ship(open_and_pay(wechat, client))
    with pytest.raises(Retry):
        services.upload_shipping(order.pk)
    assert Shipment.objects.get().upload == "pending"


def test_upload_that_wechat_refuses_is_shown(wechat, client):
    order = ship(open_and_pay(wechat, client))
    wechat.fault("errcode", "POST /wxa/sec/order/upload_shipping_info", errcode=10060004)
    with pytest.raises(GiveUp):
        services.upload_shipping(order.pk)
    shipment = Shipment.objects.get()
    assert (shipment.upload, shipment.upload_error.split()[0]) == ("failed", "10060004")


def test_whole_purchase_over_the_wire(wechat, client):
    """Order, pay, ship, receive inside WeChat, settle: the merchant has all of it."""
    order = open_and_pay(wechat, client, product=make_product(price_fen=10_000))
    ship(order)
    let_wechat_work(wechat)
    services.upload_shipping(order.pk)
    wechat.post("/phone/api/receive", transaction_id=order.payment.transaction_id)
    services.receive_order(order=fresh(order), by=order.buyer)
    services.settle_order(order.pk)
    let_wechat_work(wechat)
    split = fresh(order).payment.split
    payments.send_split(split.pk)
    let_wechat_work(wechat)
    payments.query_split(split.pk)
    assert fresh(order).status == "settled"


def test_told_paid_twice_is_shown_once():
    order = make_order()
    orders = heard(signals.order_paid)
    told_paid(order.payment)
    told_paid(order.payment)
    signals.order_paid.disconnect(dispatch_uid="test")
    assert orders == [order.public_id]
