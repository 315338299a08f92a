"""The payment's row is the lock of everything that moves its money; it is taken before any other."""

from django.db.models import QuerySet

from core.prepared import Prepared

from .models import Payment


def lock_payment(*, pk: int | None = None, out_trade_no: str = "") -> Payment | None:
    """Lock one payment and return it as it is now with its sub-merchant; None if there is none."""
    return _by_number.first(out_trade_no=out_trade_no) if pk is None else _by_key.first(pk=pk)


@Prepared(out_trade_no=str)
def _by_number(out_trade_no):
    return _locked().filter(out_trade_no=out_trade_no)


@Prepared(pk=int)
def _by_key(pk):
    return _locked().filter(pk=pk)


def _locked() -> QuerySet[Payment]:
    rows = Payment.objects.select_for_update(of=("self",)).select_related("sub_merchant").order_by()
    return rows.defer("sub_merchant__details")  # Of no use to money, and the widest column of all.
