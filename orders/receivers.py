from django.dispatch import receiver

from accounts.signals import erasure_requested, person_erased, person_exported
from wechat.signals import mini_program_event

from . import personal, services


@receiver(mini_program_event)
def note_receipt(sender, event, payload, **kwargs):
    """WeChat pushes this event at shipping too, then without a time of receipt."""
    if event == "trade_manage_order_settlement" and payload.get("confirm_receive_time"):
        services.receive_by_transaction(transaction_id=str(payload.get("transaction_id", "")))


@receiver(erasure_requested, dispatch_uid="orders.erasure_requested")
def refuse_while_open(sender, user, **kwargs):
    personal.require_nothing_open(user)


@receiver(person_exported, dispatch_uid="orders.person_exported")
def add_to_export(sender, user, data, **kwargs):
    data["orders"] = personal.export_orders(user)


@receiver(person_erased, dispatch_uid="orders.person_erased")
def forget(sender, user, **kwargs):
    personal.forget_recipient(user)
