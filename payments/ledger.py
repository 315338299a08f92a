"""The ledger's one door."""

from collections.abc import Mapping
from functools import cache

from django.db.models import BigIntegerField, Case, F, When
from django.db.models.functions import Cast

from core.prepared import Prepared, insert

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
    transaction = LedgerTransaction(reference=reference, payment=payment)
    insert(transaction)
    accounts = _lock_accounts(payment.sub_merchant_id, moves)
    insert(
        *(
            LedgerEntry(transaction=transaction, account=account, amount_fen=moves[Kind(account.kind)])
            for account in accounts
        )
    )
    given = {f"account_{n}": account.pk for n, account in enumerate(accounts)}
    given |= {f"fen_{n}": moves[Kind(account.kind)] for n, account in enumerate(accounts)}
    _moved(len(accounts)).update(**given)
    return transaction


@cache
def _moved(count: int) -> Prepared:
    """One UPDATE of this many balances."""
    accounts, amounts = ([f"{name}_{n}" for n in range(count)] for name in ("account", "fen"))

    @Prepared(**dict.fromkeys([*accounts, *amounts], int))
    def rows(**given):
        pairs = [
            (given[account], Cast(given[fen], BigIntegerField()))
            for account, fen in zip(accounts, amounts, strict=True)
        ]
        change = Case(*(When(pk=account, then=fen) for account, fen in pairs))
        return LedgerAccount.objects.filter(pk__in=[account for account, _ in pairs]), {
            "balance_fen": F("balance_fen") + change
        }

    return rows


def _lock_accounts(sub_merchant_id: int, kinds: Mapping[LedgerAccount.Kind, int]) -> list[LedgerAccount]:
    """The accounts of these kinds, made where they are missing."""
    rows = _accounts(frozenset(kinds))
    accounts = rows.all(sub_merchant_id=sub_merchant_id)
    if len(accounts) < len(kinds):
        missing = set(kinds) - {account.kind for account in accounts}
        LedgerAccount.objects.bulk_create(
            [LedgerAccount(kind=kind, sub_merchant_id=sub_merchant_id) for kind in sorted(missing)],
            ignore_conflicts=True,
        )
        accounts = rows.all(sub_merchant_id=sub_merchant_id)
    return accounts


@cache
def _accounts(kinds: frozenset[LedgerAccount.Kind]) -> Prepared:
    """In the order of core.locks.lock_rows."""

    @Prepared(sub_merchant_id=int)
    def rows(sub_merchant_id):
        of_these = LedgerAccount.objects.filter(sub_merchant_id=sub_merchant_id, kind__in=sorted(kinds))
        return of_these.select_for_update(of=("self",)).order_by("pk")

    return rows
