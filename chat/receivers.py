from django.dispatch import receiver

from accounts.signals import person_erased, person_exported
from orders.signals import order_completed, order_paid, order_placed, order_refunded, order_shipped
from wechat.signals import mini_program_event

from . import selectors, services
from .models import Conversation


def _note(order, event: str) -> None:
    """Orders are also told in the pair's conversation, where there is one."""
    conversation = Conversation.objects.filter(shop=order.shop_id, buyer=order.buyer_id).first()
    if conversation is not None:
        services.post_note(conversation=conversation, key=f"order:{order.public_id}:{event}", order=order)


@receiver(order_placed, dispatch_uid="chat.order_placed")
def on_order_placed(sender, order, **kwargs):
    _note(order, "placed")


@receiver(order_paid, dispatch_uid="chat.order_paid")
def on_order_paid(sender, order, **kwargs):
    _note(order, "paid")


@receiver(order_shipped, dispatch_uid="chat.order_shipped")
def on_order_shipped(sender, order, **kwargs):
    _note(order, "shipped")


@receiver(order_completed, dispatch_uid="chat.order_completed")
def on_order_completed(sender, order, **kwargs):
    _note(order, "completed")


@receiver(order_refunded, dispatch_uid="chat.order_refunded")
def on_order_refunded(sender, order, **kwargs):
    _note(order, "refunded")


@receiver(mini_program_event, dispatch_uid="chat.image_checked")
def on_image_checked(sender, event, payload, **kwargs):
    if event == "wxa_media_check":
        result = payload.get("result") or {}
        services.conclude_image_check(trace_id=str(payload.get("trace_id", "")), passed=result.get("suggest") == "pass")


@receiver(person_exported, dispatch_uid="chat.person_exported")
def on_person_exported(sender, user, data, **kwargs):
    data["messages"] = selectors.export_of(user)


@receiver(person_erased, dispatch_uid="chat.person_erased")
def on_person_erased(sender, user, **kwargs):
    services.forget_words(user=user)
