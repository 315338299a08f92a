from django.dispatch import receiver

from accounts.signals import person_erased, person_exported
from wechat.signals import official_account_event

from . import selectors, services


@receiver(official_account_event, dispatch_uid="notifications.template_result")
def note_template_result(sender, event, payload, **kwargs):
    """WeChat reports a template message's fate some seconds after taking it."""
    if event.upper() == "TEMPLATESENDJOBFINISH":
        status = str(payload.get("Status", ""))
        services.record_template_result(
            msgid=str(payload.get("MsgID", "")), succeeded=status == "success", detail=status
        )


@receiver(person_exported, dispatch_uid="notifications.person_exported")
def add_to_export(sender, user, data, **kwargs):
    data["news"] = selectors.export_of(user)


@receiver(person_erased, dispatch_uid="notifications.person_erased")
def forget(sender, user, **kwargs):
    services.forget_news(user=user)
