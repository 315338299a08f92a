"""What a person does with money on the phone: the pay sheet, receipt, and accepting a transfer."""

from typing import Any

from .. import settlement
from ..control import BadRequest
from ..pay import orders, payment
from ..pay.errors import PayError
from ..records import Order, Person, Prepay
from ..world import World

OUTCOMES = ("success", "cancel", "insufficient")
SIGNED = ("timeStamp", "nonceStr", "signType", "paySign")


def sheet(world: World, prepay_id: str) -> dict[str, Any]:
    """What the pay sheet shows: payee, description, amount in fen, state and payer."""
    ticket = find_prepay(world, prepay_id)
    parts = [order for order in map(world.orders.get, ticket.orders) if order]
    for order in parts:
        orders.lapse(world, order)
    payer = world.people.get(parts[0].person_id)
    states = {order.state for order in parts}
    expired = ticket.expires_now <= world.clock.now() and states == {"NOTPAY"}
    return {
        "prepay_id": prepay_id,
        "total": sum(order.total for order in parts),
        "payees": [payment.payee(world, order) for order in parts],
        "descriptions": [order.request.get("description", "") for order in parts],
        "state": "EXPIRED" if expired else parts[0].state,
        "payer": {"id": payer.id, "nickname": payer.nickname} if payer else None,
    }


def pay(world: World, body: dict[str, Any], person: Person | None = None) -> dict[str, Any]:
    """wx.requestPayment and the person's answer to the sheet.

    Where the client's signed parameters are given, the phone verifies them as WeChat does.
    """
    ticket = find_prepay(world, str(body.get("prepay_id", "")))
    if any(name in body for name in SIGNED):
        check_pay_sign(world, ticket, body)
    outcome = body.get("outcome", "success")
    if outcome not in OUTCOMES:
        raise BadRequest(f"outcome must be one of {', '.join(OUTCOMES)}")
    order = world.orders.get(ticket.orders[0])
    if person and order and order.person_id != person.id:
        raise BadRequest("这笔支付属于另一个人")
    if outcome == "cancel":
        return {"result": "requestPayment:fail cancel"}
    if outcome == "insufficient":
        return {"result": "requestPayment:fail 余额不足"}
    try:
        paid = payment.pay(world, ticket)
    except PayError as error:
        raise BadRequest(f"{error.code}: {error.message}") from None
    return {"result": "requestPayment:ok", "transaction_ids": [order.transaction_id for order in paid]}


def check_pay_sign(world: World, ticket: Prepay, given: dict[str, Any]) -> None:
    """Verify the merchant's paySign over appId, timeStamp, nonceStr and package."""
    if given.get("signType") != "RSA":
        raise BadRequest("支付验证签名失败: signType应为RSA")
    parts = [ticket.appid, given.get("timeStamp"), given.get("nonceStr"), f"prepay_id={ticket.prepay_id}"]
    text = "".join(f"{part}\n" for part in parts)
    if not world.keys.verify(text, str(given.get("paySign", ""))):
        raise BadRequest("支付验证签名失败")


def find_prepay(world: World, prepay_id: str) -> Prepay:
    ticket = world.prepays.get(prepay_id.removeprefix("prepay_id="))
    if ticket is None:
        raise BadRequest("没有这个prepay_id")
    return ticket


def receive(world: World, reference: str, person: Person | None = None) -> dict[str, Any]:
    """确认收货 of a shipped order, by transaction_id; by `person`, only of an order of their own."""
    order = world.orders.find(transaction_id=reference)
    if order is None or (person and order.person_id != person.id):
        raise BadRequest("没有这笔订单")
    if not order.shipping:
        raise BadRequest("这笔订单还没有发货")
    settlement.receive(world, order, by_user=True)
    return {"transaction_id": order.transaction_id, "order_state": settlement.order_state(order)}


def accept_transfer(world: World, package_info: str) -> dict[str, Any]:
    """wx.requestMerchantTransfer: take the money that the platform offers."""
    transfer = world.transfers.find(package_info=package_info)
    if transfer is None or transfer.state != "WAIT_USER_CONFIRM":
        raise BadRequest("没有待确认的转账")
    settlement.end_transfer(world, transfer, "SUCCESS")
    return {"state": transfer.state}


def purchases(world: World, person: Person) -> list[dict[str, Any]]:
    """The person's paid orders, newest first."""
    paid = [order for order in world.orders.where(person_id=person.id) if order.transaction_id]
    return [_purchase(world, order) for order in sorted(paid, key=lambda o: o.success_time, reverse=True)]


def _purchase(world: World, order: Order) -> dict[str, Any]:
    return {
        "transaction_id": order.transaction_id,
        "payee": payment.payee(world, order),
        "description": order.request.get("description", ""),
        "total": order.total,
        "refunded": order.refunded,
        "success_time": order.success_time,
        "order_state": settlement.order_state(order),
        "can_receive": bool(order.shipping) and not order.received_work,
    }
