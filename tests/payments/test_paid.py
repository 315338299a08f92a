"""Paid exactly once, by whatever door and however often WeChat says so."""

import pytest
from django.db import transaction

from notifications.models import InboxItem
from orders.models import Order
from payments import services
from payments.errors import PaymentMismatch, UnknownPayment
from payments.models import LedgerEntry, LedgerTransaction, Payment, PayNotification
from tests.orders.factories import make_order, sku_of
from tests.payments.helpers import fresh, make_paid_order, pay_notification, told_paid
from tests.shops.factories import make_product

pytestmark = pytest.mark.django_db


def nothing_moved(order: Order) -> None:
    order = fresh(order)
    assert (order.status, order.payment.status) == ("unpaid", "pending")
    assert not LedgerTransaction.objects.exists()
    assert not InboxItem.objects.exists()


def test_notification_pays_the_order(settings):
    product = make_product(price_fen=50800, stock=5)
    order = make_order(product=product, quantity=2)
    services.receive_notification(pay_notification(order.payment, settings))
    order = fresh(order)
    assert order.status == Order.Status.PAID
    assert order.paid_at == order.payment.paid_at
    entries = dict(LedgerEntry.objects.values_list("account__kind", "amount_fen"))
    assert entries == {"external": -101600, "frozen": 101600}
    sku = sku_of(product)
    assert (sku.stock, sku.sold) == (3, 2)
    assert InboxItem.objects.filter(kind="order_paid", key=order.public_id).count() == 1


def test_same_notification_again_changes_nothing(settings):
    order = make_order()
    notification = pay_notification(order.payment, settings)
    for _ in range(3):
        services.receive_notification(notification)
    assert LedgerTransaction.objects.count() == 1
    assert InboxItem.objects.count() == 1
    assert PayNotification.objects.count() == 1


def test_another_notification_of_the_same_payment_changes_nothing(settings):
    order = make_order()
    services.receive_notification(pay_notification(order.payment, settings))
    services.receive_notification(pay_notification(order.payment, settings))
    assert LedgerTransaction.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": {"total": 1}},
        {"amount": {"total": 5000, "currency": "USD"}},
        {"amount": {}},
        {"amount": None},
        {"sub_mchid": "1600000000"},
        {"sub_mchid": None},
        {"sp_appid": "wx0000000000000000"},
        {"sp_appid": None},
        {"transaction_id": ""},
        {"transaction_id": None},
        {"success_time": "yesterday"},
        {"amount": "all of it"},
    ],
    ids=str,
)
def test_what_does_not_match_is_refused_and_moves_nothing(settings, changes):
    order = make_order()
    with pytest.raises(PaymentMismatch):
        services.receive_notification(pay_notification(order.payment, settings, **changes))
    nothing_moved(order)
    assert not PayNotification.objects.exists()


def test_unknown_number_is_refused(settings):
    order = make_order()
    with pytest.raises(UnknownPayment):
        services.receive_notification(pay_notification(order.payment, settings, out_trade_no="P0000000000"))
    nothing_moved(order)


def test_unpaid_notification_changes_nothing(settings):
    order = make_order()
    services.receive_notification(pay_notification(order.payment, settings, trade_state="PAYERROR"))
    nothing_moved(order)


def test_second_transaction_for_a_paid_payment_is_refused():
    order = make_order()
    told_paid(order.payment)
    with pytest.raises(PaymentMismatch), transaction.atomic():
        told_paid(order.payment, transaction_id="4200000000000000000000000999")
    assert LedgerTransaction.objects.count() == 1


def test_paid_deadline_is_taken_back():
    order = make_order()
    told_paid(order.payment)
    services.expire_payment(order.payment_id)
    assert fresh(order).status == Order.Status.PAID
    assert Payment.objects.get().status == Payment.Status.PAID


def test_confirmation_costs_few_queries(django_assert_max_num_queries, settings):
    """One line, one member of staff, ledger and outbox. Of these 4 open and release savepoints."""
    make_paid_order(product=(product := make_product(stock=5)))
    notification = pay_notification(make_order(product=product).payment, settings)
    with django_assert_max_num_queries(23):
        services.receive_notification(notification)
