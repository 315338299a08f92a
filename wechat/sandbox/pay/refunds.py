"""E-commerce refunds, in whole or in part, of single and combined orders."""

from typing import Any

from .. import settlement
from ..records import Order, Refund
from ..world import World, digits, timestamp
from .errors import PayError, changed_parameters
from .protocol import Call
from .validation import REQUEST_NO, group, integer, notify_url, one_of, shape, text

MAX_REFUNDS = 50
GAP_SECONDS = 60
LATEST_SECONDS = 365 * 86_400
APPLY = {
    "sub_mchid": text(32),
    "sp_appid": text(32),
    "transaction_id?": text(32),
    "out_trade_no?": text(32),
    "out_refund_no": text(64, REQUEST_NO),
    "reason?": text(80),
    "amount": group({"refund": integer(), "total": integer(), "currency?": one_of("CNY")}),
    "notify_url?": notify_url,
    "refund_account?": one_of("REFUND_SOURCE_SUB_MERCHANT", "REFUND_SOURCE_PARTNER_ADVANCE"),
}


def apply(call: Call) -> dict[str, Any]:
    world, body = call.world, shape(call.body, APPLY)
    if world.account_of(body["sp_appid"]) is None:
        raise PayError("PARAM_ERROR", "sp_appid与商户号未绑定")
    key = f"{body['sub_mchid']}/{body['out_refund_no']}"
    known = world.refunds.find(key=key)
    if known:
        if known.request != body:
            raise changed_parameters("订单金额或退款金额与之前请求不一致，请核实后再试")
        return _applied(known)
    order = _order(world, body)
    _check(world, order, body["amount"])
    refund = Refund(
        "5030" + digits(24), key, order.key, body, body["amount"]["refund"], "PROCESSING",
        world.clock.work() + settlement.REFUND_SECONDS, timestamp(),
    )  # fmt: skip
    _move(world, order, refund)
    world.refunds.save(refund)
    settlement.schedule(world, refund.due_work, "refund", refund.refund_id)
    return _applied(refund)


def query_by_number(call: Call) -> dict[str, Any]:
    refund = call.world.refunds.find(key=f"{call.required('sub_mchid')}/{call.number('out_refund_no')}")
    return _describe(call.world, refund)


def query_by_id(call: Call) -> dict[str, Any]:
    refund = call.world.refunds.get(call.number("refund_id"))
    if refund and refund.request["sub_mchid"] != call.required("sub_mchid"):
        refund = None
    return _describe(call.world, refund)


def _order(world: World, body: dict[str, Any]) -> Order:
    if body.get("transaction_id"):
        order = world.orders.find(transaction_id=body["transaction_id"])
    elif body.get("out_trade_no"):
        order = world.orders.get(f"{body['sub_mchid']}/{body['out_trade_no']}")
    else:
        raise PayError("PARAM_ERROR", "transaction_id与out_trade_no至少填写一个")
    if order is None or order.sub_mchid != body["sub_mchid"] or not order.transaction_id:
        raise PayError("RESOURCE_NOT_EXISTS", "订单不存在")
    return order


def _check(world: World, order: Order, amount: dict[str, Any]) -> None:
    if amount["total"] != order.total:
        raise PayError("INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
    if order.refunded + amount["refund"] > order.total:
        raise PayError("INVALID_REQUEST", "退款金额累计超过订单金额")
    now = world.clock.work()
    if now - order.paid_work > LATEST_SECONDS:
        raise PayError("INVALID_REQUEST", "订单已超过可退款期限")
    if order.last_refund_work and now - order.last_refund_work < GAP_SECONDS:
        raise PayError("FREQUENCY_LIMITED", "同一笔订单的退款请求需间隔1分钟")
    if order.refund_count >= MAX_REFUNDS:
        raise PayError("INVALID_REQUEST", "一笔订单最多支持50次部分退款")


def _move(world: World, order: Order, refund: Refund) -> None:
    """Take the refund from what is frozen for the order, then from the sub-merchant's account.

    WeChat gives back its fee on the refunded part. Raises NOT_ENOUGH where the money is not there.
    """
    fee = settlement.fee_of(world, order.total - order.refunded - refund.amount)
    needed = refund.amount - (order.fee - fee)
    merchant = settlement.sub_merchant(world, order.sub_mchid)
    refund.from_held = min(needed, order.held)
    refund.from_released = needed - refund.from_held
    if refund.from_released > merchant.available:
        raise PayError("NOT_ENOUGH", "二级商户账户余额不足，请充值后重试")
    order.held -= refund.from_held
    order.released -= refund.from_released
    merchant.pending -= refund.from_held
    merchant.available -= refund.from_released
    order.fee, order.refunded = fee, order.refunded + refund.amount
    order.state, order.last_refund_work = "REFUND", world.clock.work()
    order.refund_count += 1
    world.sub_merchants.save(merchant)
    world.orders.save(order)


def _applied(refund: Refund) -> dict[str, Any]:
    return {
        "refund_id": refund.refund_id,
        "out_refund_no": refund.request["out_refund_no"],
        "create_time": refund.create_time,
        "amount": _amount(refund),
        "promotion_detail": [],
        "refund_account": refund.request.get("refund_account", "REFUND_SOURCE_SUB_MERCHANT"),
    }


def _describe(world: World, refund: Refund | None) -> dict[str, Any]:
    order = world.orders.get(refund.order) if refund else None
    if refund is None or order is None:
        raise PayError("RESOURCE_NOT_EXISTS", "退款单不存在")
    facts = _applied(refund) | {
        "transaction_id": order.transaction_id,
        "out_trade_no": order.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "status": "CLOSED" if refund.status == "CLOSED" else refund.status,
        "funds_account": "UNSETTLED" if refund.from_held else "AVAILABLE",
    }
    return facts | ({"success_time": refund.success_time} if refund.success_time else {})


def _amount(refund: Refund) -> dict[str, Any]:
    return {
        "refund": refund.amount,
        "payer_refund": refund.amount,
        "discount_refund": 0,
        "currency": "CNY",
        "advance": 0,
    }
