from typing import cast

from django.core.files.storage import Storage, storages
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.functional import LazyObject, empty


class PrivateStorage(LazyObject):
    """The storage "private", found when it is first used."""

    def _setup(self):
        self._wrapped = storages["private"]


_private = PrivateStorage()


def private_storage() -> Storage:
    """Where files lie that only a view may hand out. A function, so that migrations hold no path."""
    return cast(Storage, _private)


@receiver(setting_changed)
def find_anew(*, setting, **kwargs):
    """Fields hold their storage from the start, but tests have folders of their own."""
    if setting == "STORAGES":
        _private._wrapped = empty  # type: ignore[assignment]  # how Django itself resets one
