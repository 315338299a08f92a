from django.dispatch import receiver

from wechat.signals import mini_program_event

from . import services


@receiver(mini_program_event)
def note_receipt(sender, event, payload, **kwargs):
    """WeChat pushes this event at shipping too, then without a time of receipt."""
    if event == "trade_manage_order_settlement" and payload.get("confirm_receive_time"):
        services.receive_by_transaction(transaction_id=str(payload.get("transaction_id", "")))
