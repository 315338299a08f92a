"""E-commerce profit sharing (分账): request, finish, return, what is left, and the receivers."""

from typing import Any

from .. import settlement
from ..records import Order, Receiver, Split, SplitReturn
from ..world import World, digits, timestamp
from .errors import PayError, changed_parameters
from .protocol import Call
from .secrets import reveal
from .validation import REQUEST_NO, boolean, group, integer, items, one_of, shape, text

EARLIEST_SECONDS = 60
MAX_REQUESTS = 50
MAX_RECEIVERS = 50
RETURN_SECONDS = 180 * 86_400
RECEIVER_TYPES = one_of("MERCHANT_ID", "PERSONAL_OPENID")
RECEIVER = group({
    "type": RECEIVER_TYPES,
    "receiver_account": text(64),
    "amount": integer(),
    "description": text(80),
    "receiver_name?": text(10240),
})  # fmt: skip
REQUEST = {
    "appid?": text(32),
    "sub_mchid": text(32),
    "transaction_id": text(32),
    "out_order_no": text(64, REQUEST_NO),
    "receivers": items(RECEIVER, 1, MAX_RECEIVERS),
    "finish": boolean,
}
FINISH = {
    "sub_mchid": text(32),
    "transaction_id": text(32),
    "out_order_no": text(64, REQUEST_NO),
    "description": text(80),
}
RETURN = {
    "sub_mchid": text(32),
    "order_id?": text(64),
    "out_order_no?": text(64, REQUEST_NO),
    "out_return_no": text(64, REQUEST_NO),
    "return_mchid": text(32),
    "amount": integer(),
    "description": text(80),
    "transaction_id?": text(32),
}
ADD_RECEIVER = {
    "appid": text(32),
    "type": RECEIVER_TYPES,
    "account": text(64),
    "name?": text(1024),
    "encrypted_name?": text(10240),
    "relation_type": one_of("SUPPLIER", "DISTRIBUTOR", "SERVICE_PROVIDER", "PLATFORM", "OTHERS"),
}
DELETE_RECEIVER = {"appid": text(32), "type": RECEIVER_TYPES, "account": text(64)}


def request(call: Call) -> dict[str, Any]:
    world, body = call.world, shape(call.body, REQUEST)
    same = {**body, "receivers": [_without_name(receiver) for receiver in body["receivers"]]}
    known = _known(world, body, same)
    if known:
        return _describe(known)
    order = _order(world, body)
    _check_time(world, order)
    amount = sum(receiver["amount"] for receiver in body["receivers"])
    _check_amount(world, order, amount)
    for receiver in body["receivers"]:
        _check_receiver(world, receiver, body.get("appid"))
    split = _save(world, order, body, same, body["finish"])
    split.receivers = [_detail(receiver) for receiver in same["receivers"]]
    world.splits.save(split)
    order.split += amount
    order.held -= amount
    merchant = settlement.sub_merchant(world, order.sub_mchid)
    merchant.pending -= amount
    world.sub_merchants.save(merchant)
    _finish_order(world, order, body["finish"])
    return _describe(split)


def finish(call: Call) -> dict[str, Any]:
    world, body = call.world, shape(call.body, FINISH)
    split = _known(world, body, body)
    if split is None:
        order = _order(world, body)
        _check_time(world, order)
        if not order.held:
            raise PayError("NOT_ENOUGH", "分账金额不足，订单没有可解冻的资金")
        split = _save(world, order, body, body, True)
        split.receivers = [_detail({
            "type": "MERCHANT_ID", "receiver_account": order.sub_mchid, "amount": order.held,
            "description": body["description"],
        })]  # fmt: skip
        world.splits.save(split)
        _finish_order(world, order, True)
    return {name: body[name] for name in ("sub_mchid", "transaction_id", "out_order_no")} | {"order_id": split.order_id}


def query(call: Call) -> dict[str, Any]:
    key = f"{call.required('sub_mchid')}/{call.required('out_order_no')}"
    split = call.world.splits.find(key=key)
    if split is None or split.request["transaction_id"] != call.required("transaction_id"):
        raise PayError("RESOURCE_NOT_EXISTS", "记录不存在")
    return _describe(split)


def amounts(call: Call) -> dict[str, Any]:
    order = call.world.orders.find(transaction_id=call.number("transaction_id"))
    if order is None:
        raise PayError("RESOURCE_NOT_EXISTS", "记录不存在")
    return {"transaction_id": order.transaction_id, "unsplit_amount": order.held if order.profit_sharing else 0}


def give_back(call: Call) -> dict[str, Any]:
    world, body = call.world, shape(call.body, RETURN)
    key = f"{body['sub_mchid']}/{body['out_return_no']}"
    known = world.split_returns.find(key=key)
    if known:
        if known.request != body:
            raise changed_parameters()
        return _describe_return(world, known)
    split = _split_of(world, body)
    receiver = next(
        (r for r in split.receivers if (r["type"], r["receiver_account"]) == ("MERCHANT_ID", body["return_mchid"])),
        None,
    )
    if receiver is None:
        raise PayError("INVALID_REQUEST", "回退方不是该分账单的商户类型接收方")
    returned = sum(
        item.request["amount"]
        for item in world.split_returns.where(split=split.order_id)
        if item.request["return_mchid"] == body["return_mchid"] and item.result != "FAIL"
    )
    if returned + body["amount"] > receiver["amount"]:
        raise PayError("INVALID_REQUEST", "回退金额超过原分账金额")
    if world.clock.work() - split.due_work > RETURN_SECONDS:
        raise PayError("INVALID_REQUEST", "超过分账回退期限")
    due = world.clock.work() + settlement.SPLIT_SECONDS
    item = SplitReturn("3008" + digits(24), key, split.order_id, body, "PROCESSING", due, timestamp())
    world.split_returns.save(item)
    settlement.schedule(world, due, "return", item.return_no)
    _take_back(world, split, body["amount"])
    return _describe_return(world, item)


def query_return(call: Call) -> dict[str, Any]:
    item = call.world.split_returns.find(key=f"{call.required('sub_mchid')}/{call.required('out_return_no')}")
    if item is None:
        raise PayError("RESOURCE_NOT_EXISTS", "记录不存在")
    return _describe_return(call.world, item)


def add_receiver(call: Call) -> dict[str, Any]:
    world, body = call.world, shape(call.body, ADD_RECEIVER)
    _check_appid(world, body["appid"])
    if body.get("encrypted_name"):
        reveal(world, body["encrypted_name"], "/encrypted_name")
    if body["type"] == "PERSONAL_OPENID" and not _openid_known(world, body["account"], body["appid"]):
        raise PayError("INVALID_REQUEST", "分账接收方openid与appid不匹配")
    key = f"{body['type']}/{body['account']}"
    world.receivers.save(Receiver(key, body["type"], body["account"], body["relation_type"]))
    return {"type": body["type"], "account": body["account"]}


def delete_receiver(call: Call) -> dict[str, Any]:
    body = shape(call.body, DELETE_RECEIVER)
    _check_appid(call.world, body["appid"])
    call.world.receivers.delete(f"{body['type']}/{body['account']}")
    return {"type": body["type"], "account": body["account"]}


def _known(world: World, body: dict[str, Any], same: dict[str, Any]) -> Split | None:
    split = world.splits.find(key=f"{body['sub_mchid']}/{body['out_order_no']}")
    if split and split.request != same:
        raise changed_parameters()
    return split


def _order(world: World, body: dict[str, Any]) -> Order:
    order = world.orders.find(transaction_id=body["transaction_id"])
    if order is None or order.sub_mchid != body["sub_mchid"]:
        raise PayError("INVALID_REQUEST", "订单不存在，请检查transaction_id与sub_mchid")
    if not order.profit_sharing:
        raise PayError("INVALID_REQUEST", "非分账订单不支持分账")
    if order.split_finished:
        raise PayError("INVALID_REQUEST", "分账已完结，不能再分账")
    if order.split_count >= MAX_REQUESTS:
        raise PayError("RULE_LIMIT", "同一笔订单分账次数超过上限")
    return order


def _check_time(world: World, order: Order) -> None:
    if world.clock.work() - order.paid_work < EARLIEST_SECONDS:
        raise PayError("INVALID_REQUEST", "订单处理中，暂时无法分账，请稍后再试")
    if world.config.trade_managed and not order.received_work and order.refunded < order.total:
        raise PayError("INVALID_REQUEST", "订单尚未确认收货，暂时无法分账")


def _check_amount(world: World, order: Order, amount: int) -> None:
    cap = (order.total - order.refunded) * world.config.max_split_permyriad // 10_000
    if order.split + amount > cap:
        raise PayError("RULE_LIMIT", "分账金额超出最大分账比例，最大可分账金额需等比例扣除退款与补差回退等逆向交易金额")
    if amount > order.held:
        raise PayError("NOT_ENOUGH", "分账金额不足")


def _check_receiver(world: World, receiver: dict[str, Any], appid: Any) -> None:
    if receiver["type"] == "PERSONAL_OPENID":
        _check_appid(world, appid)
    if receiver.get("receiver_name"):
        reveal(world, receiver["receiver_name"], "/receivers/receiver_name")
    if world.receivers.get(f"{receiver['type']}/{receiver['receiver_account']}") is None:
        raise PayError("INVALID_REQUEST", "分账接收方关系不存在，请先添加分账接收方")


def _check_appid(world: World, appid: Any) -> None:
    if world.account_of(appid) is None:
        raise PayError("PARAM_ERROR", "appid与商户号未绑定")


def _openid_known(world: World, openid: str, appid: str) -> bool:
    return world.person_by_openid(openid, world.account_of(appid) or "oa") is not None


def _without_name(receiver: dict[str, Any]) -> dict[str, Any]:
    # Encrypting the same name twice gives different texts, so it cannot be compared.
    return {name: value for name, value in receiver.items() if name != "receiver_name"}


def _save(world: World, order: Order, body: dict[str, Any], same: dict[str, Any], finish_it: bool) -> Split:
    due = world.clock.work() + settlement.SPLIT_SECONDS
    key = f"{body['sub_mchid']}/{body['out_order_no']}"
    split = Split("3008" + digits(24), key, order.key, same, "PROCESSING", due, finish=finish_it)
    settlement.schedule(world, due, "split", split.order_id)
    order.split_count += 1
    return split


def _finish_order(world: World, order: Order, finish_it: bool) -> None:
    if finish_it:
        order.split_finished = True
        settlement.release(world, order)
    world.orders.save(order)


def _detail(receiver: dict[str, Any]) -> dict[str, Any]:
    names = ("type", "receiver_account", "amount", "description")
    more = {"result": "PENDING", "finish_time": timestamp(), "detail_id": "36011" + digits(23)}
    return {name: receiver[name] for name in names} | more


def _describe(split: Split) -> dict[str, Any]:
    names = ("sub_mchid", "transaction_id", "out_order_no")
    facts = {name: split.request[name] for name in names}
    return facts | {"order_id": split.order_id, "status": split.status, "receivers": split.receivers}


def _split_of(world: World, body: dict[str, Any]) -> Split:
    split = world.splits.get(body.get("order_id"))
    if split is None and body.get("out_order_no"):
        split = world.splits.find(key=f"{body['sub_mchid']}/{body['out_order_no']}")
    if split is None or split.request["sub_mchid"] != body["sub_mchid"]:
        raise PayError("RESOURCE_NOT_EXISTS", "分账单不存在")
    if split.status != "FINISHED":
        raise PayError("INVALID_REQUEST", "分账单处理中，暂不支持回退")
    return split


def _take_back(world: World, split: Split, amount: int) -> None:
    order = world.orders.get(split.order)
    if order is None:
        raise PayError("RESOURCE_NOT_EXISTS", "分账单对应的订单不存在")
    order.split -= amount
    merchant = settlement.sub_merchant(world, order.sub_mchid)
    if order.split_finished:
        order.released += amount
        merchant.available += amount
    else:
        order.held += amount
        merchant.pending += amount
    world.sub_merchants.save(merchant)
    world.orders.save(order)


def _describe_return(world: World, item: SplitReturn) -> dict[str, Any]:
    split = world.splits.get(item.split)
    names = ("sub_mchid", "out_return_no", "return_mchid", "amount")
    return {name: item.request[name] for name in names} | {
        "order_id": item.split,
        "out_order_no": split.request["out_order_no"] if split else "",
        "transaction_id": split.request["transaction_id"] if split else "",
        "return_no": item.return_no,
        "result": item.result,
        "finish_time": item.finish_time,
    }
