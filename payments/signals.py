"""Business signals, sent inside the transaction; a receiver only calls a service."""

from django.dispatch import Signal

# sender=SubMerchant; sub_merchant. Its status changed: WeChat accepted it, refused it or wants something.
sub_merchant_changed = Signal()
