"""The payment itself, which a person makes on the phone."""

import datetime

from .. import delivery, settlement
from ..records import Order, Prepay
from ..weixin import messages
from ..world import CHINA, World, digits, timestamp
from . import combined, orders
from .errors import PayError


def pay(world: World, ticket: Prepay) -> list[Order]:
    """Take the payer's money for a prepay_id, once, and send the notice.

    Raises PayError where it lapsed, was closed or was already paid.
    """
    paid = [order for order in map(world.orders.get, ticket.orders) if order]
    for order in paid:
        orders.lapse(world, order)
        if order.state != "NOTPAY":
            raise PayError("ORDER_PAID" if order.transaction_id else "ORDER_CLOSED", orders.STATE_TEXTS[order.state])
    if ticket.expires_now <= world.clock.now():
        raise PayError("ORDER_CLOSED", "prepay_id已过期")
    for order in paid:
        _take(world, order)
    combine = world.combines.get(ticket.combine)
    _receipt(world, paid)
    resource = combined.describe(world, combine) if combine else orders.describe(paid[0])
    delivery.notify(world, ticket.notify_url, "TRANSACTION.SUCCESS", "transaction", "支付成功", resource)
    return paid


def _take(world: World, order: Order) -> None:
    order.state, order.success_time = "SUCCESS", timestamp()
    order.transaction_id = f"42000{digits(5)}{datetime.datetime.now(CHINA):%Y%m%d}{digits(10)}"
    order.paid_work = world.clock.work()
    order.fee = settlement.fee_of(world, order.total)
    order.held = order.total - order.fee
    merchant = settlement.sub_merchant(world, order.sub_mchid)
    merchant.pending += order.held
    world.sub_merchants.save(merchant)
    world.orders.save(order)
    if order.profit_sharing:
        settlement.schedule(world, order.paid_work + settlement.UNFREEZE_SECONDS, "unfreeze", order.key)
    elif not world.config.trade_managed:
        settlement.release(world, order)


def _receipt(world: World, paid: list[Order]) -> None:
    person = world.people.get(paid[0].person_id)
    if person:
        total = sum(order.total for order in paid)
        pairs = [["收款方", "、".join(payee(world, order) for order in paid)], ["金额", f"¥{total / 100:.2f}"]]
        messages.deliver(world, person, "pay", "payment", "微信支付凭证", fields=pairs, text=paid[0].transaction_id)


def payee(world: World, order: Order) -> str:
    return settlement.sub_merchant(world, order.sub_mchid).name or order.sub_mchid
