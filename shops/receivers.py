from django.dispatch import receiver

from accounts.signals import person_erased, person_exported
from merchants.signals import merchant_opened
from wechat.signals import mini_program_event

from . import services
from .models import Block


@receiver(merchant_opened)
def open_shop(sender, merchant, **kwargs):
    """A merchant that was let in has a shop from its first minute, named as in its application."""
    name = merchant.application.shop_name if merchant.application else merchant.name
    services.create_shop(merchant=merchant, name=name[:30])


@receiver(mini_program_event, dispatch_uid="shops.picture_checked")
def on_picture_checked(sender, event, payload, **kwargs):
    if event == "wxa_media_check":
        result = payload.get("result") or {}
        services.conclude_trace(trace_id=str(payload.get("trace_id", "")), suggest=str(result.get("suggest", "")))


@receiver(person_erased, dispatch_uid="shops.person_erased")
def on_person_erased(sender, user, **kwargs):
    services.forget_blocks(user=user)


@receiver(person_exported, dispatch_uid="shops.person_exported")
def on_person_exported(sender, user, data, **kwargs):
    data["blocked_shops"] = [
        {"shop": row.shop.name, "since": row.created_at.isoformat()}
        for row in Block.objects.of_buyer(user).select_related("shop").order_by("pk")
    ]
