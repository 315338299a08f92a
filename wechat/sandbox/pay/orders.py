"""Partner payments: prepay, query, close."""

import datetime
from typing import Any

from ..records import Order, Person, Prepay
from ..world import CHINA, World, letters
from .errors import PayError, changed_parameters
from .protocol import Call
from .validation import AMOUNT, SETTLE_INFO, TRADE_NO, group, notify_url, rfc3339, shape, text

PREPAY_SECONDS = 2 * 3600
ORDER_SECONDS = 7 * 86_400
STATE_TEXTS = {"SUCCESS": "支付成功", "REFUND": "转入退款", "NOTPAY": "订单未支付", "CLOSED": "订单已关闭"}
PREPAY = {
    "sp_appid": text(32),
    "sp_mchid": text(32),
    "sub_appid?": text(32),
    "sub_mchid": text(32),
    "description": text(127),
    "out_trade_no": text(32, TRADE_NO, 6),
    "time_expire?": rfc3339,
    "attach?": text(128),
    "notify_url": notify_url,
    "goods_tag?": text(32),
    "settle_info?": SETTLE_INFO,
    "amount": AMOUNT,
    "payer": group({"sp_openid?": text(128), "sub_openid?": text(128)}),
    "scene_info?": group({"payer_client_ip": text(45)}),
}


def prepay(call: Call) -> dict[str, Any]:
    world, body = call.world, shape(call.body, PREPAY)
    call.own_mchid(body["sp_mchid"])
    check_sub_merchant(world, body["sub_mchid"])
    person = payer(world, body["sp_appid"], body["payer"].get("sp_openid"))
    key = f"{body['sub_mchid']}/{body['out_trade_no']}"
    order = world.orders.get(key)
    if order:
        return {"prepay_id": _again(world, order, body)}
    expires = expiry(world, body.get("time_expire"))
    ticket = issue_prepay(world, [key], body["sp_appid"], body["notify_url"], expires)
    new = Order(
        key, body["sp_mchid"], body["sub_mchid"], body["out_trade_no"], body, body["amount"]["total"],
        bool((body.get("settle_info") or {}).get("profit_sharing")), ticket.prepay_id, expires,
    )  # fmt: skip
    new.person_id, new.openid = person.id, body["payer"]["sp_openid"]
    world.orders.save(new)
    return {"prepay_id": ticket.prepay_id}


def query_by_number(call: Call) -> dict[str, Any]:
    call.own_mchid(call.required("sp_mchid"))
    return describe(_found(call.world, f"{call.required('sub_mchid')}/{call.number('out_trade_no')}"))


def query_by_id(call: Call) -> dict[str, Any]:
    call.own_mchid(call.required("sp_mchid"))
    order = call.world.orders.find(transaction_id=call.number("transaction_id"))
    if order is None or order.sub_mchid != call.required("sub_mchid"):
        raise PayError("ORDER_NOT_EXIST", "订单不存在")
    return describe(_found(call.world, order.key))


def close(call: Call) -> None:
    body = shape(call.body, {"sp_mchid": text(32), "sub_mchid": text(32)})
    call.own_mchid(body["sp_mchid"])
    order = _found(call.world, f"{body['sub_mchid']}/{call.number('out_trade_no')}")
    close_order(call.world, order)


def close_order(world: World, order: Order) -> None:
    """Close an unpaid order; closing a closed one changes nothing. Raises ORDER_PAID for a paid one."""
    if order.state in ("SUCCESS", "REFUND"):
        raise PayError("ORDER_PAID", "该订单已支付")
    order.state = "CLOSED"
    world.orders.save(order)


def check_sub_merchant(world: World, mchid: str) -> None:
    if world.sub_merchants.get(mchid) is None:
        raise PayError("MCH_NOT_EXISTS", "商户号不存在，请检查sub_mchid")


def payer(world: World, appid: str, openid: Any) -> Person:
    """Return who is to pay. Raises where the appid is not ours or the openid not of this appid."""
    account = world.account_of(appid)
    if account is None:
        raise PayError("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配，请检查后再试")
    if not openid:
        raise PayError("PARAM_ERROR", "输入源“/body/payer/sp_openid”映射到字段“sp_openid”必填性规则校验失败")
    person = world.person_by_openid(openid, account)
    if person is None:
        raise PayError("OPENID_MISMATCH", "openid与appid不匹配")
    return person


def expiry(world: World, time_expire: str | None) -> float:
    now = world.clock.now()
    if not time_expire:
        return now + ORDER_SECONDS
    moment = datetime.datetime.fromisoformat(time_expire).timestamp()
    if moment <= now:
        raise PayError("PARAM_ERROR", "订单失效时间time_expire不能早于当前时间")
    return moment


def issue_prepay(
    world: World, keys: list[str], appid: str, url: str, expires: float, combine: str = ""
) -> Prepay:  # fmt: skip
    prepay_id = f"wx{datetime.datetime.now(CHINA):%d%H%M%S}{letters(26).lower()}"
    until = min(world.clock.now() + PREPAY_SECONDS, expires)
    return world.prepays.save(Prepay(prepay_id, keys, appid, url, until, combine))


def _again(world: World, order: Order, body: dict[str, Any]) -> str:
    if order.combine:
        raise PayError("OUT_TRADE_NO_USED", "商户订单号重复")
    lapse(world, order)
    if order.state == "CLOSED":
        raise PayError("ORDER_CLOSED", "该订单已关闭，请重新下单")
    if order.state != "NOTPAY":
        raise PayError("OUT_TRADE_NO_USED", "商户订单号重复")
    if order.request != body:
        raise changed_parameters()
    ticket = world.prepays.get(order.prepay_id)
    if ticket is None or ticket.expires_now <= world.clock.now():
        ticket = issue_prepay(world, [order.key], body["sp_appid"], body["notify_url"], order.expires_now)
        order.prepay_id = ticket.prepay_id
        world.orders.save(order)
    return ticket.prepay_id


def _found(world: World, key: str) -> Order:
    order = world.orders.get(key)
    # A combined payment's parts are known to the combined calls only (assumed, README.md).
    if order is None or order.combine:
        raise PayError("ORDER_NOT_EXIST", "订单不存在")
    lapse(world, order)
    return order


def lapse(world: World, order: Order) -> None:
    """Close an order that was not paid in time."""
    if order.state == "NOTPAY" and order.expires_now <= world.clock.now():
        order.state = "CLOSED"
        world.orders.save(order)


def describe(order: Order) -> dict[str, Any]:
    body = order.request
    facts = {
        "sp_appid": body["sp_appid"],
        "sp_mchid": order.mchid,
        "sub_mchid": order.sub_mchid,
        "out_trade_no": order.out_trade_no,
        "trade_state": order.state,
        "trade_state_desc": STATE_TEXTS[order.state],
        "attach": body.get("attach", ""),
        "payer": {"sp_openid": order.openid},
    }
    amount = {"total": order.total, "currency": "CNY", "payer_total": order.total, "payer_currency": "CNY"}
    if order.transaction_id:
        facts |= {
            "transaction_id": order.transaction_id,
            "trade_type": "JSAPI",
            "bank_type": "OTHERS",
            "success_time": order.success_time,
            "promotion_detail": [],
        }
    return facts | {"amount": amount}
