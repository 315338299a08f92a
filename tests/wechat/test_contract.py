"""Each WeChat Pay call that we make, held against others' description of it: our request, and our reading of its answer."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.wechat import contract
from tests.wechat.conftest import signed
from wechat import clients
from wechat.clients.pay import CombinedPart, Share, WeChatPay

pytestmark = pytest.mark.skipif(bool(contract.absent()), reason=contract.absent() or "present")

PART = CombinedPart("1900000109", "wx20261121-1", "白瓷茶杯", 100, "order-1")
WHEN = datetime(2026, 11, 22, 8, tzinfo=UTC)
APPLYMENT = {
    "business_license_info": {
        "business_license_copy": "media-1",
        "business_license_number": "91310000000000000X",
        "merchant_name": "景德镇一间茶器店",
        "legal_person": "张三",
    },
    "id_card_info": {
        "id_card_copy": "media-2",
        "id_card_national": "media-3",
        "id_card_name": "张三",
        "id_card_number": "360000199001010000",
        "id_card_valid_time_begin": "2020-01-01",
        "id_card_valid_time": "2040-01-01",
    },
    "account_info": {
        "bank_account_type": "74",
        "account_bank": "工商银行",
        "account_name": "景德镇一间茶器店",
        "bank_address_code": "360200",
        "account_number": "6222000000000000000",
    },
    "contact_info": {
        "contact_type": "65",
        "contact_name": "张三",
        "contact_id_card_number": "360000199001010000",
        "mobile_phone": "13800138000",
    },
    "sales_scene_info": {"store_name": "一间茶器店", "store_url": "https://shop.example/s/1"},
}


@dataclass(frozen=True)
class Case:
    operation: str
    call: Callable[[WeChatPay], Any]


TRANSACTIONS = "/v3/pay/partner/transactions"
COMBINED = "/v3/combine-transactions"
REFUNDS, SHARING, APPLYMENTS = "/v3/ecommerce/refunds", "/v3/ecommerce/profitsharing", "/v3/ecommerce/applyments"
SUB = "1900000109"

CASES = [
    Case(
        f"POST {TRANSACTIONS}/jsapi",
        lambda pay: pay.prepay(
            sub_mchid=SUB,
            out_trade_no="wx20261121-1",
            description="白瓷茶杯",
            amount_fen=100,
            payer_openid="o1",
            time_expire=WHEN,
            attach="order-1",
        ),
    ),
    Case(
        f"GET {TRANSACTIONS}/out-trade-no/{{out_trade_no}}",
        lambda pay: pay.query(sub_mchid=SUB, out_trade_no="wx20261121-1"),
    ),
    Case(
        f"GET {TRANSACTIONS}/id/{{transaction_id}}",
        lambda pay: pay.query_by_transaction_id(sub_mchid=SUB, transaction_id="42"),
    ),
    Case(
        f"POST {TRANSACTIONS}/out-trade-no/{{out_trade_no}}/close",
        lambda pay: pay.close(sub_mchid=SUB, out_trade_no="wx20261121-1"),
    ),
    Case(
        f"POST {COMBINED}/jsapi",
        lambda pay: pay.prepay_combined(
            combine_out_trade_no="c20261121", payer_openid="o1", payer_ip="10.0.0.1", parts=[PART], time_expire=WHEN
        ),
    ),
    Case(
        f"GET {COMBINED}/out-trade-no/{{combine_out_trade_no}}",
        lambda pay: pay.query_combined(combine_out_trade_no="c20261121"),
    ),
    Case(
        f"POST {COMBINED}/out-trade-no/{{combine_out_trade_no}}/close",
        lambda pay: pay.close_combined(combine_out_trade_no="c20261121", parts=[PART]),
    ),
    Case(
        f"POST {REFUNDS}/apply",
        lambda pay: pay.refund(
            sub_mchid=SUB, out_refund_no="r1", refund_fen=50, total_fen=100, transaction_id="42", reason="七天无理由"
        ),
    ),
    Case(
        f"POST {REFUNDS}/apply",
        lambda pay: pay.refund(
            sub_mchid=SUB, out_refund_no="r1", refund_fen=50, total_fen=100, out_trade_no="wx20261121-1"
        ),
    ),
    Case(
        f"GET {REFUNDS}/out-refund-no/{{out_refund_no}}",
        lambda pay: pay.query_refund(sub_mchid=SUB, out_refund_no="r1"),
    ),
    Case(
        f"POST {SHARING}/receivers/add",
        lambda pay: pay.add_receiver(type="MERCHANT_ID", account="19", relation="PLATFORM", name="微选"),
    ),
    Case(
        f"POST {SHARING}/receivers/add",
        lambda pay: pay.add_receiver(type="PERSONAL_OPENID", account="o9", relation="DISTRIBUTOR", name="李四"),
    ),
    Case(
        f"POST {SHARING}/orders",
        lambda pay: pay.split(
            sub_mchid=SUB,
            transaction_id="42",
            out_order_no="s1",
            shares=[Share("MERCHANT_ID", "19", 1, "服务费"), Share("PERSONAL_OPENID", "o9", 1, "推广", name="李四")],
            finish=True,
        ),
    ),
    Case(
        f"GET {SHARING}/orders",
        lambda pay: pay.query_split(sub_mchid=SUB, transaction_id="42", out_order_no="s1"),
    ),
    Case(
        f"POST {SHARING}/finish-order",
        lambda pay: pay.finish_split(sub_mchid=SUB, transaction_id="42", out_order_no="f1", description="确认收货"),
    ),
    Case(
        f"GET {SHARING}/orders/{{transaction_id}}/amounts",
        lambda pay: pay.unsplit_amount(transaction_id="42"),
    ),
    Case(
        f"POST {SHARING}/returnorders",
        lambda pay: pay.return_split(
            sub_mchid=SUB,
            out_order_no="s1",
            out_return_no="b1",
            return_mchid="19",
            amount_fen=1,
            description="退款",
        ),
    ),
    Case(
        f"GET {SHARING}/returnorders",
        lambda pay: pay.query_split_return(sub_mchid=SUB, out_order_no="s1", out_return_no="b1"),
    ),
    Case(
        f"POST {APPLYMENTS}/",
        lambda pay: pay.submit_applyment(
            out_request_no="r1", organization_type="4", merchant_shortname="一间茶器", sections=APPLYMENT
        ),
    ),
    Case(f"GET {APPLYMENTS}/{{applyment_id}}", lambda pay: pay.query_applyment(applyment_id="2000")),
    Case(
        f"GET {APPLYMENTS}/out-request-no/{{out_request_no}}",
        lambda pay: pay.query_applyment_by_request(out_request_no="r1"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.operation)
def test_call_fits_its_description(pay_wire, platform_keys, case):
    """The answer is made of the description's own examples, so a client that read another field would fail."""
    wanted = contract.schema(case.operation, "200")
    body = json.dumps(contract.sample(wanted)).encode() if wanted else b""
    pay_wire.reply = lambda request: signed(platform_keys, body, 200 if wanted else 204)
    case.call(clients.pay())
    (request,) = pay_wire.requests
    method, template = case.operation.split()
    assert request.method == method
    assert re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), request.path)
    assert contract.query_parameters(case.operation) <= request.query.keys()
    assert contract.errors(case.operation, "request", request.json() if request.body else None) == []


def test_checker_refuses_what_is_missing_or_unknown():
    """A checker that accepts everything would prove nothing."""
    key = f"POST {TRANSACTIONS}/jsapi"
    body = contract.sample(contract.schema(key, "request"))
    assert contract.errors(key, "request", body) == []
    for name in ("sp_appid", "sub_mchid", "amount", "payer", "notify_url"):
        assert contract.errors(key, "request", {k: v for k, v in body.items() if k != name})
    assert contract.errors(key, "request", {**body, "amount": {"total": "1"}})
    assert contract.errors(key, "request", {**body, "surprise": 1}) == ["/surprise: not described"]
    assert contract.errors(key, "request", {**body, "payer": {**body["payer"], "x": 1}}) == ["/payer/x: not described"]


def test_every_repair_is_still_needed():
    """An override that the description no longer needs should go."""
    for (key, where), (dropped, added) in contract.REPAIRS.items():
        required = _required(contract.described(key, where))
        assert dropped <= required and not (added & required), (key, where)


def _required(described) -> set[str]:
    return set(described.get("required") or ()).union(*(_required(part) for part in described.get("allOf") or ()))
