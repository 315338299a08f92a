"""What happens with a push that is WeChat's: once, and answered within five seconds."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone
from django.utils.module_loading import import_string

from core.errors import DomainError
from core.prepared import OnConflict, insert

from . import clients
from .callbacks import CallbackAccount, Push
from .errors import WeChatError
from .models import CallbackReceipt, ResentPicture

logger = logging.getLogger(__name__)

# WeChat hangs up after five seconds; what we ask of it meanwhile must be quicker.
QUICK_TIMEOUTS = (0.8, 1.2)
RECEIPTS_KEPT = timedelta(days=7)
SCENE_EVENTS = {"subscribe", "SCAN"}


def receive_push(*, to: CallbackAccount, push: Push, signal: Signal) -> str:
    """Deal with a push once and return the text to show the person, "" for none.

    A repetition gets the first answer again and changes nothing. Whatever a handler or receiver raises,
    but for a refusal in words (`core.errors.DomainError`), undoes everything, so that WeChat repeats it.
    """
    key = push.key(to.appid)
    scene = _scene(push)
    # Looked at before only where a repetition would ask WeChat again.
    if scene and (earlier := CallbackReceipt.objects.filter(key=key).first()):
        return earlier.reply
    unionid = _unionid(push.openid) if scene else None
    with transaction.atomic():
        receipt = CallbackReceipt(key=key)
        if not insert(receipt, on_conflict=OnConflict.IGNORE, unique=("key",)):
            return CallbackReceipt.objects.get(key=key).reply
        signal.send(sender=CallbackReceipt, appid=to.appid, event=push.event, openid=push.openid, payload=push.payload)
        receipt.reply = _answer_scene(scene, push, unionid) if scene else ""
        if receipt.reply:
            receipt.save(update_fields=["reply"])
    return receipt.reply


def purge_receipts() -> int:
    """Forget receipts, and pictures sent again, of more than a week ago: WeChat repeats within seconds and judges within
    half an hour. Returns how many receipts."""
    old = timezone.now() - RECEIPTS_KEPT
    ResentPicture.objects.filter(sent_at__lt=old).delete()
    return CallbackReceipt.objects.filter(received_at__lt=old).delete()[0]


def _scene(push: Push) -> tuple[str, str] | None:
    """(prefix, token) of the parametric QR code that was scanned, if it is one of ours."""
    if push.event not in SCENE_EVENTS:
        return None
    prefix, colon, token = push.text("EventKey").removeprefix("qrscene_").partition(":")
    return (prefix, token) if colon and token and prefix in settings.WECHAT_SCENE_HANDLERS else None


def _answer_scene(scene: tuple[str, str], push: Push, unionid: str | None) -> str:
    prefix, token = scene
    handler = import_string(settings.WECHAT_SCENE_HANDLERS[prefix])
    try:
        with transaction.atomic():
            return handler(token=token, openid=push.openid, unionid=unionid, event=push.event) or ""
    except DomainError as refusal:
        return str(refusal.message)


def _unionid(openid: str) -> str | None:
    """The person across our accounts; None where WeChat is slow, and the handler goes on without."""
    try:
        return clients.official_account().get_follower(openid=openid, timeouts=QUICK_TIMEOUTS).unionid
    except WeChatError as problem:
        logger.warning("no unionid for a scan: %s", problem.code)
        return None
