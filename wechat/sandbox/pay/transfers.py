"""商家转账: the receiver confirms on the phone within 24 hours, or the money goes back."""

from typing import Any

from .. import settlement
from ..records import Transfer
from ..world import World, digits, letters, timestamp
from .errors import PayError
from .protocol import Call
from .secrets import reveal
from .validation import BILL_NO, group, integer, items, notify_url, one_of, shape, text

CONFIRM_SECONDS = 24 * 3600
NAME_FROM_FEN = 200_000
TRANSFER = {
    "appid": text(32),
    "out_bill_no": text(32, BILL_NO),
    "transfer_scene_id": one_of("1000", "1002", "1004", "1005", "1009", "1010", "1011", "1013"),
    "openid": text(64),
    "user_name?": text(10240),
    "transfer_amount": integer(),
    "transfer_remark": text(32),
    "notify_url?": notify_url,
    "user_recv_perception?": text(32),
    "transfer_scene_report_infos": items(group({"info_type": text(15), "info_content": text(32)}), 1, 10),
}
SCENE_REPORTS = {"1005": {"岗位类型", "报酬说明"}}
LOWEST_FEN, HIGHEST_FEN = 10, 20_000


def create(call: Call) -> dict[str, Any]:
    world, body = call.world, shape(call.body, TRANSFER)
    account = world.account_of(body["appid"])
    if account is None:
        raise PayError("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配，请检查后再试")
    if world.person_by_openid(body["openid"], account) is None:
        raise PayError("INVALID_REQUEST", "openid与appid不匹配")
    plain = _checked(world, body)
    known = world.transfers.find(out_bill_no=body["out_bill_no"])
    if known:
        if known.request != plain:
            raise PayError("INVALID_REQUEST", "单号已存在但信息不一致，请查单后比较确认")
        return _created(known)
    now, moment = world.clock.work(), timestamp()
    transfer = Transfer(
        "1330000" + digits(21), body["out_bill_no"], plain, body["transfer_amount"], body["openid"],
        "WAIT_USER_CONFIRM", letters(64), moment, moment, now + CONFIRM_SECONDS,
    )  # fmt: skip
    world.transfers.save(transfer)
    settlement.schedule(world, transfer.expires_work, "transfer", transfer.transfer_bill_no)
    return _created(transfer)


def query_by_number(call: Call) -> dict[str, Any]:
    return _describe(call.world, call.world.transfers.find(out_bill_no=call.number("out_bill_no")))


def query_by_id(call: Call) -> dict[str, Any]:
    return _describe(call.world, call.world.transfers.get(call.number("transfer_bill_no")))


def cancel(call: Call) -> dict[str, Any]:
    transfer = call.world.transfers.find(out_bill_no=call.number("out_bill_no"))
    if transfer is None:
        raise PayError("NOT_FOUND", "记录不存在")
    if transfer.state == "WAIT_USER_CONFIRM":
        settlement.end_transfer(call.world, transfer, "CANCELLED")
    if transfer.state != "CANCELLED":
        raise PayError("INVALID_REQUEST", "当前状态不支持撤销")
    facts = {"out_bill_no": transfer.out_bill_no, "transfer_bill_no": transfer.transfer_bill_no}
    return facts | {"state": transfer.state, "update_time": transfer.update_time}


def _checked(world: World, body: dict[str, Any]) -> dict[str, Any]:
    if not LOWEST_FEN <= body["transfer_amount"] <= HIGHEST_FEN:
        raise PayError("INVALID_REQUEST", "超过单笔转账上下限，核实产品设置是否准确")
    if body["transfer_amount"] >= NAME_FROM_FEN and not body.get("user_name"):
        raise PayError("PARAM_ERROR", "转账金额大于等于2000元时，收款用户姓名user_name必填")
    reported = {info["info_type"] for info in body["transfer_scene_report_infos"]}
    if not SCENE_REPORTS.get(body["transfer_scene_id"], set()) <= reported:
        raise PayError("PARAM_ERROR", "需传入转账场景报备信息，请检查")
    plain = dict(body)
    if body.get("user_name"):
        plain["user_name"] = reveal(world, body["user_name"], "/user_name")
    return plain


def _created(transfer: Transfer) -> dict[str, Any]:
    facts = {
        "out_bill_no": transfer.out_bill_no,
        "transfer_bill_no": transfer.transfer_bill_no,
        "create_time": transfer.create_time,
        "state": transfer.state,
    }
    waiting = transfer.state == "WAIT_USER_CONFIRM"
    return facts | ({"package_info": transfer.package_info} if waiting else {})


def _describe(world: World, transfer: Transfer | None) -> dict[str, Any]:
    if transfer is None:
        raise PayError("NOT_FOUND", "记录不存在")
    facts = {
        "mch_id": world.credentials.sp_mchid,
        "out_bill_no": transfer.out_bill_no,
        "transfer_bill_no": transfer.transfer_bill_no,
        "appid": transfer.request["appid"],
        "state": transfer.state,
        "transfer_amount": transfer.amount,
        "transfer_remark": transfer.request["transfer_remark"],
        "openid": transfer.openid,
        "create_time": transfer.create_time,
        "update_time": transfer.update_time,
    }
    return facts | ({"fail_reason": transfer.fail_reason} if transfer.fail_reason else {})
