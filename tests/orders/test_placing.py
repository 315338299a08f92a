"""Placing an order: one call, one order, everything frozen, all of it or nothing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import NotFound
from core.models import OutboxEvent
from merchants.models import Merchant
from orders import services
from orders.errors import (
    BadLines,
    BadQuote,
    OrderNotInState,
    PriceChanged,
    ProductUnavailable,
    QuoteExpired,
    QuoteWithdrawn,
    ShopCannotSell,
)
from orders.models import Order, Quote
from orders.services import QuoteItem
from payments.models import Payment, SubMerchant
from shops.errors import OutOfStock
from shops.models import Product, Shop, Sku
from tests.orders.factories import make_address, make_buyer, make_order, make_quote, sku_of
from tests.payments.helpers import fresh
from tests.shops.factories import make_product, make_shop, owner_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer():
    return make_buyer()


@pytest.fixture
def product():
    return make_product(price_fen=50800, stock=5)


def place(buyer, **arguments):
    arguments = {"address": None, "idempotency_key": "key-1", **arguments}
    arguments["address"] = arguments["address"] or make_address(buyer)
    return services.place_order(buyer=buyer, **arguments)


def nothing_moved(product: Product, stock: int = 5) -> None:
    assert not Order.objects.exists()
    assert not Payment.objects.exists()
    assert not OutboxEvent.objects.filter(kind="payments.expire").exists()
    assert Sku.objects.get(product=product).stock == stock


def test_everything_is_frozen(buyer, product):
    Merchant.objects.update(fee_rate_bp=250)
    address = make_address(buyer)
    order = place(buyer, lines=[(sku_of(product), 2)], address=address, note="请写贺卡")
    Sku.objects.update(price_fen=1)
    Product.objects.update(title="别的")
    Merchant.objects.update(fee_rate_bp=3000)
    type(address).objects.update(name="别人", detail="别处")
    order = fresh(order)
    line = order.lines.get()
    assert (order.goods_fen, order.shipping_fen, order.total_fen, order.fee_rate_bp) == (101600, 0, 101600, 250)
    assert (line.title, line.price_fen, line.quantity) == (product.title, 50800, 2)
    assert (order.recipient["name"], order.recipient["detail"], order.buyer_note) == ("林青", "龙井路 1 号", "请写贺卡")
    assert (order.payment.amount_fen, order.payment.subject_id) == (101600, order.public_id)


def test_address_is_encrypted_at_rest(buyer, product):
    order = place(buyer, lines=[(sku_of(product), 1)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT address FROM orders_order WHERE id = %s", [order.pk])
        stored = cursor.fetchone()[0]
    assert "龙井路" not in stored
    assert "13812345678" not in stored


def test_quote_is_ordered_at_its_own_price_with_its_promises(buyer, product):
    quote = make_quote(buyer, product=product, price_fen=45000, shipping_fen=800, quantity=2)
    Sku.objects.update(price_fen=99900)
    order = place(buyer, quote=quote)
    assert (order.goods_fen, order.shipping_fen, order.total_fen) == (90000, 800, 90800)
    assert order.promises == ["48 小时内发货", "碎了包赔"]


def test_same_key_is_one_order(buyer, product):
    quote = make_quote(buyer, product=product)
    first = place(buyer, quote=quote)
    Quote.objects.update(valid_until=timezone.now() - timedelta(seconds=1))
    assert place(buyer, quote=quote) == first
    assert place(buyer, lines=[(sku_of(product), 3)]) == first
    assert (Order.objects.count(), Payment.objects.count(), sku_of(product).stock) == (1, 1, 4)


def test_same_key_of_another_person_is_another_order(buyer, product):
    place(buyer, lines=[(sku_of(product), 1)])
    place(make_buyer(), lines=[(sku_of(product), 1)])
    assert Order.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"valid_until": "past"}, QuoteExpired),
        ({"withdrawn_at": "now"}, QuoteWithdrawn),
    ],
)
def test_quote_that_is_over_cannot_be_ordered(buyer, product, change, refusal):
    quote = make_quote(buyer, product=product)
    for name, when in change.items():
        setattr(quote, name, timezone.now() - timedelta(seconds=when == "past"))
    quote.save()
    with pytest.raises(refusal):
        place(buyer, quote=quote)
    nothing_moved(product)


def test_withdrawn_quote_cannot_be_ordered_and_is_withdrawn_once(buyer, product):
    quote = make_quote(buyer, product=product)
    for _ in range(2):
        services.withdraw_quote(quote=quote, by=owner_of(product.shop))
    quote.refresh_from_db()
    with pytest.raises(QuoteWithdrawn):
        place(buyer, quote=quote)
    Quote.objects.update(valid_until=timezone.now() - timedelta(seconds=1))
    quote.refresh_from_db()
    with pytest.raises(OrderNotInState):
        services.withdraw_quote(quote=quote, by=owner_of(product.shop))


def test_another_persons_quote_and_address_do_not_exist(buyer, product):
    stranger = make_buyer()
    with pytest.raises(NotFound):
        place(buyer, quote=make_quote(stranger, product=product))
    with pytest.raises(NotFound):
        place(buyer, lines=[(sku_of(product), 1)], address=make_address(stranger))
    nothing_moved(product)


@pytest.mark.parametrize("by_quote", [False, True])
@pytest.mark.parametrize(
    ("model", "change", "refusal"),
    [
        (Product, {"status": "withdrawn"}, ProductUnavailable),
        (Product, {"status": "draft"}, ProductUnavailable),
        (Product, {"status": "screening"}, ProductUnavailable),
        (Sku, {"archived_at": "now"}, ProductUnavailable),
        (Shop, {"is_open": False}, ShopCannotSell),
        (Merchant, {"status": "suspended"}, ShopCannotSell),
        (Merchant, {"sub_merchant": None}, ShopCannotSell),
        (SubMerchant, {"status": "submitted"}, ShopCannotSell),
        (SubMerchant, {"status": "needs_action"}, ShopCannotSell),
        (SubMerchant, {"status": "rejected"}, ShopCannotSell),
    ],
    ids=str,
)
def test_what_may_not_be_sold_is_not_sold(buyer, product, by_quote, model, change, refusal):
    quote = make_quote(buyer, product=product) if by_quote else None
    model.objects.update(**{name: timezone.now() if value == "now" else value for name, value in change.items()})
    lines = None if by_quote else [(Sku.objects.select_related("product__shop__merchant__sub_merchant").get(), 1)]
    quote = Quote.objects.select_related("shop__merchant__sub_merchant").first() if by_quote else None
    with pytest.raises(refusal):
        place(buyer, quote=quote, lines=lines)
    nothing_moved(product)


@pytest.mark.parametrize("quantity", [0, -1, 1000, True, 1.5, "2", None])
def test_quantities_that_cannot_be(buyer, product, quantity):
    with pytest.raises(BadLines):
        place(buyer, lines=[(sku_of(product), quantity)])
    nothing_moved(product)


def test_lines_that_cannot_be(buyer, product):
    sku = sku_of(product)
    other_shop = sku_of(make_product())
    for lines in (None, [], [(sku, 1), (sku, 1)], [(sku, 1), (other_shop, 1)], [(sku, 1)] * 21):
        with pytest.raises(BadLines):
            place(buyer, lines=lines)
    with pytest.raises(BadLines):
        place(buyer, lines=[(sku, 1)], note="长" * 101)
    nothing_moved(product)


def test_more_than_is_left_is_refused_and_nothing_moves(buyer, product):
    second = make_product(product.shop, stock=5)
    with pytest.raises(OutOfStock):
        place(buyer, lines=[(sku_of(second), 2), (sku_of(product), 6)])
    nothing_moved(product)
    assert sku_of(second).stock == 5


def test_price_the_buyer_was_shown_must_be_the_price(buyer, product):
    Sku.objects.update(price_fen=60000)
    with pytest.raises(PriceChanged) as refusal:
        place(buyer, lines=[(sku_of(product), 1)], total_fen=50800)
    assert refusal.value.extra == {"total_fen": 60000}
    nothing_moved(product)
    assert place(buyer, lines=[(sku_of(product), 1)], total_fen=60000).total_fen == 60000


def test_total_above_what_wechat_takes_is_refused(buyer):
    product = make_product(price_fen=100_000_000, stock=999)
    with pytest.raises(BadQuote):
        place(buyer, lines=[(sku_of(product), 11)])
    nothing_moved(product, stock=999)


def test_placing_costs_few_queries(buyer, product, django_assert_max_num_queries):
    address, quote = make_address(buyer), make_quote(buyer, product=product)
    quote = Quote.objects.select_related("shop__merchant__sub_merchant").get(pk=quote.pk)
    with django_assert_max_num_queries(13):
        place(buyer, quote=quote, address=address)


# Quotes


def quote_of(product, buyer, **changes):
    arguments = {
        "shop": product.shop,
        "buyer": buyer,
        "by": owner_of(product.shop),
        "source": "chat",
        "lines": [QuoteItem(sku_of(product), 1)],
        "promises": [],
        "valid_until": timezone.now() + timedelta(days=1),
    }
    return services.make_quote(**{**arguments, **changes})


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"lines": []}, BadLines),
        ({"price_fen": 0}, BadQuote),
        ({"price_fen": -1}, BadQuote),
        ({"price_fen": True}, BadQuote),
        ({"price_fen": 2_000_000_000}, BadQuote),
        ({"shipping_fen": -1}, BadQuote),
        ({"valid_until": timezone.now() - timedelta(days=1)}, BadQuote),
        ({"promises": ["x"] * 11}, BadQuote),
        ({"promises": [1]}, BadQuote),
        ({"promises": ["x" * 61]}, BadQuote),
        ({"promises": "now"}, BadQuote),
        ({"note": "x" * 101}, BadQuote),
        ({"slip": {"title": "x" * 20000}}, BadQuote),
    ],
    ids=str,
)
def test_offers_that_cannot_be(buyer, product, changes, refusal):
    if "price_fen" in changes:
        changes = {"lines": [QuoteItem(sku_of(product), 1, changes["price_fen"])]}
    with pytest.raises(refusal):
        quote_of(product, buyer, **changes)
    assert not Quote.objects.exists()


def test_offer_of_another_shops_goods_is_refused(buyer, product):
    with pytest.raises(BadLines):
        quote_of(product, buyer, shop=make_shop())
    assert not Quote.objects.exists()


def test_offer_of_what_is_not_on_sale_is_refused(buyer):
    product = make_product(published=False)
    with pytest.raises(ProductUnavailable):
        quote_of(product, buyer)


def test_offer_takes_no_stock(buyer, product):
    quote = quote_of(product, buyer)
    assert sku_of(product).stock == 5
    assert (quote.total_fen, quote.lines.get().price_fen) == (50800, 50800)


def test_orders_are_found_by_person_and_shop(buyer, product):
    order = make_order(buyer=buyer, product=product)
    assert list(Order.objects.of_buyer(buyer)) == list(Order.objects.of_shop(product.shop)) == [order]
    assert not Order.objects.of_buyer(make_buyer()).exists()
