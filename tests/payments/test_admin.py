"""Ops' desk: every page opens, nothing can be edited, actions call services."""

import pytest
from django.contrib import admin
from django.urls import reverse

from core.models import OutboxEvent
from orders import services as orders
from orders.models import Order, Quote
from payments import services
from payments.models import (
    LedgerAccount,
    LedgerTransaction,
    Payment,
    PayNotification,
    Refund,
    Split,
    SubMerchant,
)
from tests.orders.factories import make_buyer, make_order, make_quote
from tests.payments.helpers import fresh, make_paid_order, pay_notification
from tests.payments.wire import open_order, pay

pytestmark = pytest.mark.django_db

MODELS = [LedgerAccount, LedgerTransaction, Payment, PayNotification, Refund, Split, SubMerchant, Order, Quote]


def page(model, name: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.fixture
def money(settings):
    """One of everything."""
    buyer = make_buyer()
    order = make_order(buyer=buyer, quote=make_quote(buyer))
    services.receive_notification(pay_notification(order.payment, settings))
    orders.refund_order(order=fresh(order), by=buyer, reason="不想要了")
    orders.ship_order(order=make_paid_order(), by=buyer, company="SF", tracking_no="SF1234567890")
    services.request_split(payment=make_paid_order().payment, fee_fen=0)
    return order


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_pages_open_and_change_nothing(admin_client, money, model):
    row = model.objects.last()
    assert admin_client.get(page(model, "changelist")).status_code == 200
    assert admin_client.get(page(model, "changelist"), {"q": "x"}).status_code == 200
    assert admin_client.get(page(model, "change", row.pk)).status_code == 200
    before = model.objects.filter(pk=row.pk).values().get()
    assert admin_client.post(page(model, "change", row.pk), {"status": "paid", "amount_fen": "1"}).status_code == 403
    assert admin_client.get(page(model, "add")).status_code == 403
    assert admin_client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_cost_the_same_for_every_length(admin_client, money, model, django_assert_max_num_queries):
    assert not admin.site.get_model_admin(model).list_editable
    with django_assert_max_num_queries(12):
        admin_client.get(page(model, "changelist"))


def test_secrets_of_the_application_and_addresses_are_not_shown(admin_client, money):
    services.apply_sub_merchant(details={"shop_name": "山南茶器", "contact_phone": "13900000000"})
    shown = admin_client.get(page(SubMerchant, "change", SubMerchant.objects.first().pk)).content.decode()
    assert "13900000000" not in shown
    shown = admin_client.get(page(Order, "change", money.pk)).content.decode()
    assert "龙井路" not in shown


def act(client, model, action: str, *rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(page(model, "changelist"), data, follow=True)


def test_ops_refund_an_order_once(admin_client, admin_user):
    order = make_paid_order()
    for _ in range(2):
        act(admin_client, Order, "refund_in_full", order)
    assert fresh(order).status == "refunding"
    assert Refund.objects.count() == 1


def test_refused_action_says_so_and_goes_on(admin_client):
    unpaid, paid = make_order(), make_paid_order()
    act(admin_client, Order, "refund_in_full", unpaid, paid)
    assert (fresh(unpaid).status, fresh(paid).status) == ("unpaid", "refunding")
    act(admin_client, Order, "cancel", unpaid, paid)
    assert (fresh(unpaid).status, fresh(paid).status) == ("cancelled", "refunding")


def test_ops_ask_wechat_about_a_payment(admin_client, wechat):
    order, phone = open_order(wechat)
    wechat.fault("notice_lost")
    pay(order, phone)
    act(admin_client, Payment, "ask_wechat", order.payment)
    assert fresh(order).status == "paid"


def test_silence_is_told_to_ops(admin_client, wechat):
    order, phone = open_order(wechat)
    pay(order, phone)
    wechat.fault("error", "GET *")
    assert act(admin_client, Payment, "ask_wechat", order.payment).status_code == 200
    assert fresh(order).status == "unpaid"


def test_ops_send_a_stuck_refund_again(admin_client):
    order = make_paid_order()
    refund = services.refund_in_full(payment=order.payment, key="full", reason="")
    Refund.objects.update(status="abnormal")
    act(admin_client, Refund, "send_again", refund)
    refund.refresh_from_db()
    assert refund.status == "processing"
    assert OutboxEvent.objects.filter(kind="payments.refund").count() == 2
