"""Notices get lost. Whatever only WeChat knows is asked about until it is known, less often as it grows older."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders.services import prepay_order
from payments import asking, services, tasks
from payments.models import Payment, Refund
from tests.orders.factories import make_order
from tests.payments.helpers import fresh, told_paid
from tests.payments.wire import open_and_pay, open_order, pay
from wechat.errors import WeChatError

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch):
    """What the sweep would send to the workers."""
    sent = []
    monkeypatch.setattr(tasks.ask, "apply_async", lambda args, **options: sent.append(args))
    return sent


def due(payment: Payment, *, prepaid_seconds_ago: float) -> None:
    now = timezone.now()
    Payment.objects.filter(pk=payment.pk).update(
        prepay_id="wx1", prepaid_at=now - timedelta(seconds=prepaid_seconds_ago), ask_at=now
    )


def test_lost_notification_is_found_by_the_sweep(wechat, client, asked):
    order, phone = open_order(wechat)
    wechat.fault("notice_lost")
    pay(order, phone)
    assert wechat.deliver(client) == []
    tasks.sweep()
    assert asked == []
    Payment.objects.update(ask_at=timezone.now())
    tasks.sweep()
    assert asked == [("payment", order.payment_id)]
    tasks.ask(*asked[0])
    assert fresh(order).status == "paid"
    assert fresh(order).payment.ask_at is None


def test_first_question_comes_ten_seconds_after_prepay(wechat):
    order, _ = open_order(wechat)
    prepay_order(order=order, user=order.buyer)
    payment = fresh(order).payment
    assert payment.ask_at - payment.prepaid_at == asking.FIRST == timedelta(seconds=10)


@pytest.mark.parametrize(("age", "pause"), [(10, 10), (20, 20), (25, 25), (60, 30), (1500, 30)])
def test_pauses_double_up_to_half_a_minute(asked, age, pause):
    order = make_order()
    due(order.payment, prepaid_seconds_ago=age)
    tasks.sweep()
    assert len(asked) == 1
    left = Payment.objects.get().ask_at - timezone.now()
    assert pause - 2 < left.total_seconds() <= pause + 0.5
    tasks.sweep()
    assert len(asked) == 1


def test_what_is_settled_is_not_asked_about(asked):
    order = make_order()
    due(order.payment, prepaid_seconds_ago=10)
    told_paid(order.payment)
    tasks.sweep()
    assert asked == []


def test_silence_costs_one_interval(wechat, asked):
    order, _ = open_order(wechat)
    prepay_order(order=order, user=order.buyer)
    wechat.fault("error", "GET *")
    tasks.ask("payment", order.payment_id)
    with pytest.raises(WeChatError):
        wechat.fault("error", "GET *")
        services.query_payment(order.payment_id)
    assert fresh(order).status == "unpaid"


def test_payment_that_never_left_is_not_asked_about(wechat):
    order = make_order()
    services.query_payment(order.payment_id)
    assert wechat.requests("/v3/pay") == []


def test_refund_is_asked_about(wechat, client, asked):
    order = open_and_pay(wechat, client)
    refund = services.refund_in_full(payment=order.payment, key="full", reason="")
    services.send_refund(refund.pk)
    Refund.objects.update(ask_at=timezone.now())
    tasks.sweep()
    assert asked == [("refund", refund.pk)]


def test_sweep_costs_the_same_for_one_and_for_three(asked, django_assert_num_queries):
    for wanted in (1, 3):
        while Payment.objects.count() < wanted:
            make_order()
        for payment in Payment.objects.all():
            due(payment, prepaid_seconds_ago=10)
        with django_assert_num_queries(5):
            tasks.sweep()
