"""发货信息管理: orders paid in the mini-program stay frozen until shipped and received."""

import datetime
from typing import Any

from .. import settlement
from ..records import Order
from ..world import World, timestamp
from . import messages, protocol
from .protocol import Call, WeixinError

# An order is unknown here for a while after its payment (the documented errand of 10060001).
UNKNOWN_SECONDS = 10
MAX_PARCELS = 15
MAX_DESCRIPTION = 120


def upload(call: Call) -> dict[str, Any]:
    world, body = call.world, call.body
    order = _order(world, body.get("order_key"))
    parcels = _checked(body)
    payer = body.get("payer")
    if not isinstance(payer, dict) or payer.get("openid") != order.openid:
        raise WeixinError(10060031, "该笔支付单不属于 openid 所指定的用户")
    if order.refunded >= order.total:
        raise WeixinError(10060004, "支付单处于不可发货的状态")
    if order.received_work:
        raise WeixinError(10060002, "支付单已完成发货，无法继续发货")
    shipping = {
        "logistics_type": body["logistics_type"],
        "delivery_mode": body["delivery_mode"],
        "finish_shipping": body["delivery_mode"] == 1 or body.get("is_all_delivered") is True,
        "shipping_list": parcels,
    }
    if order.shipping == shipping:
        raise WeixinError(10060023, "发货信息未更新")
    if order.shipping and order.shipping["finish_shipping"] and order.shipping_count >= 2:
        raise WeixinError(10060003, "支付单已使用重新发货机会")
    order.shipping_count += 1
    order.shipping = shipping
    if not order.shipped_work:
        order.shipped_work, order.shipped_time = world.clock.work(), timestamp()
    world.orders.save(order)
    person = world.people.get(order.person_id)
    if person and shipping["finish_shipping"]:
        text = "、".join(parcel.get("item_desc", "") for parcel in parcels)
        pairs = [["商品", text], ["快递单号", parcels[0].get("tracking_no") or "无"]]
        messages.deliver(world, person, "pay", "shipping", "商家已发货", fields=pairs, text=order.transaction_id)
        settlement.announce(world, order)
    return protocol.ok()


def get_order(call: Call) -> dict[str, Any]:
    return protocol.ok(order=_describe(_named_order(call)))


def notify_confirm_receive(call: Call) -> dict[str, Any]:
    order = _named_order(call)
    if order.shipping is None or order.received_work:
        raise WeixinError(10060004, "支付单处于不可操作的状态")
    if type(call.body.get("received_time")) is not int:
        raise WeixinError(47001)
    if order.reminded:
        raise WeixinError(268485224, "该支付单已提醒过收货")
    order.reminded = True
    call.world.orders.save(order)
    person = call.world.people.get(order.person_id)
    if person:
        messages.deliver(call.world, person, "pay", "receive", "请确认收货", text=order.transaction_id)
    return protocol.ok()


def is_trade_managed(call: Call) -> dict[str, Any]:
    if call.world.account_of(call.body.get("appid")) != "mini":
        raise WeixinError(40013)
    return protocol.ok(is_trade_managed=call.world.config.trade_managed)


def _order(world: World, key: Any) -> Order:
    if not isinstance(key, dict):
        raise WeixinError(47001)
    kind = key.get("order_number_type")
    if kind == 1:
        # The platform's own number finds nothing: a sub-merchant's order is filed under its sub_mchid.
        order = world.orders.get(f"{key.get('mchid')}/{key.get('out_trade_no')}")
    elif kind == 2:
        order = world.orders.find(transaction_id=key.get("transaction_id")) if key.get("transaction_id") else None
    else:
        raise WeixinError(268485228, "订单单号类型非法")
    return _known(world, order)


def _known(world: World, order: Order | None) -> Order:
    if order is None or not order.paid_work or world.clock.work() - order.paid_work < UNKNOWN_SECONDS:
        raise WeixinError(10060001, "支付单不存在")
    return order


def _named_order(call: Call) -> Order:
    body = call.body
    if body.get("transaction_id"):
        return _known(call.world, call.world.orders.find(transaction_id=body["transaction_id"]))
    mchid = body.get("sub_merchant_id") or body.get("merchant_id")
    return _known(call.world, call.world.orders.get(f"{mchid}/{body.get('merchant_trade_no')}"))


def _checked(body: dict[str, Any]) -> list[dict[str, Any]]:
    logistics, mode, parcels = body.get("logistics_type"), body.get("delivery_mode"), body.get("shipping_list")
    if logistics not in (1, 2, 3, 4):
        raise WeixinError(10060005, "物流类型有误")
    if mode not in (1, 2):
        raise WeixinError(268485224, "发货模式非法")
    if mode == 2 and logistics != 1:
        raise WeixinError(10060006, "非快递发货时不允许分拆发货")
    if mode == 2 and not isinstance(body.get("is_all_delivered"), bool):
        raise WeixinError(10060007, "分拆发货模式下必须填写 is_all_delivered 字段")
    if not isinstance(parcels, list) or not parcels or not all(isinstance(parcel, dict) for parcel in parcels):
        raise WeixinError(268485226, "物流信息列表为空")
    if len(parcels) > (1 if mode == 1 else MAX_PARCELS):
        raise WeixinError(10060024, "物流信息列表太长")
    for parcel in parcels:
        _check_parcel(parcel, logistics)
    try:
        moment = datetime.datetime.fromisoformat(str(body.get("upload_time")))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise WeixinError(268485216, "上传时间非法，请按照 RFC 3339 格式填写")
    return parcels


def _check_parcel(parcel: dict[str, Any], logistics: int) -> None:
    description = parcel.get("item_desc")
    if not isinstance(description, str) or not description:
        raise WeixinError(10060008, "商品描述 item_desc 字段不能为空")
    if len(description) > MAX_DESCRIPTION:
        raise WeixinError(10060009, "商品描述 item_desc 字段太长")
    if logistics != 1:
        return
    for name, longest, errcode in (("tracking_no", 128, 10060026), ("express_company", 128, 10060025)):
        value = parcel.get(name)
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            raise WeixinError(errcode, f"{name} 缺失或太长")
    contact = parcel.get("contact") or {}
    if parcel["express_company"] == "SF" and not (contact.get("receiver_contact") or contact.get("consignor_contact")):
        raise WeixinError(47001, "data format error")


def _describe(order: Order) -> dict[str, Any]:
    shipping = order.shipping or {}
    paid = int(datetime.datetime.fromisoformat(order.success_time).timestamp())
    parcels = [{**parcel, "upload_time": order.shipped_time} for parcel in shipping.get("shipping_list", [])]
    return {
        "transaction_id": order.transaction_id,
        "merchant_id": order.mchid,
        "sub_merchant_id": order.sub_mchid,
        "merchant_trade_no": order.out_trade_no,
        "description": order.request.get("description", ""),
        "paid_amount": order.total,
        "openid": order.openid,
        "trade_create_time": paid,
        "pay_time": paid,
        "order_state": settlement.order_state(order),
        "in_complaint": False,
        "shipping": {
            "delivery_mode": shipping.get("delivery_mode", 0),
            "logistics_type": shipping.get("logistics_type", 0),
            "finish_shipping": shipping.get("finish_shipping", False),
            "goods_desc": order.request.get("description", ""),
            "finish_shipping_count": order.shipping_count,
            "shipping_list": parcels,
        },
    }
