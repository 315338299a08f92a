"""Calling up: who owns the thing that was paid for (settings.PAYMENT_HANDLERS)."""

from django.conf import settings
from django.utils.module_loading import import_string


def handler(purpose: str, event: str):
    """The one function responsible for `event` (confirm, refunded, split, closed) of this purpose."""
    return import_string(settings.PAYMENT_HANDLERS[purpose][event])
