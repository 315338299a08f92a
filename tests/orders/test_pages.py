"""The shop's order pages: what is shown, to whom, and what they do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from merchants.models import Membership
from orders.models import Order
from payments.models import Refund
from tests.orders.factories import make_buyer, make_order, make_quote
from tests.payments.helpers import fresh, make_paid_order
from tests.shops.factories import make_product, make_shop, owner_of

pytestmark = pytest.mark.django_db

LIST = reverse("orders:list")
PARCEL = {"logistics_type": "1", "company": "SF", "tracking_no": "SF1234567890"}


def page_of(order: Order, name: str = "detail") -> str:
    return reverse(f"orders:{name}", args=[order.public_id])


@pytest.fixture
def order():
    buyer = make_buyer("林女士")
    return make_paid_order(
        buyer=buyer, quote=make_quote(buyer, product=make_product(title="段泥西施壶礼盒", price_fen=50800))
    )


@pytest.fixture
def owner(client, order):
    client.force_login(owner_of(order.shop))
    return client


def member(order: Order, role: str):
    user = make_buyer()
    Membership.objects.create(merchant=order.shop.merchant, user=user, role=role)
    return user


def test_list_shows_the_shops_orders_by_tab_with_counts(owner, order):
    make_order(product=make_product(order.shop, title="青瓷杯"))
    make_order(product=make_product(title="别家的壶"))
    page = owner.get(LIST).content.decode()
    assert "段泥西施壶礼盒" in page
    assert "青瓷杯" in page
    assert "别家的壶" not in page
    to_ship = owner.get(LIST, {"view": "to_ship"})
    assert [o.pk for o in to_ship.context["page"]] == [order.pk]
    counts = {tab: number for tab, _, number in to_ship.context["tabs"]}
    assert (counts[""], counts["to_ship"], counts["to_pay"], counts["shipped"]) == (2, 1, 1, 0)


@pytest.mark.parametrize("query", ["西施", "林女士", "id"])
def test_search_finds_by_goods_buyer_and_number(owner, order, query):
    make_order(product=make_product(order.shop, title="青瓷杯"))
    query = order.public_id[:8] if query == "id" else query
    assert [o.pk for o in owner.get(LIST, {"q": query}).context["page"]] == [order.pk]


@pytest.mark.parametrize("query", [{"view": "nonsense"}, {"page": "999"}, {"q": "x" * 500}, {"q": "'%"}])
def test_odd_addresses_show_a_list(owner, order, query):
    assert owner.get(LIST, query).status_code == 200


def test_empty_lists_say_what_to_do(client):
    shop = make_shop()
    client.force_login(owner_of(shop))
    assert "wx-empty" in client.get(LIST).content.decode()
    assert "wx-empty" in client.get(LIST, {"q": "壶"}).content.decode()


def test_list_costs_the_same_for_one_and_for_three(owner, order, django_assert_num_queries):
    with CaptureQueriesContext(connection) as one:
        owner.get(LIST)
    for _ in range(2):
        make_order(product=make_product(order.shop))
    with django_assert_num_queries(len(one)):
        owner.get(LIST)


def test_order_shows_slip_promises_and_address(owner, order):
    page = owner.get(page_of(order)).content.decode()
    for text in ("送爸爸的茶具", "爸爸，", "48", "碎了包赔", "林青", "13812345678", "龙井路", "段泥西施壶礼盒"):
        assert text in page
    assert "data-confirm=" in page
    assert "¥508" in page


def test_shipping_form_ships(owner, order):
    response = owner.post(page_of(order, "ship"), PARCEL)
    assert response.status_code == 302
    order = fresh(order)
    assert (order.status, order.shipment.company, order.shipment.tracking_no) == ("shipped", "SF", "SF1234567890")
    assert "SF1234567890" in owner.get(page_of(order)).content.decode()


@pytest.mark.parametrize(
    "spoilt",
    [
        {"company": ""},
        {"company": "NONE"},
        {"tracking_no": ""},
        {"tracking_no": "短"},
        {"tracking_no": "x" * 41},
        {"logistics_type": "9"},
    ],
)
def test_bad_shipping_is_said_beside_the_field_and_nothing_moves(owner, order, spoilt):
    response = owner.post(page_of(order, "ship"), {**PARCEL, **spoilt})
    assert response.status_code == 422
    assert next(iter(spoilt)) in response.context["shipping_form"].errors
    assert fresh(order).status == "paid"


def test_refund_form_refunds_once(owner, order):
    for _ in range(2):
        assert owner.post(page_of(order, "refund"), {"reason": "缺货"}).status_code == 302
    assert Refund.objects.get().reason == "缺货"
    assert fresh(order).status == "refunding"


def test_refund_needs_a_reason(owner, order):
    response = owner.post(page_of(order, "refund"), {"reason": " "})
    assert (response.status_code, fresh(order).status) == (422, "paid")
    assert not Refund.objects.exists()


def test_refused_shipping_says_why(owner, order):
    page = page_of(order, "ship")
    Order.objects.filter(pk=order.pk).update(status="cancelled", payment=order.payment)
    response = owner.post(page, PARCEL)
    Order.objects.filter(pk=order.pk).update(status="paid")
    assert response.status_code == 422


@pytest.mark.parametrize("name", ["detail", "ship", "refund"])
def test_foreign_orders_do_not_exist(client, order, name):
    client.force_login(owner_of(make_shop()))
    method = client.get if name == "detail" else client.post
    assert method(page_of(order, name), PARCEL | {"reason": "x"}).status_code == 404
    assert fresh(order).status == "paid"
    assert not Refund.objects.exists()


@pytest.mark.parametrize("path", [LIST, "detail", "ship", "refund"])
def test_strangers_are_sent_to_the_login(client, order, path):
    path = path if path == LIST else page_of(order, path)
    response = client.post(path) if path.endswith(("ship/", "refund/")) else client.get(path)
    assert response.status_code == 302
    assert "login" in response.url


@pytest.mark.parametrize(
    ("role", "ship", "refund"), [("agent", 302, 403), ("finance", 403, 302), ("manager", 302, 302)]
)
def test_roles_do_what_they_may(client, order, role, ship, refund):
    client.force_login(member(order, role))
    assert client.get(page_of(order)).status_code == 200
    assert client.post(page_of(order, "ship"), PARCEL).status_code == ship
    assert client.post(page_of(order, "refund"), {"reason": "缺货"}).status_code == refund
