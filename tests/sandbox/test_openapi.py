"""The sandbox's replies, and the requests it takes, held against a description of WeChat Pay by others.

The description lies beside the checkout (shared/wechatpay-openapi) and is no part of the project;
without it these tests are skipped and say so. Its known faults are repaired by its own check_spec.py.
"""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from tests.sandbox.test_applyments import application
from tests.sandbox.test_combined import body_for as combined_body
from tests.sandbox.test_refunds import refund_body
from tests.sandbox.test_sharing import ship, split_body
from tests.sandbox.test_transfers import body_for as transfer_body

SPEC = Path(__file__).parents[3] / "shared" / "wechatpay-openapi"
pytestmark = pytest.mark.skipif(not SPEC.is_dir(), reason=f"no description of WeChat Pay at {SPEC}")


@pytest.fixture(scope="module")
def spec():
    before = sys.argv
    sys.argv = ["check_spec.py", "--repair"]
    try:
        source = importlib.util.spec_from_file_location("check_spec", SPEC / "check_spec.py")
        module = importlib.util.module_from_spec(source)
        source.loader.exec_module(module)
    finally:
        sys.argv = before
    operations = {f"{m} {p.replace('/{empty}', '/')}": o for m, p, o in module.Spec().operations() if m}
    return module, operations


@pytest.fixture
def checked(spec, merchant):
    """Make a call and hold both its ends against the description: `checked("POST /v3/…", target, body)`."""
    module, operations = spec

    def call(operation, target, body=None):
        request_schema, replies = module.schema_of(operations[operation], operation)
        if body is not None and request_schema:
            assert module.errors(request_schema, body) == []
        response = merchant.call(operation.partition(" ")[0], target, body)
        assert str(response.status_code) in replies, response.text
        answer = json.loads(response.text) if response.text else None
        assert module.errors(replies[str(response.status_code)], answer) == []
        return answer

    return call


PARTNER = "/v3/pay/partner/transactions"
SHARING = "/v3/ecommerce/profitsharing"
TRANSFERS = "/v3/fund-app/mch-transfer/transfer-bills"


def test_partner_payment(checked, merchant, shop, buyer):
    body = merchant.prepay_body(shop, buyer)
    prepay_id = checked(f"POST {PARTNER}/jsapi", f"{PARTNER}/jsapi", body)["prepay_id"]
    query = f"?sp_mchid={merchant.known.sp_mchid}&sub_mchid={shop}"
    by_number = f"GET {PARTNER}/out-trade-no/{{out_trade_no}}"
    checked(by_number, f"{PARTNER}/out-trade-no/ORDER0001{query}")
    [transaction_id] = buyer.pay(prepay_id)["transaction_ids"]
    checked(by_number, f"{PARTNER}/out-trade-no/ORDER0001{query}")
    checked(f"GET {PARTNER}/id/{{transaction_id}}", f"{PARTNER}/id/{transaction_id}{query}")


def test_partner_close(checked, merchant, shop, buyer):
    merchant.prepay(shop, buyer)
    body = {"sp_mchid": merchant.known.sp_mchid, "sub_mchid": shop}
    checked(f"POST {PARTNER}/out-trade-no/{{out_trade_no}}/close", f"{PARTNER}/out-trade-no/ORDER0001/close", body)


def test_combined_payment(checked, merchant, shop, buyer, sandbox):
    base = "/v3/combine-transactions"
    body = combined_body(merchant, buyer, [shop, sandbox.sub_merchant("别家")])
    prepay_id = checked(f"POST {base}/jsapi", f"{base}/jsapi", body)["prepay_id"]
    query = f"GET {base}/out-trade-no/{{combine_out_trade_no}}"
    checked(query, f"{base}/out-trade-no/COMBINE01")
    buyer.pay(prepay_id)
    checked(query, f"{base}/out-trade-no/COMBINE01")


def test_refund(checked, merchant, shop, buyer, sandbox):
    body = refund_body(merchant, shop, merchant.paid(shop, buyer), 1_000)
    base = "/v3/ecommerce/refunds"
    refund_id = checked(f"POST {base}/apply", f"{base}/apply", body)["refund_id"]
    for seconds in (0, 6):
        sandbox.advance(seconds)
        checked(f"GET {base}/id/{{refund_id}}", f"{base}/id/{refund_id}?sub_mchid={shop}")
        checked(f"GET {base}/out-refund-no/{{out_refund_no}}", f"{base}/out-refund-no/REFUND1?sub_mchid={shop}")


def test_profit_sharing(checked, merchant, shop, buyer, sandbox, weixin):
    transaction_id = merchant.paid(shop, buyer)
    sandbox.advance(61)
    ship(weixin, transaction_id, buyer)
    buyer.receive(transaction_id)
    receiver = {"appid": merchant.known.mini_program.appid, "type": "MERCHANT_ID"}
    receiver |= {"account": merchant.known.sp_mchid, "relation_type": "PLATFORM"}
    checked(f"POST {SHARING}/receivers/add", f"{SHARING}/receivers/add", receiver)
    checked(f"POST {SHARING}/orders", f"{SHARING}/orders", split_body(merchant, shop, transaction_id, 500))
    sandbox.advance(3)
    query = f"sub_mchid={shop}&transaction_id={transaction_id}&out_order_no=SPLIT1"
    checked(f"GET {SHARING}/orders", f"{SHARING}/orders?{query}")
    checked(f"GET {SHARING}/orders/{{transaction_id}}/amounts", f"{SHARING}/orders/{transaction_id}/amounts")
    returned = {"sub_mchid": shop, "out_order_no": "SPLIT1", "out_return_no": "RETURN1", "amount": 100}
    returned |= {"return_mchid": merchant.known.sp_mchid, "description": "退款回退"}
    checked(f"POST {SHARING}/returnorders", f"{SHARING}/returnorders", returned)
    query = f"sub_mchid={shop}&out_order_no=SPLIT1&out_return_no=RETURN1"
    checked(f"GET {SHARING}/returnorders", f"{SHARING}/returnorders?{query}")
    finish = {"sub_mchid": shop, "transaction_id": transaction_id, "out_order_no": "FINISH1", "description": "解冻"}
    checked(f"POST {SHARING}/finish-order", f"{SHARING}/finish-order", finish)
    del receiver["relation_type"]
    checked(f"POST {SHARING}/receivers/delete", f"{SHARING}/receivers/delete", receiver)
    checked("GET /v3/ecommerce/fund/balance/{sub_mchid}", f"/v3/ecommerce/fund/balance/{shop}")


def test_applyment(checked, merchant, sandbox):
    base = "/v3/ecommerce/applyments/"
    applyment_id = checked(f"POST {base}", base, application(merchant))["applyment_id"]
    for seconds in (0, 61, 121, 301, 121):
        sandbox.advance(seconds)
        checked(f"GET {base}{{applyment_id}}", f"{base}{applyment_id}")
        checked(f"GET {base}out-request-no/{{out_request_no}}", f"{base}out-request-no/APPLY1")


def test_transfer(checked, merchant, buyer):
    checked(f"POST {TRANSFERS}", TRANSFERS, transfer_body(merchant, buyer))
    checked(f"GET {TRANSFERS}/out-bill-no/{{out_bill_no}}", f"{TRANSFERS}/out-bill-no/BILL1")
    checked(f"POST {TRANSFERS}/out-bill-no/{{out_bill_no}}/cancel", f"{TRANSFERS}/out-bill-no/BILL1/cancel")
