"""Expiry, cancelling and payment in every order of events: never money on a dead order, stock back exactly once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import OutboxEvent
from core.outbox import Retry, run
from orders import services as orders
from orders.errors import OrderNotInState
from payments import services
from payments.errors import AlreadyPaid, NotPayable, PayUnavailable
from payments.models import Payment, Refund
from tests.orders.factories import make_order, sku_of
from tests.payments.helpers import fresh, pay_notification, told_paid
from tests.payments.wire import open_order, pay, prepay_id_of
from tests.shops.factories import make_product

pytestmark = pytest.mark.django_db


def test_unpaid_order_expires_and_gives_its_stock_back_once():
    product = make_product(stock=5)
    order = make_order(product=product, quantity=2)
    assert sku_of(product).stock == 3
    for _ in range(2):
        services.expire_payment(order.payment_id)
    assert (fresh(order).status, fresh(order).payment.status) == ("cancelled", "closed")
    assert sku_of(product).stock == 5
    assert not Refund.objects.exists()


def test_deadline_is_an_outbox_row_of_the_same_transaction():
    order = make_order()
    event = OutboxEvent.objects.get(kind="payments.expire")
    assert event.due_at == order.expires_at == order.payment.expires_at
    OutboxEvent.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert run(event.pk)
    assert fresh(order).status == "cancelled"


def test_money_that_arrives_after_expiry_goes_back_by_itself(settings):
    product = make_product(stock=5)
    order = make_order(product=product)
    services.expire_payment(order.payment_id)
    for _ in range(2):
        services.receive_notification(pay_notification(order.payment, settings))
    order = fresh(order)
    assert (order.status, order.payment.status) == ("cancelled", "paid")
    refund = Refund.objects.get()
    assert (refund.key, refund.amount_fen) == ("late", order.total_fen)
    assert OutboxEvent.objects.filter(kind="payments.refund", payload={"refund_id": refund.pk}).count() == 1
    services.confirm_refunded(refund=refund, refund_id="5030", succeeded_at=None)
    order = fresh(order)
    assert (order.status, order.payment.refunded_fen) == ("cancelled", order.total_fen)
    assert sku_of(product).stock == 5
    assert sku_of(product).sold == 0


def test_paid_before_the_deadline_runs_stays_paid():
    product = make_product(stock=5)
    order = make_order(product=product)
    told_paid(order.payment)
    services.expire_payment(order.payment_id)
    assert fresh(order).status == "paid"
    assert sku_of(product).stock == 4


def test_cancelling_is_expiring_now_and_once():
    product = make_product(stock=5)
    order = fresh(make_order(product=product))
    assert orders.cancel_order(order=order, by=order.buyer).status == "cancelled"
    assert orders.cancel_order(order=fresh(order), by=order.buyer).status == "cancelled"
    assert sku_of(product).stock == 5
    assert OutboxEvent.objects.get(kind="payments.expire").status == "cancelled"
    with pytest.raises(NotPayable):
        orders.prepay_order(order=fresh(order), user=order.buyer)


def test_paid_order_cannot_be_cancelled():
    order = make_order()
    told_paid(order.payment)
    with pytest.raises(OrderNotInState):
        orders.cancel_order(order=fresh(order), by=order.buyer)
    assert fresh(order).status == "paid"


# Over the wire


def test_closing_makes_the_order_unpayable_at_wechat(wechat, client):
    order, phone = open_order(wechat)
    prepay_id = prepay_id_of(orders.prepay_order(order=order, user=order.buyer))
    services.expire_payment(order.payment_id)
    assert fresh(order).status == "cancelled"
    with pytest.raises(AssertionError):
        phone.pay(prepay_id)
    assert wechat.deliver(client) == []


def test_buyer_who_pays_just_before_the_deadline_has_the_order(wechat, client):
    order, phone = open_order(wechat)
    pay(order, phone)
    services.expire_payment(order.payment_id)
    assert fresh(order).status == "paid"
    assert wechat.deliver(client) == [204]
    assert fresh(order).status == "paid"


def test_buyer_who_pays_while_cancelling_has_the_order(wechat):
    order, phone = open_order(wechat)
    pay(order, phone)
    with pytest.raises(AlreadyPaid):
        orders.cancel_order(order=fresh(order), by=order.buyer)
    assert fresh(order).status == "paid"


def test_paid_between_asking_and_closing(wechat, monkeypatch):
    """The query says unpaid, then the buyer pays, then WeChat refuses to close."""
    order, phone = open_order(wechat)
    parameters = orders.prepay_order(order=order, user=order.buyer)
    from payments.services import closing

    asked = closing.query_payment

    def ask_then_pay(payment_id):
        monkeypatch.setattr(closing, "query_payment", asked)
        answer = asked(payment_id)
        phone.pay(prepay_id_of(parameters))
        return answer

    monkeypatch.setattr(closing, "query_payment", ask_then_pay)
    services.expire_payment(order.payment_id)
    assert fresh(order).status == "paid"


def test_prepay_between_reading_and_closing(wechat, monkeypatch):
    """The deadline read a payment that was never opened, and the buyer opened it before the row was closed."""
    order, phone = open_order(wechat)
    from payments.services import closing

    close_here = closing._close_here

    def prepay_then_close(payment):
        monkeypatch.setattr(closing, "_close_here", close_here)
        orders.prepay_order(order=fresh(order), user=order.buyer)
        return close_here(payment)

    monkeypatch.setattr(closing, "_close_here", prepay_then_close)
    services.expire_payment(order.payment_id)
    order = fresh(order)
    assert order.status == "cancelled"
    with pytest.raises(AssertionError):
        phone.pay(order.payment.prepay_id)


def test_prepay_that_answers_after_the_close_is_handed_to_nobody(wechat, monkeypatch):
    order, _ = open_order(wechat)
    import wechat.clients as clients

    pay_client = clients.pay()
    prepay = pay_client.prepay

    def close_meanwhile(**arguments):
        prepay_id = prepay(**arguments)
        services.expire_payment(order.payment_id)
        return prepay_id

    monkeypatch.setattr(pay_client, "prepay", close_meanwhile)
    with pytest.raises(NotPayable):
        orders.prepay_order(order=order, user=order.buyer)
    assert fresh(order).payment.prepay_id == ""


@pytest.mark.parametrize("path", ["GET /v3/pay/partner/transactions/out-trade-no/*", "POST */close"])
@pytest.mark.parametrize("fault", ["error", "lost_request", "lost_reply", "unsigned"])
def test_silence_at_the_deadline_keeps_the_order_open_and_tries_again(wechat, path, fault):
    order, _ = open_order(wechat)
    orders.prepay_order(order=order, user=order.buyer)
    wechat.fault(fault, path)
    with pytest.raises(Retry):
        services.expire_payment(order.payment_id)
    assert fresh(order).status == "unpaid"
    services.expire_payment(order.payment_id)
    assert fresh(order).status == "cancelled"


def test_silence_while_cancelling_says_so(wechat):
    order, _ = open_order(wechat)
    orders.prepay_order(order=order, user=order.buyer)
    wechat.fault("error", "POST */close")
    with pytest.raises(PayUnavailable):
        orders.cancel_order(order=fresh(order), by=order.buyer)
    assert fresh(order).status == "unpaid"
    assert Payment.objects.get().status == "pending"
