"""Combined payments (合单): one payment, one notice, several sub-merchants' orders."""

from typing import Any

from ..records import Combine, Order
from ..world import World
from . import orders
from .errors import PayError, changed_parameters
from .protocol import Call
from .validation import SETTLE_INFO, TRADE_NO, group, integer, items, notify_url, one_of, rfc3339, shape, text

MAX_SUB_ORDERS = 50
SUB_ORDER = group({
    "mchid": text(32),
    "sub_mchid": text(32),
    "out_trade_no": text(32, TRADE_NO, 6),
    "description": text(127),
    "attach": text(128),
    "amount": group({"total_amount": integer(1, 10**9), "currency": one_of("CNY")}),
    "settle_info?": SETTLE_INFO,
})  # fmt: skip
PREPAY = {
    "combine_appid": text(32),
    "combine_mchid": text(32),
    "combine_out_trade_no": text(32, TRADE_NO, 6),
    "scene_info?": group({"payer_client_ip": text(45), "device_id?": text(32)}),
    "sub_orders": items(SUB_ORDER, 1, MAX_SUB_ORDERS),
    "combine_payer_info": group({"openid": text(128)}),
    "time_expire?": rfc3339,
    "notify_url": notify_url,
}
CLOSE = {
    "combine_appid": text(32),
    "sub_orders": items(group({"mchid": text(32), "sub_mchid": text(32), "out_trade_no": text(32)}), 1, MAX_SUB_ORDERS),
}


def prepay(call: Call) -> dict[str, Any]:
    world, body = call.world, shape(call.body, PREPAY)
    call.own_mchid(body["combine_mchid"], "combine_mchid")
    for sub in body["sub_orders"]:
        call.own_mchid(sub["mchid"], "mchid")
        orders.check_sub_merchant(world, sub["sub_mchid"])
    person = orders.payer(world, body["combine_appid"], body["combine_payer_info"]["openid"])
    number = body["combine_out_trade_no"]
    known = world.combines.get(number)
    if known:
        return {"prepay_id": _again(world, known, body)}
    keys = [f"{sub['sub_mchid']}/{sub['out_trade_no']}" for sub in body["sub_orders"]]
    if len(set(keys)) != len(keys) or any(world.orders.get(key) for key in keys):
        raise PayError("OUT_TRADE_NO_USED", "子单商户订单号重复")
    expires = orders.expiry(world, body.get("time_expire"))
    ticket = orders.issue_prepay(world, keys, body["combine_appid"], body["notify_url"], expires, number)
    for key, sub in zip(keys, body["sub_orders"], strict=True):
        sharing = bool((sub.get("settle_info") or {}).get("profit_sharing"))
        new = Order(
            key, sub["mchid"], sub["sub_mchid"], sub["out_trade_no"], sub, sub["amount"]["total_amount"],
            sharing, ticket.prepay_id, expires, number, person.id, body["combine_payer_info"]["openid"],
        )  # fmt: skip
        world.orders.save(new)
    world.combines.save(Combine(number, body, ticket.prepay_id, keys))
    return {"prepay_id": ticket.prepay_id}


def query(call: Call) -> dict[str, Any]:
    return describe(call.world, _found(call))


def close(call: Call) -> None:
    body = shape(call.body, CLOSE)
    combine = _found(call)
    if body["combine_appid"] != combine.request["combine_appid"]:
        raise PayError("APPID_MCHID_NOT_MATCH", "combine_appid与下单时不一致")
    named = {f"{sub['sub_mchid']}/{sub['out_trade_no']}" for sub in body["sub_orders"]}
    if named != set(combine.orders):
        raise PayError("INVALID_REQUEST", "关单的子单与下单时不一致")
    for order in _parts(call.world, combine):
        orders.close_order(call.world, order)


def _again(world: World, combine: Combine, body: dict[str, Any]) -> str:
    parts = _parts(world, combine)
    if any(order.state == "CLOSED" for order in parts):
        raise PayError("ORDER_CLOSED", "该订单已关闭，请重新下单")
    if any(order.state != "NOTPAY" for order in parts):
        raise PayError("OUT_TRADE_NO_USED", "合单商户订单号重复")
    if combine.request != body:
        raise changed_parameters()
    ticket = world.prepays.get(combine.prepay_id)
    if ticket is None or ticket.expires_now <= world.clock.now():
        ticket = orders.issue_prepay(
            world, combine.orders, body["combine_appid"], body["notify_url"], parts[0].expires_now,
            combine.combine_out_trade_no,
        )  # fmt: skip
        combine.prepay_id = ticket.prepay_id
        world.combines.save(combine)
    return ticket.prepay_id


def _found(call: Call) -> Combine:
    combine = call.world.combines.get(call.number("combine_out_trade_no"))
    if combine is None:
        raise PayError("ORDER_NOT_EXIST", "订单不存在")
    return combine


def _parts(world: World, combine: Combine) -> list[Order]:
    parts = [order for order in map(world.orders.get, combine.orders) if order]
    for order in parts:
        orders.lapse(world, order)
    return parts


def describe(world: World, combine: Combine) -> dict[str, Any]:
    body = combine.request
    return {
        "combine_appid": body["combine_appid"],
        "combine_mchid": body["combine_mchid"],
        "combine_out_trade_no": combine.combine_out_trade_no,
        "combine_payer_info": {"openid": body["combine_payer_info"]["openid"]},
        "sub_orders": [_describe_part(order) for order in _parts(world, combine)],
    }


def _describe_part(order: Order) -> dict[str, Any]:
    amount = {
        "total_amount": order.total,
        "currency": "CNY",
        "payer_amount": order.total,
        "payer_currency": "CNY",
    }
    facts = {
        "mchid": order.mchid,
        "sub_mchid": order.sub_mchid,
        "out_trade_no": order.out_trade_no,
        "attach": order.request["attach"],
        "trade_state": order.state,
    }
    if order.transaction_id:
        facts |= {
            "trade_type": "JSAPI",
            "bank_type": "OTHERS",
            "transaction_id": order.transaction_id,
            "success_time": order.success_time,
        }
    return facts | {"amount": amount}
