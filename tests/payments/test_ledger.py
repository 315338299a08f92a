"""The ledger sums to zero, is only added to, and says so in the database itself.

Each trigger is also taken away once: what it stops then happens, so the tests would notice its absence.
"""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError, NotSupportedError, ProgrammingError

from payments import ledger
from payments.models import LedgerAccount, LedgerEntry, LedgerTransaction
from tests.payments.helpers import make_paid_order

pytestmark = pytest.mark.django_db

REFUSED = (InternalError, NotSupportedError, ProgrammingError)


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def without_triggers(table: str):
    """Take the user-defined triggers away for the rest of the test; its rollback brings them back."""
    settle_constraints()
    run(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def settle_constraints() -> None:
    """What COMMIT would check. A test never commits."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("SET CONSTRAINTS ALL DEFERRED")


@pytest.fixture
def payment():
    return make_paid_order().payment


def add_leg() -> LedgerEntry:
    entry = LedgerEntry.objects.first()
    return LedgerEntry.objects.create(transaction=entry.transaction, account=entry.account, amount_fen=1)


@pytest.mark.django_db
def test_transaction_that_is_off_cannot_be_committed(payment):
    with pytest.raises(REFUSED, match="is off by 1 fen"), transaction.atomic():
        add_leg()
        settle_constraints()
    assert LedgerEntry.objects.count() == 2


def test_without_its_trigger_the_ledger_could_be_off(payment):
    without_triggers("payments_ledgerentry")
    entry = add_leg()
    settle_constraints()
    assert sum(entry.transaction.entries.values_list("amount_fen", flat=True)) == 1
    entry.delete()


@pytest.mark.parametrize("table", ["payments_ledgerentry", "payments_ledgertransaction"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_ledger_is_only_added_to(payment, table, verb):
    with pytest.raises(REFUSED, match=r"[Cc]annot (update|delete)"):
        run(verb.format(table))
    assert (LedgerTransaction.objects.count(), LedgerEntry.objects.count()) == (1, 2)


@pytest.mark.parametrize("table", ["payments_ledgerentry", "payments_ledgertransaction"])
def test_without_its_trigger_the_ledger_could_be_rewritten(payment, table):
    without_triggers(table)
    run(f"UPDATE {table} SET id = id")  # noqa: S608 (a table of ours)


def test_entries_must_sum_to_zero(payment):
    for entries in ({}, {"frozen": 0, "external": 0}, {"frozen": 5}, {"frozen": 5, "external": -4}):
        with pytest.raises(ValueError, match="zero"):
            ledger.post(reference="x", payment=payment, entries=entries)
    assert LedgerTransaction.objects.count() == 1


def test_reference_posts_once(payment):
    entries = {"external": -5, "frozen": 5}
    reference = LedgerTransaction.objects.get().reference
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.post(reference=reference, payment=payment, entries=entries)
    assert LedgerEntry.objects.count() == 2


def test_balance_of_a_merchant_is_never_negative(payment):
    too_much = payment.amount_fen + 1
    with pytest.raises(IntegrityError, match="only_external_may_be_negative"), transaction.atomic():
        ledger.post(reference="x", payment=payment, entries={"frozen": -too_much, "external": too_much})
    assert LedgerAccount.objects.get(kind="frozen").balance_fen == payment.amount_fen


def test_empty_legs_are_left_out_and_refused_by_the_database(payment):
    ledger.post(reference="x", payment=payment, entries={"frozen": -1, "external": 1, "fee": 0})
    assert not LedgerAccount.objects.filter(kind="fee").exists()
    entry = LedgerEntry.objects.first()
    with pytest.raises(IntegrityError, match="moves_something"), transaction.atomic():
        LedgerEntry.objects.create(transaction=entry.transaction, account=entry.account, amount_fen=0)
    ledger.post(reference="y", payment=payment, entries={"frozen": 1, "external": -1})


def test_posting_costs_four_queries(payment, django_assert_num_queries):
    with django_assert_num_queries(4):
        ledger.post(reference="x", payment=payment, entries={"frozen": -1, "external": 1})
    ledger.post(reference="y", payment=payment, entries={"frozen": 1, "external": -1})
