"""Sent with `order` inside the transaction of the change."""

from django.dispatch import Signal

order_placed = Signal()
order_paid = Signal()
order_shipped = Signal()
order_completed = Signal()
order_refunded = Signal()
