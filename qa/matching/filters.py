"""Whether a shop may be asked at all."""

from datetime import datetime, time

from django.utils import timezone

from merchants.models import Merchant
from payments.models import SubMerchant


def shop_reason(row: dict, at: datetime | None) -> str:
    """Why this product's shop may not be asked, or "". Without `at`, quiet hours don't count."""
    if not row["shop__is_open"] or row["shop__merchant__status"] != Merchant.Status.ACTIVE:
        return "closed"
    if row["shop__merchant__sub_merchant__status"] != SubMerchant.Status.ACTIVE:
        return "cannot_be_paid"
    if not row["shop__takes_questions"]:
        return "resting"
    if at is not None and not awake(row["shop__asks_from"], row["shop__asks_until"], at):
        return "quiet_hours"
    return ""


def awake(start: time, end: time, at: datetime) -> bool:
    """Whether `at` lies in the shop's hours (local time). Equal ends mean all day; they may span midnight."""
    now = timezone.localtime(at).time()
    if start == end:
        return True
    return start <= now < end if start < end else now >= start or now < end
