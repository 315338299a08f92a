"""The merchant's account at WeChat Pay, as its owner hears of it. Without one the shop is asked nothing."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from merchants.models import Membership, Merchant, Role
from notifications.services import notify
from payments.models import SubMerchant

Status = SubMerchant.Status


def tell_account(*, sub_merchant: SubMerchant) -> None:
    """Tell the owner that WeChat Pay wants something, has refused, or pays out from now on; once per state."""
    owner = Membership.objects.filter(
        merchant__sub_merchant=sub_merchant, role=Role.OWNER, removed_at=None
    ).select_related("user", "merchant").first()  # fmt: skip
    with override("zh-hans"):  # Read in WeChat.
        words = _words(sub_merchant)
        if owner is None or words is None:
            return
        title, result, note = words
        notify(
            user=owner.user,
            kind="account_changed",
            key=f"{sub_merchant.out_request_no}:{sub_merchant.wechat_state or sub_merchant.status}",
            title=title,
            body=note,
            link=reverse("dashboard"),
            fields={"shop": _shop_name(owner.merchant), "result": result, "note": note},
        )


def _words(sub_merchant: SubMerchant) -> tuple[str, str, str] | None:
    """Title, result in at most five characters, and the next step."""
    if sub_merchant.status == Status.NEEDS_ACTION:
        return _("WeChat Pay waits for you"), _("Your turn"), _("Open your dashboard and finish it there")
    if sub_merchant.status == Status.ACTIVE:
        return _("You can be paid"), _("Opened"), _("Questions reach you from now on")
    if sub_merchant.status == Status.REJECTED:
        return _("WeChat Pay did not accept the application"), _("Not accepted"), sub_merchant.reason
    return None


def _shop_name(merchant: Merchant) -> str:
    return merchant.application.shop_name if merchant.application else merchant.name
