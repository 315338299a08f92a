"""What WeChat tells us about followers."""

from django.conf import settings
from django.dispatch import receiver

from wechat.signals import official_account_event

from . import services


@receiver(official_account_event)
def remember_following(sender, *, appid: str, event: str, openid: str, **kwargs):
    if appid == settings.WECHAT_OA_APPID and event in ("subscribe", "unsubscribe"):
        services.set_following(openid=openid, following=event == "subscribe")
