"""The last unit is sold once. First the race, with the guard removed, so that the test is known to see it."""

import time

import pytest

from orders import services
from orders.models import Order
from payments.models import Payment
from shops.models import Product, Sku
from tests.orders.factories import make_address, make_buyer, sku_of
from tests.shops.factories import make_product

BUYERS, ATTEMPTS, STOCK = 32, 100, 50


@pytest.fixture
def buyers(transactional_db):
    people = [make_buyer() for _ in range(BUYERS)]
    return [(buyer, make_address(buyer)) for buyer in people]


@pytest.fixture
def product(transactional_db):
    return make_product(stock=STOCK)


def attempts(buyers, product, *, same_key: bool = False):
    sku = sku_of(product)
    for number in range(ATTEMPTS):
        buyer, address = buyers[0 if same_key else number % BUYERS]
        key = "the-same-key" if same_key else f"attempt-{number:04d}"
        yield lambda buyer=buyer, address=address, key=key: services.place_order(
            buyer=buyer, address=address, idempotency_key=key, lines=[(sku, 1)]
        )


def take_stock_unguarded(*, lines):
    """What a shop would do without the guard: look, then write."""
    for sku_id, quantity in lines:
        sku = Sku.objects.get(pk=sku_id)
        if sku.stock < quantity:
            raise RuntimeError("sold out")
        time.sleep(0.002)
        Sku.objects.filter(pk=sku_id).update(stock=sku.stock - quantity)


def test_without_the_guard_it_oversells(at_once, buyers, product, monkeypatch):
    monkeypatch.setattr("orders.services.placing.shops.take_stock", take_stock_unguarded)
    at_once(attempts(buyers, product), threads=BUYERS)
    sold = Order.objects.count()
    assert sold > STOCK - Sku.objects.get().stock, "the race did not appear: this test proves nothing"


def test_fifty_units_and_a_hundred_attempts_sell_fifty(at_once, buyers, product):
    ended = at_once(attempts(buyers, product), threads=BUYERS)
    assert ended == {"Order": STOCK, "OutOfStock": ATTEMPTS - STOCK}
    assert (Order.objects.count(), Payment.objects.count()) == (STOCK, STOCK)
    assert (Sku.objects.get().stock, Product.objects.get().stock) == (0, 0)


def test_the_same_request_a_hundred_times_is_one_order(at_once, buyers, product):
    Sku.objects.update(stock=1)
    ended = at_once(attempts(buyers, product, same_key=True), threads=BUYERS)
    assert ended == {"Order": ATTEMPTS}
    assert (Order.objects.count(), Payment.objects.count(), Sku.objects.get().stock) == (1, 1, 0)


def test_two_goods_in_both_orders_never_deadlock(at_once, buyers, product):
    second = make_product(product.shop, stock=STOCK)
    skus = [sku_of(product), sku_of(second)]

    def place(number):
        buyer, address = buyers[number % BUYERS]
        lines = [(sku, 1) for sku in (skus if number % 2 else reversed(skus))]
        return services.place_order(buyer=buyer, address=address, idempotency_key=f"both-{number:04d}", lines=lines)

    ended = at_once([lambda n=n: place(n) for n in range(STOCK)], threads=16)
    assert ended == {"Order": STOCK}
    assert set(Sku.objects.values_list("stock", flat=True)) == {0}


def test_expiry_gives_each_unit_back_once(at_once, buyers, product):
    from payments.services import expire_payment

    orders = [call() for call in list(attempts(buyers, product))[:10]]
    assert Sku.objects.get().stock == STOCK - 10
    at_once([lambda pk=o.payment_id: expire_payment(pk) for o in orders for _ in range(4)], threads=16)
    assert Sku.objects.get().stock == STOCK
    assert Order.objects.filter(status="cancelled").count() == 10
