"""Ops' pages: every column has a Chinese name, every button fits the row's state."""

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist
from django.test import RequestFactory
from django.urls import reverse
from django.utils.functional import Promise

from accounts.models import User
from merchants.models import Merchant
from orders.models import Order, Quote
from tests.merchants.factories import make_application, make_merchant
from tests.orders.factories import make_buyer, make_quote
from tests.payments.helpers import make_paid_order

DESKS = [
    (model, desk)
    for model, desk in admin.site._registry.items()
    if not model.__module__.startswith(("django.", "django_otp."))
]


def shown_fields(model, desk, request):
    shown = {*getattr(desk, "list_display", ()), *flatten_fieldsets(desk.get_fieldsets(request))}
    names = {getattr(one, "__name__", one) for one in shown}
    for name in names:
        try:
            yield model._meta.get_field(name)
        except FieldDoesNotExist:
            continue  # A column of the desk's own: its description is marked where it is written.


@pytest.fixture
def ops(db):
    return User.objects.create_user(username="ops", is_staff=True, is_superuser=True)


@pytest.fixture
def desk(client, ops):
    client.force_login(ops, backend="accounts.backends.UsernameBackend")
    return client


def test_every_shown_field_has_a_name_to_translate(ops):
    request = RequestFactory().get("/")
    request.user = ops
    bare = set()
    for model, desk in DESKS:
        inlines = [(inline.model, inline(model, admin.site)) for inline in desk.inlines]
        for shown, its_desk in [(model, desk), *inlines]:
            if not isinstance(shown._meta.verbose_name, Promise):
                bare.add(shown._meta.label)
            bare |= {
                f"{shown._meta.label}.{field.name}"
                for field in shown_fields(shown, its_desk, request)
                if not isinstance(field.verbose_name, Promise)
            }
    assert bare == set()


def buttons(desk, row) -> set[str]:
    page = desk.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]))
    assert page.status_code == 200
    return {action["title"] for action in page.context["actions_detail"]}


def set_status(row, status: str):
    type(row).objects.filter(pk=row.pk).update(status=status)
    return row


@pytest.mark.parametrize(
    ("status", "offered"),
    [("submitted", {"通过", "要求补充", "驳回"}), ("approved", set()), ("rejected", set()), ("more_needed", set())],
)
def test_only_a_waiting_application_can_be_decided(desk, status, offered):
    assert buttons(desk, set_status(make_application(submitted=True), status)) == offered


def test_a_merchant_is_suspended_or_reopened(desk):
    merchant = make_merchant()
    assert buttons(desk, merchant) == {"暂停营业", "服务费率"}
    Merchant.objects.filter(pk=merchant.pk).update(status=Merchant.Status.SUSPENDED)
    assert buttons(desk, merchant) == {"恢复营业", "服务费率"}


def test_a_shut_account_is_not_offered_to_be_shut(desk, ops):
    person = User.objects.create_user(username="somebody")
    assert buttons(desk, person) == {"停用账号", "退出所有设备"}
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert buttons(desk, person) == {"恢复账号"}


def test_a_row_that_is_gone_has_no_action(desk):
    url = reverse("admin:merchants_merchant_suspend", args=[987_654])
    assert desk.post(url, {"reason": "不再营业", "_form_submitted": "1"}).status_code == 404


def test_fen_are_shown_as_yuan_and_json_in_letters(desk):
    order = make_paid_order()
    Order.objects.filter(pk=order.pk).update(
        promises=["11月29日前送到", "包邮"], goods_fen=1_234_550, shipping_fen=0, total_fen=1_234_550
    )
    page = desk.get(reverse("admin:orders_order_change", args=[order.pk])).content.decode()
    assert "¥12,345.50" in page
    assert "11月29日前送到 · 包邮" in page


def test_what_is_excluded_stays_hidden_and_nothing_is_shown_twice(ops):
    request = RequestFactory().get("/")
    request.user = ops
    for model, desk in DESKS:
        names = [getattr(one, "__name__", one) for one in flatten_fieldsets(desk.get_fieldsets(request))]
        assert not set(names) & set(desk.exclude or ()), model
        assert len(names) == len(set(names)), model


def test_a_slip_is_shown_in_letters(desk):
    quote = make_quote(make_buyer())
    Quote.objects.filter(pk=quote.pk).update(slip={"title": "送爸爸的茶具"})
    page = desk.get(reverse("admin:orders_quote_change", args=[quote.pk])).content.decode()
    assert "送爸爸的茶具" in page
