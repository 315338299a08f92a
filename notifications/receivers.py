from django.dispatch import receiver

from wechat.signals import official_account_event

from . import services


@receiver(official_account_event, dispatch_uid="notifications.template_result")
def note_template_result(sender, event, payload, **kwargs):
    """WeChat reports a template message's fate some seconds after taking it."""
    if event.upper() == "TEMPLATESENDJOBFINISH":
        status = str(payload.get("Status", ""))
        services.record_template_result(
            msgid=str(payload.get("MsgID", "")), succeeded=status == "success", detail=status
        )
