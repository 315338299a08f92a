"""Money to the merchant: only after receipt and the delay, at the rate of the order's day, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import AuditEntry, OutboxEvent
from core.outbox import GiveUp, Retry
from merchants.models import Merchant
from orders import services as orders
from payments import services
from payments.errors import NotSplittable
from payments.models import LedgerAccount, Split
from tests.orders.factories import make_buyer, make_order, make_quote
from tests.payments.helpers import fresh, make_paid_order, told_paid, told_refunded
from tests.payments.wire import let_wechat_work, open_and_pay
from tests.shops.factories import make_product

pytestmark = pytest.mark.django_db


def balances() -> dict[str, int]:
    return dict(LedgerAccount.objects.values_list("kind", "balance_fen"))


def receive(order):
    orders.ship_order(order=order, by=order.buyer, company="ZTO", tracking_no="ZT1234567890")
    return orders.receive_order(order=fresh(order), by=order.buyer)


def test_nothing_is_released_before_receipt():
    order = make_paid_order()
    orders.settle_order(order.pk)
    orders.ship_order(order=order, by=order.buyer, company="ZTO", tracking_no="ZT1234567890")
    orders.settle_order(order.pk)
    assert not Split.objects.exists()
    assert not OutboxEvent.objects.filter(kind="orders.settle").exists()


@pytest.mark.parametrize("delay", [60, 3600])
def test_nothing_is_released_before_the_delay_after_payment(settings, delay):
    settings.SPLIT_DELAY_SECONDS = delay
    order = make_paid_order()
    receive(order)
    order = fresh(order)
    settle = OutboxEvent.objects.get(kind="orders.settle")
    assert settle.due_at == order.paid_at + timedelta(seconds=delay)
    orders.settle_order(order.pk)
    assert OutboxEvent.objects.get(kind="payments.split").due_at == order.paid_at + timedelta(seconds=delay)


def test_receipt_after_the_delay_is_settled_at_once():
    order = make_order()
    told_paid(order.payment, paid_at=timezone.now() - timedelta(days=2))
    receive(fresh(order))
    assert OutboxEvent.objects.get(kind="orders.settle").due_at <= timezone.now()


def test_fee_is_nothing_by_default():
    order = make_paid_order()
    receive(order)
    orders.settle_order(order.pk)
    split = Split.objects.get()
    assert (split.fee_fen, split.merchant_fen) == (0, order.total_fen)


def test_fee_rate_is_the_one_of_the_order_not_of_today():
    product = make_product(price_fen=333)
    Merchant.objects.update(fee_rate_bp=500)
    order = make_paid_order(product=product)
    Merchant.objects.update(fee_rate_bp=3000)
    receive(order)
    orders.settle_order(order.pk)
    split = Split.objects.get()
    # 5% of 333 fen is 16.65: rounded down, the rest is the merchant's.
    assert (split.fee_fen, split.merchant_fen) == (16, 317)


def test_postage_bears_no_fee():
    buyer = make_buyer()
    quote = make_quote(buyer, price_fen=10_000, shipping_fen=1_000)
    Merchant.objects.update(fee_rate_bp=1000)
    quote.refresh_from_db()
    order = make_paid_order(buyer=buyer, quote=quote)
    receive(order)
    orders.settle_order(order.pk)
    assert (order.total_fen, Split.objects.get().fee_fen) == (11_000, 1_000)


def test_split_is_asked_and_booked_once():
    Merchant.objects.update(fee_rate_bp=0)
    order = make_paid_order(product=make_product(price_fen=10_000))
    receive(order)
    for _ in range(2):
        orders.settle_order(order.pk)
        services.request_split(payment=order.payment, fee_fen=300)
    split = Split.objects.get()
    for _ in range(2):
        services.confirm_split(split=split)
    assert fresh(order).status == "settled"
    assert balances() == {"external": -10_000, "frozen": 0, "settled": 10_000}


def test_fee_goes_to_the_platform():
    order = make_paid_order(product=make_product(price_fen=10_000))
    split = services.request_split(payment=order.payment, fee_fen=300)
    services.confirm_split(split=split)
    assert balances() == {"external": -10_000, "frozen": 0, "settled": 9_700, "fee": 300}


def test_fee_above_wechats_ceiling_is_a_mistake():
    order = make_paid_order(product=make_product(price_fen=10_000))
    for fee_fen in (-1, 3_001):
        with pytest.raises(ValueError, match="30%"):
            services.request_split(payment=order.payment, fee_fen=fee_fen)
    assert not Split.objects.exists()


@pytest.mark.parametrize("booked", [False, True])
def test_refunded_money_is_not_released(booked):
    order = make_paid_order()
    refund = services.refund_in_full(payment=order.payment, key="full", reason="")
    if booked:
        told_refunded(refund)
    with pytest.raises(NotSplittable):
        services.request_split(payment=order.payment, fee_fen=0)
    assert not Split.objects.exists()


def test_unpaid_payment_has_nothing_to_release():
    with pytest.raises(NotSplittable):
        services.request_split(payment=make_order().payment, fee_fen=0)


# Over the wire


def ask_for_split(order, fee_fen: int) -> Split:
    return services.request_split(payment=order.payment, fee_fen=fee_fen)


@pytest.fixture
def order(wechat, client):
    """Paid, and received inside WeChat."""
    order = open_and_pay(wechat, client, product=make_product(price_fen=10_000))
    wechat.post("/control/config", fee_permyriad=0)
    yield order
    wechat.post("/control/config", fee_permyriad=60)


@pytest.fixture
def received(wechat, order):
    wechat.configure(trade_managed=False)
    let_wechat_work(wechat)
    return order


@pytest.mark.parametrize("fee_fen", [0, 300])
def test_split_goes_out_and_is_booked(wechat, received, fee_fen):
    split = ask_for_split(received, fee_fen)
    services.send_split(split.pk)
    let_wechat_work(wechat)
    services.query_split(split.pk)
    split.refresh_from_db()
    assert split.status == "finished"
    expected = {"external": -10_000, "frozen": 0, "settled": 10_000 - fee_fen, "fee": fee_fen}
    assert balances() == {kind: fen for kind, fen in expected.items() if fen or kind == "frozen"}


@pytest.mark.parametrize("fault", ["lost_reply", "lost_request", "error"])
def test_unknown_outcome_is_asked_about_and_the_same_number_repeated(wechat, received, fault):
    split = ask_for_split(received, 300)
    wechat.fault(fault, "POST /v3/ecommerce/profitsharing/orders")
    with pytest.raises(Retry):
        services.send_split(split.pk)
    services.send_split(split.pk)
    let_wechat_work(wechat)
    services.query_split(split.pk)
    split.refresh_from_db()
    assert split.status == "finished"
    assert balances()["fee"] == 300


def test_too_early_is_waited_for(wechat, order):
    wechat.configure(trade_managed=False)
    split = ask_for_split(order, 0)
    with pytest.raises(Retry):
        services.send_split(split.pk)
    let_wechat_work(wechat)
    services.send_split(split.pk)
    split.refresh_from_db()
    assert split.status == "processing"


def test_receipt_inside_wechat_is_waited_for(wechat, order):
    let_wechat_work(wechat)
    split = ask_for_split(order, 0)
    with pytest.raises(Retry):
        services.send_split(split.pk)


def test_refusal_for_good_is_shown_to_ops_who_can_try_again(wechat, received, admin_user):
    split = ask_for_split(received, 300)
    wechat.fault("pay_error", "POST /v3/ecommerce/profitsharing/orders", code="NO_AUTH", status=403)
    with pytest.raises(GiveUp):
        services.send_split(split.pk)
    split.refresh_from_db()
    assert (split.status, split.error_code) == ("failed", "NO_AUTH")
    services.retry_split(split=split, by=admin_user)
    with pytest.raises(NotSplittable):
        services.retry_split(split=split, by=admin_user)
    services.send_split(split.pk)
    let_wechat_work(wechat)
    services.query_split(split.pk)
    split.refresh_from_db()
    assert split.status == "finished"


@pytest.fixture
def closed(wechat, received):
    """A split whose fee the platform's account could not take; takes what the fault shall say."""

    def close(**options) -> Split:
        split = ask_for_split(received, 300)
        wechat.fault("split_closed", "SPLIT", **options)
        services.send_split(split.pk)
        let_wechat_work(wechat)
        services.query_split(split.pk)
        split.refresh_from_db()
        return split

    return close


def test_fee_that_could_not_be_paid_out_is_shown_and_moves_nothing(closed, received):
    split = closed(reason="ACCOUNT_ABNORMAL")
    assert (split.status, split.error_code, split.ask_at) == ("closed", "ACCOUNT_ABNORMAL", None)
    assert balances() == {"external": -10_000, "frozen": 10_000}
    assert fresh(received).status == "paid"
    services.send_split(split.pk)
    services.query_split(split.pk)
    split.refresh_from_db()
    assert split.status == "closed"


def test_closed_split_goes_out_again_under_a_new_number(wechat, closed, admin_user):
    split = closed()
    spent = split.out_order_no
    services.retry_split(split=split, by=admin_user)
    with pytest.raises(NotSplittable):
        services.retry_split(split=split, by=admin_user)
    event = OutboxEvent.objects.filter(kind="payments.split").latest("pk")
    services.send_split(**event.payload)
    let_wechat_work(wechat)
    services.query_split(split.pk)
    split.refresh_from_db()
    assert split.status == "finished"
    assert split.out_order_no != spent
    assert balances() == {"external": -10_000, "frozen": 0, "settled": 9_700, "fee": 300}


def test_what_wechat_released_to_the_merchant_is_booked_as_the_merchants(closed, admin_user):
    split = closed(released=True)
    services.retry_split(split=split, by=admin_user)
    for _ in range(2):
        services.send_split(split.pk, again=True)
    split.refresh_from_db()
    assert (split.status, split.merchant_fen, split.fee_fen) == ("finished", 10_000, 0)
    assert balances() == {"external": -10_000, "frozen": 0, "settled": 10_000}
    assert AuditEntry.objects.get(action="payments.split_fee_missed").data == {"fee_fen": 300}


def test_retry_waits_where_wechat_does_not_say_what_is_frozen(wechat, closed, admin_user):
    split = closed()
    services.retry_split(split=split, by=admin_user)
    wechat.fault("error", "GET /v3/ecommerce/profitsharing/orders/*/amounts")
    with pytest.raises(Retry):
        services.send_split(split.pk, again=True)
    split.refresh_from_db()
    assert split.status == "pending"
    assert balances() == {"external": -10_000, "frozen": 10_000}
