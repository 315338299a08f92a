"""Money back: never more than came, once however often it is asked, booked only when WeChat says so."""

import pytest
from django.db import IntegrityError, transaction

from core.models import OutboxEvent
from core.outbox import GiveUp, Retry
from notifications.models import InboxItem
from orders import services as orders
from orders.errors import OrderNotInState
from payments import services
from payments.errors import NotRefundable, PaymentMismatch, UnknownPayment
from payments.models import LedgerAccount, Payment, Refund
from payments.services.refunds import record_answer
from tests.orders.factories import make_order, sku_of
from tests.payments.helpers import fresh, make_paid_order, told_paid, told_refunded
from tests.payments.wire import let_wechat_work, open_and_pay
from tests.shops.factories import make_product
from wechat.clients.pay import Refund as RefundAnswer

pytestmark = pytest.mark.django_db


def balances() -> dict[str, int]:
    return dict(LedgerAccount.objects.values_list("kind", "balance_fen"))


def test_refund_is_asked_once_however_often():
    order = make_paid_order()
    first = services.refund_in_full(payment=order.payment, key="full", reason="不想要了")
    again = services.refund_in_full(payment=order.payment, key="full", reason="还是不想要")
    late = services.refund_in_full(payment=order.payment, key="late", reason="迟到")
    assert first == again == late
    assert Refund.objects.count() == 1
    assert first.amount_fen == order.total_fen
    assert OutboxEvent.objects.filter(kind="payments.refund").count() == 1


def test_refund_is_booked_once():
    product = make_product(stock=5)
    order = make_paid_order(product=product, quantity=2)
    orders.refund_order(order=order, by=order.buyer, reason="不想要了")
    refund = Refund.objects.get()
    told_refunded(refund)
    told_refunded(refund)
    order = fresh(order)
    assert (order.status, order.payment.refunded_fen) == ("refunded", order.total_fen)
    assert balances() == {"external": 0, "frozen": 0}
    assert (sku_of(product).stock, sku_of(product).sold) == (5, 0)
    assert InboxItem.objects.filter(user=order.buyer, kind="order_refunded").count() == 1


def test_unpaid_payment_has_nothing_to_refund():
    order = make_order()
    with pytest.raises(NotRefundable):
        services.refund_in_full(payment=order.payment, key="full", reason="")
    assert not Refund.objects.exists()


def test_released_money_is_not_refunded():
    order = make_paid_order()
    services.request_split(payment=order.payment, fee_fen=0)
    with pytest.raises(NotRefundable):
        services.refund_in_full(payment=order.payment, key="full", reason="")
    assert not Refund.objects.exists()


def test_database_refuses_refunds_above_the_payment():
    order = make_paid_order()
    payments = Payment.objects.filter(pk=order.payment_id)
    with pytest.raises(IntegrityError, match="refunds_within_payment"), transaction.atomic():
        payments.update(refunded_fen=order.total_fen + 1)


def answer_of(refund: Refund, status: str, fen: int | None = None) -> RefundAnswer:
    amount = refund.amount_fen if fen is None else fen
    return RefundAnswer(refund.out_refund_no, "5030", status, amount, refund.payment.out_trade_no, "", None)


@pytest.mark.parametrize("spoilt", ["amount", "payment", "merchant", "number"])
def test_answer_that_does_not_match_is_refused(spoilt):
    order = make_paid_order()
    refund = services.refund_in_full(payment=order.payment, key="full", reason="")
    answer = answer_of(refund, "SUCCESS", 1 if spoilt == "amount" else None)
    if spoilt == "payment":
        answer = RefundAnswer(refund.out_refund_no, "5030", "SUCCESS", refund.amount_fen, "P000000", "", None)
    number = "R000000" if spoilt == "number" else refund.out_refund_no
    merchant = "1600000000" if spoilt == "merchant" else order.payment.sub_merchant.sub_mchid
    with pytest.raises((PaymentMismatch, UnknownPayment)):
        record_answer(out_refund_no=number, answer=answer, sub_mchid=merchant)
    refund.refresh_from_db()
    assert refund.status == "pending"
    assert balances()["frozen"] == order.total_fen


def test_closed_refund_is_tried_again_under_a_new_number(admin_user):
    order = make_paid_order()
    refund = services.refund_in_full(payment=order.payment, key="full", reason="")
    record_answer(
        out_refund_no=refund.out_refund_no,
        answer=answer_of(refund, "CLOSED"),
        sub_mchid=order.payment.sub_merchant.sub_mchid,
    )
    old = refund.out_refund_no
    refund.refresh_from_db()
    assert refund.status == "closed"
    services.retry_refund(refund=refund, by=admin_user)
    refund.refresh_from_db()
    assert (refund.status, refund.out_refund_no != old) == ("pending", True)
    assert OutboxEvent.objects.filter(kind="payments.refund").count() == 2


def test_success_is_final():
    order = make_paid_order()
    refund = services.refund_in_full(payment=order.payment, key="full", reason="")
    told_refunded(refund)
    record_answer(
        out_refund_no=refund.out_refund_no,
        answer=answer_of(refund, "PROCESSING"),
        sub_mchid=order.payment.sub_merchant.sub_mchid,
    )
    refund.refresh_from_db()
    assert refund.status == "succeeded"


# Over the wire


def test_refund_goes_out_and_comes_back_as_notification(wechat, client):
    order = open_and_pay(wechat, client)
    orders.refund_order(order=fresh(order), by=order.buyer, reason="不想要了")
    refund = Refund.objects.get()
    services.send_refund(refund.pk)
    refund.refresh_from_db()
    assert refund.status == "processing"
    assert refund.refund_id
    let_wechat_work(wechat)
    assert wechat.deliver(client) == [204]
    assert fresh(order).status == "refunded"
    assert balances() == {"external": 0, "frozen": 0}


def test_lost_notification_is_asked_for(wechat, client):
    order = open_and_pay(wechat, client)
    refund = services.refund_in_full(payment=order.payment, key="full", reason="")
    services.send_refund(refund.pk)
    wechat.fault("notice_lost")
    let_wechat_work(wechat)
    services.query_refund(refund.pk)
    assert Payment.objects.get().refunded_fen == order.total_fen


@pytest.mark.parametrize("fault", ["lost_reply", "lost_request", "error", "forged_reply"])
def test_unknown_outcome_is_asked_about_and_the_same_number_repeated(wechat, client, fault):
    order = open_and_pay(wechat, client)
    refund = services.refund_in_full(payment=order.payment, key="full", reason="")
    wechat.fault(fault, "POST /v3/ecommerce/refunds/apply")
    with pytest.raises(Retry):
        services.send_refund(refund.pk)
    services.send_refund(refund.pk)
    let_wechat_work(wechat)
    services.query_refund(refund.pk)
    refund.refresh_from_db()
    assert refund.status == "succeeded"
    arrived = [r for r in wechat.requests("/v3/ecommerce/refunds") if r["method"] == "GET"]
    assert arrived, "it repeated without asking first"
    assert Payment.objects.get().refunded_fen == order.total_fen


def test_refusal_for_good_is_shown_to_ops(wechat, client):
    order = open_and_pay(wechat, client)
    refund = services.refund_in_full(payment=order.payment, key="full", reason="")
    wechat.fault("pay_error", "POST /v3/ecommerce/refunds/apply", code="USER_ACCOUNT_ABNORMAL", status=403)
    with pytest.raises(GiveUp):
        services.send_refund(refund.pk)
    refund.refresh_from_db()
    assert (refund.status, refund.error_code) == ("abnormal", "USER_ACCOUNT_ABNORMAL")


def test_money_that_is_not_there_yet_is_waited_for(wechat, client):
    order = open_and_pay(wechat, client)
    refund = services.refund_in_full(payment=order.payment, key="full", reason="")
    wechat.fault("pay_error", "POST /v3/ecommerce/refunds/apply", code="NOT_ENOUGH", status=403)
    with pytest.raises(Retry):
        services.send_refund(refund.pk)
    services.send_refund(refund.pk)
    refund.refresh_from_db()
    assert refund.status == "processing"


@pytest.mark.parametrize(("fault", "status"), [("refund_abnormal", "abnormal"), ("refund_closed", "closed")])
def test_refund_that_ends_badly_waits_for_a_person(wechat, client, fault, status):
    order = open_and_pay(wechat, client)
    refund = services.refund_in_full(payment=order.payment, key="full", reason="")
    wechat.fault(fault)
    services.send_refund(refund.pk)
    let_wechat_work(wechat)
    wechat.deliver(client)
    refund.refresh_from_db()
    assert refund.status == status
    assert balances()["frozen"] == order.total_fen


# The order around it


def test_refund_before_shipping_returns_the_goods_and_ends_the_order():
    order = make_paid_order()
    orders.refund_order(order=order, by=order.buyer, reason="不想要了")
    orders.refund_order(order=fresh(order), by=order.buyer, reason="不想要了")
    assert fresh(order).status == "refunding"
    assert Refund.objects.count() == 1
    with pytest.raises(OrderNotInState):
        orders.ship_order(order=fresh(order), by=order.buyer, company="SF", tracking_no="SF1234567890")


def test_goods_that_left_the_shop_do_not_come_back_by_themselves():
    product = make_product(stock=5)
    order = make_paid_order(product=product)
    orders.ship_order(order=order, by=order.buyer, company="SF", tracking_no="SF1234567890")
    orders.refund_order(order=fresh(order), by=order.buyer, reason="坏了")
    told_refunded(Refund.objects.get())
    assert fresh(order).status == "refunded"
    assert sku_of(product).stock == 4


@pytest.mark.parametrize("status", ["unpaid", "received", "settled", "cancelled"])
def test_order_in_another_state_is_not_refunded(status):
    order = make_order()
    if status != "unpaid":
        if status != "cancelled":
            told_paid(order.payment)
        type(order).objects.filter(pk=order.pk).update(status=status)
    with pytest.raises(OrderNotInState):
        orders.refund_order(order=fresh(order), by=order.buyer, reason="不想要了")
    assert not Refund.objects.exists()
    assert fresh(order).status == status
