"""The payment's row is the lock of everything that moves its money; it is taken before any other."""

from .models import Payment


def lock_payment(**lookup) -> Payment | None:
    """Lock one payment and return it as it is now with its sub-merchant; None if there is none."""
    rows = Payment.objects.select_for_update(of=("self",)).select_related("sub_merchant")
    rows = rows.defer("sub_merchant__details")  # Of no use to money, and the widest column of all.
    return rows.filter(**lookup).first()
