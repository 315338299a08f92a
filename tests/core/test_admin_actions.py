"""Whoever may only look at a row in ops can do nothing with it."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from orders.models import Order
from shops.models import Block
from tests.orders.factories import make_buyer
from tests.payments.helpers import make_paid_order
from tests.shops.factories import make_shop

ACTIONS = [
    (model._meta.label, name, desk)
    for model, desk in admin.site._registry.items()
    if "site-packages" not in type(desk).__module__ and not type(desk).__module__.startswith(("django.", "unfold."))
    for name in (*(desk.actions or ()), *getattr(desk, "actions_detail", ()))
]


@pytest.mark.parametrize(("label", "name", "desk"), ACTIONS, ids=[f"{label}.{name}" for label, name, _ in ACTIONS])
def test_every_action_names_its_permission(label, name, desk):
    allowed = getattr(getattr(desk, name), "allowed_permissions", None)
    assert allowed and "view" not in allowed


def ops_who(*permissions: str) -> Client:
    user = User.objects.create_user(username="viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user, backend="accounts.backends.UsernameBackend")
    return client


@pytest.mark.parametrize(
    ("permissions", "after"), [(["view_order"], "paid"), (["view_order", "change_order"], "refunding")]
)
def test_refunding_wants_more_than_looking(db, permissions, after):
    order = make_paid_order()
    form = {"action": "refund_in_full", "_selected_action": [order.pk]}
    assert ops_who(*permissions).post(reverse("admin:orders_order_changelist"), form).status_code in (200, 302)
    assert Order.objects.get().status == after


def test_support_cannot_open_the_doors_of_ops(db):
    """Or whoever helps people could take a colleague's second factor away."""
    colleague, person = User.objects.create_user(username="boss", is_staff=True), User.objects.create_user()
    support = ops_who("view_user", "change_user")

    def close(user):
        support.post(
            reverse("admin:accounts_user_close", args=[user.pk]), {"reason": "查验", "_form_submitted": "True"}
        )
        user.refresh_from_db()
        return not user.is_active

    assert close(person)
    assert not close(colleague)


@pytest.mark.parametrize(("permissions", "left"), [(["view_block"], 1), (["view_block", "change_block"], 0)])
def test_a_block_is_lifted_and_the_list_says_so(db, permissions, left):
    shop = make_shop()
    row = Block.objects.create(shop=shop, buyer=make_buyer(), side=Block.Side.BUYER)
    client = ops_who(*permissions)
    reply = client.post(reverse("admin:shops_block_lift", args=[row.pk]), {"_form_submitted": "True"})
    assert Block.objects.count() == left
    if not left:
        assert reply.headers["HX-Redirect"] == reverse("admin:shops_block_changelist")
        assert "已解除屏蔽" in client.get(reply.headers["HX-Redirect"]).content.decode()
