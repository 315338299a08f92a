"""What must hold for money after every test, whatever the test did."""

from django.db import connection
from django.db.models import Sum

from orders.models import Order
from payments.models import LedgerAccount, LedgerEntry, Payment, Refund


def assert_books_balance() -> None:
    """Every ledger transaction sums to zero, balances are the sums of their entries, nothing is kept that is owed."""
    if not LedgerEntry.objects.exists() and not Payment.objects.exclude(status="pending").exists():
        return
    with connection.cursor() as cursor:
        # A test that is rolled back never commits, so the deferred trigger is asked now.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    off = LedgerEntry.objects.values("transaction__reference").annotate(fen=Sum("amount_fen")).exclude(fen=0)
    assert not list(off), "ledger transactions that do not sum to zero"
    for account in LedgerAccount.objects.annotate(fen=Sum("entries__amount_fen")):
        assert account.balance_fen == (account.fen or 0), f"{account} is not the sum of its entries"
        assert account.kind == "external" or account.balance_fen >= 0, f"{account} is negative"
    for payment in Payment.objects.all():
        _assert_payment_adds_up(payment)
    kept = Order.objects.filter(status="cancelled", payment__status="paid", payment__refunds=None)
    assert not list(kept), "money kept on a dead order"


def _assert_payment_adds_up(payment: Payment) -> None:
    moves = LedgerEntry.objects.filter(transaction__payment=payment).values_list("account__kind")
    moved = dict(moves.annotate(Sum("amount_fen")))
    refunded = payment.refunds.filter(status=Refund.Status.SUCCEEDED).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    paid = payment.amount_fen if payment.status == Payment.Status.PAID else 0
    assert payment.refunded_fen == refunded, f"{payment} says it gave back another amount than its refunds"
    assert moved.get("external", 0) == refunded - paid, f"{payment} is not in the ledger as it was paid and refunded"
    released = moved.get("settled", 0) + moved.get("fee", 0)
    assert moved.get("frozen", 0) == paid - refunded - released, f"{payment} is not all where it belongs"
