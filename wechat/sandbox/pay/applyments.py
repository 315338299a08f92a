"""Applications of sub-merchants (二级商户进件), reviewed on the accelerated clock."""

from typing import Any

from ..records import Applyment, SubMerchant
from ..world import World, digits
from . import banks
from .errors import PayError, changed_parameters
from .protocol import Call
from .secrets import reveal
from .validation import REQUEST_NO, group, items, one_of, shape, text

# Seconds of WeChat's clock spent in each state before the next.
STEPS = (("CHECKING", 60), ("ACCOUNT_NEED_VERIFY", 120), ("AUDITING", 300), ("NEED_SIGN", 120), ("FINISH", 0))
STATE_TEXTS = {
    "CHECKING": "资料校验中",
    "ACCOUNT_NEED_VERIFY": "待账户验证",
    "AUDITING": "审核中",
    "REJECTED": "已驳回",
    "NEED_SIGN": "待签约",
    "FINISH": "完成",
}
SMALL_SELLERS = ("2401", "2500")
SECRET = text(2048)
SUBMIT = {
    "out_request_no": text(124, REQUEST_NO.replace("64", "124")),
    "organization_type": one_of("2401", "2500", "4", "2", "3", "2502", "1708"),
    "business_license_info?": group({
        "business_license_copy": text(256), "business_license_number": text(18, shortest=15),
        "merchant_name": text(128), "legal_person": text(128),
    }),
    "id_doc_type?": text(64),
    "id_card_info?": group({
        "id_card_copy": text(256), "id_card_national": text(256), "id_card_name": SECRET, "id_card_number": SECRET,
        "id_card_valid_time_begin?": text(26), "id_card_valid_time": text(26),
    }),
    "account_info": group({
        "bank_account_type": one_of("74", "75"), "account_bank": text(128), "account_name": SECRET,
        "bank_address_code": text(20), "bank_branch_id?": text(64), "bank_name?": text(128), "account_number": SECRET,
    }),
    "contact_info": group({
        "contact_type": one_of("65", "66"), "contact_name": SECRET, "contact_id_card_number?": SECRET,
        "mobile_phone": SECRET,
    }),
    "sales_scene_info": group({
        "store_name": text(256), "store_url?": text(1024), "store_qr_code?": text(256),
        "mini_program_sub_appid?": text(256),
    }),
    "settlement_info?": group({"settlement_id?": text(8), "qualification_type?": text(256)}),
    "merchant_shortname": text(64),
    "qualifications?": items(text(1024), 1, 50),
}  # fmt: skip
ENCRYPTED = {
    "id_card_info": ("id_card_name", "id_card_number"),
    "account_info": ("account_name", "account_number"),
    "contact_info": ("contact_name", "contact_id_card_number", "mobile_phone"),
}
PICTURES = {
    "business_license_info": ("business_license_copy",),
    "id_card_info": ("id_card_copy", "id_card_national"),
    "sales_scene_info": ("store_qr_code",),
}


def submit(call: Call) -> dict[str, Any]:
    world, body = call.world, shape(call.body, SUBMIT)
    _check_kind(body)
    _check_bank(body["account_info"])
    plain = _decrypted(world, body)
    _check_pictures(world, body)
    known = world.applyments.find(out_request_no=body["out_request_no"])
    if known is None:
        known = Applyment("2000" + digits(12), body["out_request_no"], plain, world.clock.work())
        known.rejected = _objections(plain)
    elif state_of(world, known) == "REJECTED":
        # A rejected application is corrected under its own number.
        known.request, known.created_work, known.rejected = plain, world.clock.work(), _objections(plain)
    elif known.request != plain:
        raise changed_parameters()
    world.applyments.save(known)
    return {"applyment_id": int(known.applyment_id), "out_request_no": known.out_request_no}


def query_by_id(call: Call) -> dict[str, Any]:
    return _describe(call.world, call.world.applyments.get(call.number("applyment_id")))


def query_by_number(call: Call) -> dict[str, Any]:
    return _describe(call.world, call.world.applyments.find(out_request_no=call.number("out_request_no")))


def state_of(world: World, item: Applyment) -> str:
    """Where the application stands now. 小微 and 个人卖家 skip the verification of a company's account."""
    passed = world.clock.work() - item.created_work
    if item.rejected and passed > STEPS[0][1]:
        return "REJECTED"
    for state, seconds in STEPS:
        if state == "ACCOUNT_NEED_VERIFY" and item.request["organization_type"] in SMALL_SELLERS:
            continue
        if state == "NEED_SIGN" and item.signed:
            continue
        if passed < seconds:
            return state
        passed -= seconds
    return "FINISH"


def open_account(world: World, mchid: str, name: str) -> SubMerchant:
    return world.sub_merchants.get(mchid) or world.sub_merchants.save(SubMerchant(mchid, name))


def _check_kind(body: dict[str, Any]) -> None:
    small = body["organization_type"] in SMALL_SELLERS
    if small and body.get("business_license_info"):
        raise PayError("PARAM_ERROR", "小微和个人卖家无需填写营业执照信息business_license_info")
    if not small and not body.get("business_license_info"):
        raise PayError("PARAM_ERROR", "输入源“/body/business_license_info”必填性规则校验失败，此字段为必填项")
    if body.get("id_doc_type", "IDENTIFICATION_TYPE_IDCARD").endswith("IDCARD") and not body.get("id_card_info"):
        raise PayError("PARAM_ERROR", "输入源“/body/id_card_info”必填性规则校验失败，此字段为必填项")


def _check_bank(account: dict[str, Any]) -> None:
    known = {row[2] for row in banks.CORPORATE}
    if account["account_bank"] not in known:
        raise PayError("PARAM_ERROR", "开户银行不存在，请填写银行列表中的开户银行")
    if account["account_bank"] == "其他银行" and not (account.get("bank_branch_id") or account.get("bank_name")):
        raise PayError("PARAM_ERROR", "开户银行为其他银行时，开户银行联行号和开户银行全称二选一必填")


def _decrypted(world: World, body: dict[str, Any]) -> dict[str, Any]:
    plain = dict(body)
    for section, names in ENCRYPTED.items():
        if isinstance(body.get(section), dict):
            plain[section] = dict(body[section])
            for name in names:
                if body[section].get(name):
                    plain[section][name] = reveal(world, body[section][name], f"/{section}/{name}")
    return plain


def _check_pictures(world: World, body: dict[str, Any]) -> None:
    for section, names in PICTURES.items():
        for name in names:
            media_id = (body.get(section) or {}).get(name)
            if media_id and world.media.get(media_id) is None:
                raise PayError("PARAM_ERROR", f"{name}对应的图片不存在，请先上传图片获取media_id")


def _objections(plain: dict[str, Any]) -> list[dict[str, str]]:
    """What the pretended review rejects: a name that says so, so that both ends can be tried."""
    if "驳回测试" in plain["merchant_shortname"]:
        return [{"param_name": "商户简称", "reject_reason": "商户简称不符合规范，请修改后重新提交"}]
    return []


def _describe(world: World, item: Applyment | None) -> dict[str, Any]:
    if item is None:
        raise PayError("RESOURCE_NOT_EXISTS", "申请单不存在")
    state = state_of(world, item)
    facts: dict[str, Any] = {
        "applyment_state": state,
        "applyment_state_desc": STATE_TEXTS[state],
        "applyment_id": int(item.applyment_id),
        "out_request_no": item.out_request_no,
        "sign_state": "SIGNED" if state == "FINISH" else "UNSIGNED",
    }
    if state in ("NEED_SIGN", "FINISH"):
        facts |= {"sign_url": f"{world.config.public_url}/phone/sign/{item.applyment_id}"}
    if state == "ACCOUNT_NEED_VERIFY":
        facts |= {"account_validation": _account_validation(item)}
    if state == "REJECTED":
        facts |= {"audit_detail": item.rejected}
    if state == "FINISH":
        if not item.sub_mchid:
            item.sub_mchid = "16" + digits(8)
            world.applyments.save(item)
        open_account(world, item.sub_mchid, item.request["merchant_shortname"])
        facts |= {"sub_mchid": item.sub_mchid}
    return facts


def _account_validation(item: Applyment) -> dict[str, Any]:
    return {
        "account_name": item.request["account_info"]["account_name"],
        "account_no": item.request["account_info"]["account_number"],
        "pay_amount": 1,
        "destination_account_number": "7222223333322332",
        "destination_account_name": "财付通支付科技有限公司",
        "destination_account_bank": "招商银行威盛大厦支行",
        "city": "深圳",
        "remark": "入驻账户验证",
        "deadline": "2099-12-31 23:59:59",
    }
