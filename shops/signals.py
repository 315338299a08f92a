"""Business signals of this app, sent inside the transaction; receivers only call services."""

from django.dispatch import Signal

pair_blocked = Signal()  # shop, buyer
pair_unblocked = Signal()  # shop, buyer
