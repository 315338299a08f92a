"""Statements a purchase may cost, step by step; placing and confirming have theirs beside their own tests."""

from orders.selectors import payable_order
from orders.services import prepay_order
from tests.payments.wire import open_order


def test_prepay_costs_few_queries(db, wechat, django_assert_max_num_queries):
    """The order with its payment, the payer's openid, and the prepay that is kept."""
    order, _phone = open_order(wechat)
    with django_assert_max_num_queries(3):
        prepay_order(order=payable_order(order.buyer, order.public_id), user=order.buyer)
