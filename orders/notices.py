"""What people are told about an order. The inbox row is written in the caller's transaction."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core.money import yuan
from core.prepared import Prepared
from merchants.models import Membership, Role
from notifications.services import notify

from .carriers import carrier_name
from .models import Order

ROLES = [role for role in Role if "orders" in Membership.CAPABILITIES[role]]


def goods_of(order: Order) -> str:
    """The first thing, and that there is more."""
    lines = order.goods
    first = f"{lines[0].title} × {lines[0].quantity}"
    return first if len(lines) == 1 else _("%(first)s and %(more)s more") % {"first": first, "more": len(lines) - 1}


def tell_shop_paid(order: Order) -> None:
    """Everybody who handles the shop's orders."""
    with translation.override(settings.LANGUAGE_CODE):
        goods, amount = goods_of(order), yuan(order.total_fen)
        for membership in _staff.all(merchant_id=order.shop.merchant_id):
            notify(
                user=membership.user,
                kind="order_paid",
                key=order.public_id,
                title=_("New order %(amount)s, ready to be shipped") % {"amount": amount},
                body=goods,
                link=reverse("orders:detail", args=[order.public_id]),
                fields={"order": order.public_id, "goods": goods, "amount": amount.replace("¥", "") + "元"},
            )


@Prepared(merchant_id=int)
def _staff(merchant_id):
    members = Membership.objects.filter(merchant=merchant_id, removed_at=None, role__in=ROLES)
    return members.select_related("user").only("user__public_id")


def tell_buyer_shipped(order: Order, company: str, tracking_no: str) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        goods, carrier = goods_of(order), carrier_name(company) if company else _("the shop itself")
        _tell_buyer(
            order,
            "order_shipped",
            _("%(shop)s has sent your order") % {"shop": order.shop.name},
            f"{goods} · {carrier} {tracking_no}".strip(),
            {"goods": goods, "company": carrier, "tracking_no": tracking_no or order.public_id},
        )


def tell_buyer_refunded(order: Order, amount_fen: int) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        goods, amount = goods_of(order), yuan(amount_fen)
        _tell_buyer(
            order,
            "order_refunded",
            _("%(amount)s is on its way back to your WeChat Pay") % {"amount": amount},
            goods,
            {"goods": goods, "amount": amount.replace("¥", "") + "元"},
        )


def _tell_buyer(order: Order, kind: str, title: str, body: str, fields: dict[str, str]) -> None:
    link = f"pages/order/index?id={order.public_id}"
    notify(user=order.buyer, kind=kind, key=order.public_id, title=title, body=body, link=link, fields=fields)
