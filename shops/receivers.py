from django.dispatch import receiver

from merchants.signals import merchant_opened

from . import services


@receiver(merchant_opened)
def open_shop(sender, merchant, **kwargs):
    """A merchant that was let in has a shop from its first minute, named as in its application."""
    name = merchant.application.shop_name if merchant.application else merchant.name
    services.create_shop(merchant=merchant, name=name[:30])
