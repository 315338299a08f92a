"""The ledger's one door."""

from collections.abc import Mapping

from django.db.models import Case, F, Value, When

from core.locks import lock_rows

from .models import LedgerAccount, LedgerEntry, LedgerTransaction, Payment

Kind = LedgerAccount.Kind


def post(*, reference: str, payment: Payment, entries: Mapping[str, int]) -> LedgerTransaction:
    """Write one transaction and move the balances with it, in the caller's transaction.

    Call it last: the accounts of a busy merchant are its hottest rows.

    Args:
        reference: makes the business event post once; a second time raises IntegrityError.
        payment: whose money moves, among the accounts of its sub-merchant.
        entries: account kind -> fen, positive into the account; zeros are left out.

    Raises:
        ValueError: the entries do not sum to zero, or there are none.
    """
    moves = {Kind(kind): fen for kind, fen in entries.items() if fen}
    if not moves or sum(moves.values(), 0):
        raise ValueError("the entries of a ledger transaction sum to zero")
    transaction = LedgerTransaction.objects.create(reference=reference, payment=payment)
    accounts = _lock_accounts(payment.sub_merchant_id, moves)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=transaction, account=account, amount_fen=moves[Kind(account.kind)])
        for account in accounts
    )
    change = Case(*(When(pk=account.pk, then=Value(moves[Kind(account.kind)])) for account in accounts))
    LedgerAccount.objects.filter(pk__in=[account.pk for account in accounts]).update(
        balance_fen=F("balance_fen") + change
    )
    return transaction


def _lock_accounts(sub_merchant_id: int, kinds: Mapping[LedgerAccount.Kind, int]) -> list[LedgerAccount]:
    """The accounts of these kinds, made where they are missing."""
    rows = LedgerAccount.objects.filter(sub_merchant_id=sub_merchant_id, kind__in=list(kinds))
    accounts = lock_rows(rows)
    if len(accounts) < len(kinds):
        missing = set(kinds) - {account.kind for account in accounts}
        LedgerAccount.objects.bulk_create(
            [LedgerAccount(kind=kind, sub_merchant_id=sub_merchant_id) for kind in sorted(missing)],
            ignore_conflicts=True,
        )
        accounts = lock_rows(rows)
    return accounts
