"""What WeChat does by itself as its clock goes on: receipt, release of money, refunds, splits."""

import datetime
import heapq
from typing import Any

from . import delivery
from .records import Order, Refund, Split, SplitReturn, SubMerchant
from .world import World, timestamp

DAY = 86_400
RECEIPT_DAYS = {1: 10, 2: 2, 3: 2, 4: 2}
UNFREEZE_SECONDS = 180 * DAY
REFUND_SECONDS = 5
SPLIT_SECONDS = 2
# Long enough for a used code to be called used (40163) rather than unknown.
KEPT_SECONDS = 3600


def schedule(world: World, due_work: float, kind: str, key: str) -> None:
    """Have `tick` carry out the deed `kind` on the record `key` when WeChat's clock reaches `due_work`."""
    heapq.heappush(world.agenda, (due_work, kind, key))


def resume(world: World) -> None:
    """Rebuild the agenda from the records of an earlier run."""
    world.agenda.clear()
    for refund in world.refunds.where(status="PROCESSING"):
        schedule(world, refund.due_work, "refund", refund.refund_id)
    for split in world.splits.where(status="PROCESSING"):
        schedule(world, split.due_work, "split", split.order_id)
    for item in world.split_returns.where(result="PROCESSING"):
        schedule(world, item.due_work, "return", item.return_no)
    for transfer in world.transfers.where(state="WAIT_USER_CONFIRM"):
        schedule(world, transfer.expires_work, "transfer", transfer.transfer_bill_no)
    for order in world.orders:
        if order.shipped_work and not order.received_work:
            schedule(world, receipt_due(order), "receive", order.key)
        if order.paid_work and order.held and order.profit_sharing:
            schedule(world, order.paid_work + UNFREEZE_SECONDS, "unfreeze", order.key)


def tick(world: World) -> None:
    """Do everything whose time has come. Each deed looks again whether it is still to be done."""
    now = world.clock.work()
    while world.agenda and world.agenda[0][0] <= now:
        _, kind, key = heapq.heappop(world.agenda)
        DEEDS[kind](world, key)


def prune(world: World) -> None:
    """Forget codes and message numbers that nobody can use any more."""
    oldest = world.clock.now() - KEPT_SECONDS
    for code in world.codes:
        if code.issued_now < oldest:
            world.codes.delete(code.code)
    for sent in world.sent_templates:
        if sent.sent_now < oldest:
            world.sent_templates.delete(sent.key)


def sub_merchant(world: World, mchid: str) -> SubMerchant:
    return world.sub_merchants.get(mchid) or SubMerchant(mchid, "")


def order_state(order: Order) -> int:
    """1 to ship, 2 shipped, 3 received, 4 completed, 5 refunded, 6 waiting for settlement."""
    if order.refunded >= order.total:
        return 5
    if order.received_work:
        return 3 if order.held else 4
    return 2 if order.shipping and order.shipping["finish_shipping"] else 1


def fee_of(world: World, amount: int) -> int:
    """WeChat's fee on `amount` fen, rounded half up."""
    return (amount * world.config.fee_permyriad + 5_000) // 10_000


def release(world: World, order: Order) -> int:
    """Move what is frozen for an order to the sub-merchant's account; return the amount in fen."""
    amount, order.held = order.held, 0
    order.released += amount
    merchant = sub_merchant(world, order.sub_mchid)
    merchant.pending -= amount
    merchant.available += amount
    world.sub_merchants.save(merchant)
    world.orders.save(order)
    return amount


def receipt_due(order: Order) -> float:
    logistics = (order.shipping or {}).get("logistics_type", 1)
    return order.shipped_work + RECEIPT_DAYS[logistics] * DAY


def announce(world: World, order: Order) -> None:
    """After shipping: tell the mini-program when settlement is expected, and plan it."""
    schedule(world, receipt_due(order), "receive", order.key)
    _push_settlement(world, order, {"estimated_settlement_time": int(receipt_due(order))})


def receive(world: World, order: Order, *, by_user: bool) -> None:
    """确认收货. The money of an order without splitting goes to the sub-merchant at once."""
    if order.received_work or not order.shipping:
        return
    order.received_work, order.received_time = world.clock.work(), timestamp()
    order.received_by_user = by_user
    world.orders.save(order)
    moment = unix(order.received_time)
    if not order.profit_sharing:
        release(world, order)
    method = 2 if by_user else 1
    _push_settlement(world, order, {
        "confirm_receive_method": method, "confirm_receive_time": moment, "settlement_time": moment,
    })  # fmt: skip


def unix(time: str) -> int:
    return int(datetime.datetime.fromisoformat(time).timestamp())


def _push_settlement(world: World, order: Order, more: dict[str, Any]) -> None:
    person = world.people.get(order.person_id)
    if person is None:
        return
    facts = {
        "transaction_id": order.transaction_id,
        "merchant_id": order.mchid,
        "sub_merchant_id": order.sub_mchid,
        "merchant_trade_no": order.out_trade_no,
        "pay_time": unix(order.success_time),
        "shipped_time": unix(order.shipped_time),
    }
    delivery.push(world, "mini", person, "trade_manage_order_settlement", facts | more)


def _receive_automatically(world: World, key: str) -> None:
    order = world.orders.get(key)
    if order and order.shipped_work and receipt_due(order) <= world.clock.work():
        receive(world, order, by_user=False)


def _unfreeze(world: World, key: str) -> None:
    order = world.orders.get(key)
    if order and order.held:
        order.split_finished = True
        release(world, order)


def _finish_split(world: World, key: str) -> None:
    split = world.splits.get(key)
    if split and split.status == "PROCESSING":
        split.status = "FINISHED"
        others = [r for r in split.receivers if r["receiver_account"] != split.request["sub_mchid"]]
        fates = world.faults.take("SPLIT", ("split_closed",)) if others else []
        for receiver in split.receivers:
            receiver |= {"result": "SUCCESS", "finish_time": timestamp()}
        for fate in fates:
            _close_shares(world, split, others, **fate.options)
        world.splits.save(split)


def _close_shares(world: World, split: Split, receivers: list, reason: str = "", released: bool = False) -> None:
    """What receivers could not take is frozen again, or goes to the sub-merchant: WeChat does not say which."""
    order = world.orders.get(split.order)
    for receiver in receivers:
        receiver |= {"result": "CLOSED", "fail_reason": reason or "ACCOUNT_ABNORMAL"}
    amount = sum(receiver["amount"] for receiver in receivers)
    order.split, order.held = order.split - amount, order.held + amount
    merchant = sub_merchant(world, order.sub_mchid)
    merchant.pending += amount
    world.sub_merchants.save(merchant)
    order.split_finished = released
    if released:
        release(world, order)
    world.orders.save(order)


def _finish_return(world: World, key: str) -> None:
    item: SplitReturn | None = world.split_returns.get(key)
    if item and item.result == "PROCESSING":
        item.result, item.finish_time = "SUCCESS", timestamp()
        world.split_returns.save(item)


def _finish_refund(world: World, key: str) -> None:
    refund = world.refunds.get(key)
    if refund is None or refund.status != "PROCESSING":
        return
    order = world.orders.get(refund.order)
    struck = [fault.kind for fault in world.faults.take("REFUND", ("refund_abnormal", "refund_closed"))]
    if order is None:
        return
    if "refund_closed" in struck:
        refund.status = "CLOSED"
        give_back(world, order, refund)
    elif struck:
        refund.status = "ABNORMAL"
    else:
        refund.status, refund.success_time = "SUCCESS", timestamp()
    world.refunds.save(refund)
    notify_refund(world, order, refund)


def give_back(world: World, order: Order, refund: Refund) -> None:
    """Undo the money movement of a refund that was closed."""
    order.refunded -= refund.amount
    order.fee = fee_of(world, order.total - order.refunded)
    order.held += refund.from_held
    order.released += refund.from_released
    merchant = sub_merchant(world, order.sub_mchid)
    merchant.pending += refund.from_held
    merchant.available += refund.from_released
    world.sub_merchants.save(merchant)
    world.orders.save(order)


def notify_refund(world: World, order: Order, refund: Refund) -> None:
    url = refund.request.get("notify_url")
    if not url:
        return
    resource = {
        "sp_mchid": order.mchid,
        "sub_mchid": order.sub_mchid,
        "out_trade_no": order.out_trade_no,
        "transaction_id": order.transaction_id,
        "out_refund_no": refund.request["out_refund_no"],
        "refund_id": refund.refund_id,
        "refund_status": refund.status,
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": order.total, "refund": refund.amount, "payer_total": order.total, "payer_refund": refund.amount,
        },
        "refund_account": refund.request.get("refund_account", "REFUND_SOURCE_SUB_MERCHANT"),
    }  # fmt: skip
    if refund.success_time:
        resource["success_time"] = refund.success_time
    summary = {"SUCCESS": "退款成功", "ABNORMAL": "退款异常", "CLOSED": "退款关闭"}[refund.status]
    delivery.notify(world, url, f"REFUND.{refund.status}", "refund", summary, resource)


def _expire_transfer(world: World, key: str) -> None:
    transfer = world.transfers.get(key)
    if transfer and transfer.state == "WAIT_USER_CONFIRM":
        end_transfer(world, transfer, "FAIL", "OVERDUE_CLOSE")


def end_transfer(world: World, transfer: Any, state: str, fail_reason: str = "") -> None:
    transfer.state, transfer.fail_reason, transfer.update_time = state, fail_reason, timestamp()
    world.transfers.save(transfer)
    url = transfer.request.get("notify_url")
    if not url:
        return
    resource = {
        "out_bill_no": transfer.out_bill_no,
        "transfer_bill_no": transfer.transfer_bill_no,
        "state": state,
        "mch_id": world.credentials.sp_mchid,
        "transfer_amount": transfer.amount,
        "openid": transfer.openid,
        "fail_reason": fail_reason,
        "create_time": transfer.create_time,
        "update_time": transfer.update_time,
    }
    delivery.notify(world, url, "MCHTRANSFER.BILL.FINISHED", "mch_payment", "商家转账单据终态通知", resource)


DEEDS = {
    "receive": _receive_automatically,
    "unfreeze": _unfreeze,
    "split": _finish_split,
    "return": _finish_return,
    "refund": _finish_refund,
    "transfer": _expire_transfer,
}
