"""The check that runs after every test finds what it is there for."""

import pytest
from django.db import connection

from orders.models import Order
from payments.models import LedgerAccount, Payment
from tests.invariants import assert_books_balance
from tests.payments.helpers import make_paid_order

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (LedgerAccount, {"balance_fen": 7}),
        (Payment, {"refunded_fen": 1}),
        (Payment, {"status": "closed"}),
        (Order, {"status": "cancelled"}),
    ],
)
def test_books_that_do_not_balance_are_noticed(model, change):
    make_paid_order()
    assert_books_balance()
    row = model.objects.last()
    before = {name: getattr(row, name) for name in change}
    model.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(AssertionError):
        assert_books_balance()
    model.objects.filter(pk=row.pk).update(**before)


def test_entries_that_were_slipped_in_are_noticed():
    make_paid_order()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payments_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE payments_ledgerentry SET amount_fen = amount_fen + 1 WHERE amount_fen > 0")
        with pytest.raises(AssertionError):
            assert_books_balance()
        cursor.execute("UPDATE payments_ledgerentry SET amount_fen = amount_fen - 1 WHERE amount_fen > 0")
