"""Money moves once, however many say so at the same moment."""

import threading
import time
from collections import Counter

import pytest
from django.db import transaction

from notifications.models import InboxItem
from orders import services as orders
from orders.models import Order
from payments import locks, services
from payments.models import LedgerAccount, LedgerTransaction, Payment, Refund, Split
from tests.orders.factories import make_address, make_buyer, make_order, sku_of
from tests.payments.helpers import fresh, make_paid_order, pay_notification, told_paid, told_refunded
from tests.shops.factories import make_product

PAYMENTS, THREADS = 60, 20


def balances() -> dict[str, int]:
    return dict(LedgerAccount.objects.values_list("kind", "balance_fen"))


def unlocked(**lookup):
    """The payment without its lock, and time for the others to read the same."""
    payment = Payment.objects.select_related("sub_merchant").filter(**lookup).first()
    time.sleep(0.05)
    return payment


@pytest.fixture
def order(transactional_db):
    return make_order(product=make_product(price_fen=100, stock=5))


def test_without_the_lock_ten_notices_would_pay_more_than_once(at_once, order, settings, monkeypatch):
    """The lock off: more than one confirms, and only the unique reference of the ledger holds."""
    confirmed = Counter()
    monkeypatch.setattr("payments.services.confirmation.lock_payment", unlocked)
    monkeypatch.setattr(
        "payments.services.confirmation.handler", lambda *_: lambda payment: confirmed.update(["again"])
    )
    notices = [pay_notification(order.payment, settings) for _ in range(10)]
    at_once([lambda n=n: services.receive_notification(n) for n in notices], threads=10)
    assert confirmed["again"] > 1, "the race did not appear: this test proves nothing"
    assert LedgerTransaction.objects.count() == 1
    Order.objects.update(status="paid")


def test_ten_notices_and_ten_queries_at_once_pay_once(at_once, order, settings):
    notices = [pay_notification(order.payment, settings) for _ in range(10)]
    same = pay_notification(order.payment, settings)
    calls = [lambda n=n: services.receive_notification(n) for n in notices]
    calls += [lambda: services.receive_notification(same)] * 10
    calls += [lambda: told_paid(order.payment, transaction_id=same.resource["transaction_id"])] * 10
    ended = at_once(calls, threads=THREADS)
    assert set(ended) == {"None", "Payment"}
    assert LedgerTransaction.objects.count() == 1
    assert InboxItem.objects.filter(kind="order_paid").count() == 1
    sku = sku_of(order.lines.get().sku.product)
    assert (fresh(order).status, sku.stock, sku.sold) == ("paid", 4, 1)


@pytest.mark.parametrize("_round", range(5))
def test_payment_and_expiry_at_once_end_in_goods_or_refund(at_once, settings, _round):
    product = make_product(price_fen=100, stock=30)
    placed = [make_order(product=product) for _ in range(10)]
    calls = []
    for one in placed:
        notice = pay_notification(one.payment, settings)
        calls += [
            lambda n=notice: services.receive_notification(n),
            lambda pk=one.payment_id: services.expire_payment(pk),
        ]
    at_once(calls, threads=THREADS)
    kept = 0
    for one in map(fresh, placed):
        assert one.payment.status == "paid"
        if one.status == "paid":
            kept += 1
            assert not one.payment.refunds.exists()
        else:
            assert one.status == "cancelled"
            assert one.payment.refunds.get().key == "late"
    sku = sku_of(product)
    assert (sku.stock, sku.sold) == (30 - kept, kept)


def test_each_payment_refunded_twice_by_twenty_threads_is_refunded_once(at_once, transactional_db):
    product = make_product(price_fen=100, stock=PAYMENTS)
    buyer = make_buyer()
    address = make_address(buyer)
    paid = []
    for number in range(PAYMENTS):
        one = orders.place_order(
            buyer=buyer, address=address, idempotency_key=f"bulk-{number:04d}", lines=[(sku_of(product), 1)]
        )
        told_paid(one.payment)
        paid.append(fresh(one))
    asked = [lambda o=o: services.refund_in_full(payment=o.payment, key="full", reason="") for o in paid for _ in "12"]
    assert at_once(asked, threads=THREADS) == {"Refund": 2 * PAYMENTS}
    assert Refund.objects.count() == PAYMENTS
    refunds = list(Refund.objects.all())
    at_once([lambda r=r: told_refunded(r) for r in refunds for _ in "12"], threads=THREADS)
    assert Payment.objects.filter(refunded_fen=100).count() == PAYMENTS
    assert LedgerTransaction.objects.filter(reference__startswith="refund:").count() == PAYMENTS
    assert balances() == {"external": 0, "frozen": 0}


def test_refund_and_split_at_once_are_one_of_the_two(at_once, transactional_db):
    product = make_product(price_fen=100, stock=20)
    paid = [make_paid_order(product=product) for _ in range(10)]
    calls = []
    for one in paid:
        calls.append(lambda o=one: services.refund_in_full(payment=o.payment, key="full", reason=""))
        calls.append(lambda o=one: services.request_split(payment=o.payment, fee_fen=0))
    at_once(calls, threads=THREADS)
    for one in paid:
        both = Refund.objects.filter(payment=one.payment).count(), Split.objects.filter(payment=one.payment).count()
        assert both in ((1, 0), (0, 1))


def test_shipping_and_refunding_at_once_are_one_of_the_two_first(at_once, transactional_db):
    paid = [make_paid_order(product=make_product(price_fen=100)) for _ in range(6)]
    parcel = {"company": "SF", "tracking_no": "SF1234567890"}
    calls = []
    for one in paid:
        calls.append(lambda o=one: orders.ship_order(order=fresh(o), by=o.buyer, **parcel))
        calls.append(lambda o=one: orders.refund_order(order=fresh(o), by=o.buyer, reason="不想要了"))
        calls.append(lambda o=one: orders.refund_order(order=fresh(o), by=o.buyer, reason="不想要了"))
    ended = at_once(calls, threads=18)
    assert set(ended) <= {"Order", "OrderNotInState"}
    for one in map(fresh, paid):
        assert one.status == "refunding"
        assert one.payment.refunds.count() == 1


def test_lock_really_makes_the_second_wait(order):
    """What the tests above rest on."""
    seen = []

    def second():
        with transaction.atomic():
            seen.append(locks.lock_payment(pk=order.payment_id).status)
        transaction.get_connection().close()

    with transaction.atomic():
        payment = locks.lock_payment(pk=order.payment_id)
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.2)
        assert seen == []
        payment.description = "changed"
        payment.save(update_fields=["description"])
    thread.join(10)
    assert seen == ["pending"]
