"""The baseline of `hot-sku`: the whole application, but stock is looked at first and written afterwards."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weixuan.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from orders.services import placing  # noqa: E402  After Django is set up.
from shops.errors import OutOfStock  # noqa: E402
from shops.models import Sku  # noqa: E402


def take_stock(*, lines):
    """What a shop does that has no guard: between the look and the write others sell the same unit."""
    for sku_id, quantity in lines:
        stock = Sku.objects.values_list("stock", flat=True).get(pk=sku_id)
        if stock < quantity:
            raise OutOfStock(left=stock)
        Sku.objects.filter(pk=sku_id).update(stock=stock - quantity)


class Unguarded:
    """shops.services with this one function replaced."""

    take_stock = staticmethod(take_stock)

    def __getattr__(self, name):
        return getattr(guarded, name)


guarded, placing.shops = placing.shops, Unguarded()  # type: ignore[assignment]  # stands in for the module
