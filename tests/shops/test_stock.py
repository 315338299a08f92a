"""Stock can't be oversold, whatever order the requests come in."""

import threading

import pytest
from django.db import connection

from shops import services
from shops.errors import OutOfStock
from shops.models import Product, Sku
from shops.services import SkuDraft

from .factories import make_product, only_sku

pytestmark = pytest.mark.django_db


def state(product):
    product = Product.objects.get(pk=product.pk)
    return product.stock, product.sold, [(s.stock, s.sold) for s in product.skus.order_by("pk")]


def test_take_stock_takes_from_sku_and_product():
    product = make_product(stock=5)
    services.take_stock(lines=[(only_sku(product).pk, 2), (only_sku(product).pk, 1)])
    assert state(product) == (2, 0, [(2, 0)])


def test_take_stock_refusal_says_what_is_left_and_moves_nothing():
    first, second = make_product(stock=5), make_product(stock=1, title="白瓷盖碗")
    with pytest.raises(OutOfStock) as refused:
        services.take_stock(lines=[(only_sku(first).pk, 2), (only_sku(second).pk, 2)])
    assert refused.value.extra == {"sku_id": only_sku(second).public_id, "left": 1}
    assert "白瓷盖碗" in str(refused.value.message)
    assert state(first) == (5, 0, [(5, 0)])
    assert state(second) == (1, 0, [(1, 0)])


def test_take_stock_of_archived_sku_is_refused():
    product = make_product(skus=[SkuDraft(100, 5, "a"), SkuDraft(100, 5, "b")])
    a, b = product.skus.order_by("pk")
    services.update_product(
        product=product, by=None, title=product.title, category=product.category, description="", values=[],
        skus=[SkuDraft(100, 5, "b", id=b.public_id)],
    )  # fmt: skip
    with pytest.raises(OutOfStock):
        services.take_stock(lines=[(a.pk, 1)])
    assert state(product) == (5, 0, [(5, 0), (5, 0)])


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "1", True, None])
def test_take_stock_refuses_what_is_no_quantity(quantity):
    product = make_product(stock=5)
    with pytest.raises(ValueError, match="quantity"):
        services.take_stock(lines=[(only_sku(product).pk, quantity)])
    assert state(product) == (5, 0, [(5, 0)])


def test_return_stock_gives_back_and_uncounts_a_sale():
    product = make_product(stock=5)
    lines = [(only_sku(product).pk, 3)]
    services.take_stock(lines=lines)
    services.count_sold(lines=lines)
    assert state(product) == (2, 3, [(2, 3)])
    services.return_stock(lines=lines, sold=True)
    assert state(product) == (5, 0, [(5, 0)])
    services.take_stock(lines=lines)
    services.return_stock(lines=lines, sold=False)
    assert state(product) == (5, 0, [(5, 0)])


def test_return_stock_to_archived_sku_stays_off_the_product():
    product = make_product(skus=[SkuDraft(100, 5, "a"), SkuDraft(100, 5, "b")])
    a, b = product.skus.order_by("pk")
    services.take_stock(lines=[(a.pk, 2)])
    services.update_product(
        product=product, by=None, title=product.title, category=product.category, description="", values=[],
        skus=[SkuDraft(100, 5, "b", id=b.public_id)],
    )  # fmt: skip
    services.return_stock(lines=[(a.pk, 2)], sold=False)
    assert state(product) == (5, 0, [(5, 0), (5, 0)])


def crowd(count, act):
    """Run `act(i)` in `count` threads that start together; return how many didn't raise OutOfStock."""
    start, done = threading.Barrier(count), []

    def one(number):
        try:
            start.wait()
            act(number)
            done.append(number)
        except OutOfStock:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(done)


def take_unguarded(sku_id):
    """What take_stock would be without its guard: read, compare, write."""
    sku = Sku.objects.get(pk=sku_id)
    if sku.stock < 1:
        raise OutOfStock
    Sku.objects.filter(pk=sku_id).update(stock=sku.stock - 1, sold=sku.sold + 1)


@pytest.mark.django_db(transaction=True)
def test_thirty_takers_of_twenty_units_get_twenty_and_without_the_guard_more():
    guarded, unguarded = make_product(stock=20), make_product(stock=20)
    sku, loose = only_sku(guarded), only_sku(unguarded)
    assert crowd(30, lambda _number: services.take_stock(lines=[(sku.pk, 1)])) == 20
    assert state(guarded) == (0, 0, [(0, 0)])
    assert crowd(30, lambda _number: take_unguarded(loose.pk)) > 20


@pytest.mark.django_db(transaction=True)
def test_takers_in_opposite_order_never_deadlock():
    first, second = only_sku(make_product(stock=100)), only_sku(make_product(stock=100))
    lines = [(first.pk, 1), (second.pk, 1)]
    assert crowd(16, lambda number: services.take_stock(lines=lines[:: 1 if number % 2 else -1])) == 16
    assert {sku.stock for sku in Sku.objects.all()} == {84}
