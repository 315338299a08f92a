"""Rows are locked in one order everywhere. Each pair below stood in each other's way once: PostgreSQL ended one of them."""

import contextlib
import threading

import pytest
from django.db import connection

from chat.services import open_conversation
from orders import services as orders
from shops import services as shops
from tests.orders.factories import make_address, make_buyer, make_order, sku_of
from tests.payments.helpers import make_paid_order, told_paid, told_refunded
from tests.shops.factories import make_product, make_upload, owner_of


@pytest.fixture(autouse=True)
def statements_in_words(settings):
    """`paused` knows a statement by its words, which a prepared one doesn't send."""
    settings.DATABASE_PREPARE = False


def paused(call, *, after: tuple[str, ...], gate: threading.Barrier):
    """`call`, which once it has run a statement with all these words waits for the other, a second at most."""
    met = []

    def wrapper(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if not met and all(word in sql for word in after):
            met.append(sql)
            with contextlib.suppress(threading.BrokenBarrierError):
                gate.wait(1)
        return result

    def run():
        with connection.execute_wrapper(wrapper):
            result = call()
        assert met, f"no statement with {after}"
        return result

    return run


CONVERSATION = ("chat_conversation", "FOR UPDATE")
STOCK = ("UPDATE", "shops_sku")


def test_paying_while_ordering_the_same_goods(at_once, transactional_db):
    buyer, product, gate = make_buyer(), make_product(stock=10), threading.Barrier(2)
    open_conversation(shop=product.shop, buyer=buyer)
    first = make_order(buyer=buyer, product=product)
    address, sku = make_address(buyer), sku_of(product)

    def place():
        return orders.place_order(buyer=buyer, address=address, idempotency_key="the-second", lines=[(sku, 1)])

    ended = at_once(
        [
            paused(lambda: told_paid(first.payment), after=STOCK, gate=gate),
            paused(place, after=CONVERSATION, gate=gate),
        ]
    )
    assert ended == {"Payment": 1, "Order": 1}


def test_refunded_while_ordering_the_same_goods(at_once, transactional_db):
    buyer, product, gate = make_buyer(), make_product(stock=10), threading.Barrier(2)
    open_conversation(shop=product.shop, buyer=buyer)
    order = make_paid_order(buyer=buyer, product=product)
    orders.refund_order(order=order, by=buyer, reason="不想要了")
    refund, address, sku = order.payment.refunds.get(), make_address(buyer), sku_of(product)

    def place():
        return orders.place_order(buyer=buyer, address=address, idempotency_key="the-second", lines=[(sku, 1)])

    ended = at_once(
        [
            paused(lambda: told_refunded(refund), after=STOCK, gate=gate),
            paused(place, after=CONVERSATION, gate=gate),
        ]
    )
    assert ended == {"None": 1, "Order": 1}


def test_a_new_picture_while_the_goods_are_ordered(at_once, transactional_db):
    product, gate = make_product(stock=10), threading.Barrier(2)
    by, upload = owner_of(product.shop), make_upload()
    lines = [(sku_of(product).pk, 1)]
    ended = at_once(
        [
            paused(lambda: shops.take_stock(lines=lines), after=STOCK, gate=gate),
            paused(
                lambda: shops.add_image(product=product, by=by, upload=upload),
                after=("shops_product", "FOR UPDATE"),
                gate=gate,
            ),
        ]
    )
    assert ended == {"None": 1, "ProductImage": 1}
