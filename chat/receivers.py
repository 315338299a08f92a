from django.dispatch import receiver

from accounts.signals import person_erased, person_exported
from core.prepared import Prepared
from orders.signals import order_completed, order_paid, order_placed, order_refunded, order_shipped
from shops.signals import pair_blocked
from wechat.signals import mini_program_event

from . import selectors, services
from .models import Conversation


def _note(order, event: str) -> None:
    """Orders are also told in the pair's conversation, where there is one."""
    conversation = _between.first(shop_id=order.shop_id, buyer_id=order.buyer_id)
    if conversation is not None:
        services.post_note(conversation=conversation, key=f"order:{order.public_id}:{event}", order=order)


@Prepared(shop_id=int, buyer_id=int)
def _between(shop_id, buyer_id):
    return Conversation.objects.filter(shop=shop_id, buyer=buyer_id).order_by()


for _event, _signal in {
    "placed": order_placed,
    "paid": order_paid,
    "shipped": order_shipped,
    "completed": order_completed,
    "refunded": order_refunded,
}.items():

    @receiver(_signal, dispatch_uid=f"chat.order_{_event}", weak=False)
    def on_order(sender, order, _event=_event, **kwargs):
        _note(order, _event)


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


@receiver(pair_blocked, dispatch_uid="chat.pair_blocked")
def on_pair_blocked(sender, shop, buyer, **kwargs):
    services.stop_waiting(shop=shop, buyer=buyer)
