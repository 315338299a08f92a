"""What our types make of WeChat Pay's answers and notices."""

from datetime import UTC, datetime

import pytest

from wechat import clients
from wechat.clients.pay import Applyment, CombinedPart, CombinedTransaction, Refund, Share, Split, Transaction

ROOT = "/v3/ecommerce"


def test_transaction_reads_answer_notice_and_part():
    paid = {
        "out_trade_no": "wx1",
        "transaction_id": "42",
        "trade_state": "SUCCESS",
        "success_time": "2026-11-21T08:00:00+08:00",
        "sub_mchid": "19",
    }
    answer = Transaction.parse({**paid, "amount": {"total": 100}, "payer": {"sp_openid": "o1"}, "attach": "a"})
    assert (answer.amount_fen, answer.payer_openid, answer.attach, answer.is_paid) == (100, "o1", "a", True)
    assert answer.succeeded_at == datetime(2026, 11, 21, tzinfo=UTC)
    part = Transaction.parse({**paid, "amount": {"total_amount": 60}})
    assert part.amount_fen == 60
    fresh = Transaction.parse({"out_trade_no": "wx1"})
    assert (fresh.trade_state, fresh.amount_fen, fresh.is_paid) == ("NOTPAY", None, False)


def test_combined_transaction_reads_its_parts():
    data = {
        "combine_out_trade_no": "c1",
        "combine_payer_info": {"openid": "o1"},
        "sub_orders": [{"out_trade_no": "wx1", "trade_state": "SUCCESS", "amount": {"total_amount": 5}}],
    }
    combined = CombinedTransaction.parse(data)
    assert (combined.payer_openid, combined.parts[0].amount_fen) == ("o1", 5)


@pytest.mark.parametrize(
    ("data", "status"),
    [({"status": "CLOSE"}, "CLOSED"), ({"refund_status": "SUCCESS"}, "SUCCESS"), ({}, "PROCESSING")],
)
def test_refund_folds_three_spellings_of_its_state(data, status):
    refund = Refund.parse({"out_refund_no": "r1", "refund_id": "50", "amount": {"refund": 10}, **data})
    assert (refund.status, refund.refund_fen) == (status, 10)


def test_split_tells_each_receivers_result():
    receiver = {"type": "MERCHANT_ID", "receiver_account": "19", "amount": 10, "result": "CLOSED", "fail_reason": "X"}
    split = Split.parse({"out_order_no": "s1", "order_id": "3", "status": "FINISHED", "receivers": [receiver]})
    assert (split.status, split.shares[0].result, split.shares[0].fail_reason) == ("FINISHED", "CLOSED", "X")


def test_applyment_keeps_the_reasons_of_a_rejection():
    applyment = Applyment.parse(
        {
            "applyment_id": 2000,
            "out_request_no": "r1",
            "applyment_state": "REJECTED",
            "audit_detail": [{"param_name": "id_card_copy", "reject_reason": "照片模糊"}],
        }
    )
    assert (applyment.applyment_id, applyment.rejections) == ("2000", (("id_card_copy", "照片模糊"),))


def test_unsplit_amount_and_returns(pay_wire):
    pay_wire.results[f"{ROOT}/profitsharing/orders/42/amounts"] = (200, {"transaction_id": "42", "unsplit_amount": 7})
    assert clients.pay().unsplit_amount(transaction_id="42") == 7
    answer = {"out_return_no": "b1", "return_no": "9", "out_order_no": "s1", "amount": 3, "result": "PROCESSING"}
    pay_wire.results[f"{ROOT}/profitsharing/returnorders"] = (200, answer)
    returned = clients.pay().query_split_return(sub_mchid="19", out_order_no="s1", out_return_no="b1")
    assert (returned.amount_fen, returned.result, returned.finished_at) == (3, "PROCESSING", None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"transaction_id": "", "out_trade_no": ""},
        {"transaction_id": "42", "out_trade_no": "wx1"},
        {"refund_fen": 101},
        {"refund_fen": 0},
        {"out_refund_no": "x" * 65},
    ],
)
def test_refund_refuses_what_wechat_would(pay_wire, wrong):
    arguments = {"sub_mchid": "19", "out_refund_no": "r1", "refund_fen": 100, "total_fen": 100, "transaction_id": "42"}
    with pytest.raises(ValueError):
        clients.pay().refund(**{**arguments, **wrong})
    assert pay_wire.requests == []


def test_split_and_combined_refuse_empty_and_too_many(pay_wire):
    share, part = Share("MERCHANT_ID", "19", 1, "平台服务费"), CombinedPart("19", "wx20261121-1", "茶", 1, "a")
    for shares in ([], [share] * 51):
        with pytest.raises(ValueError):
            clients.pay().split(sub_mchid="19", transaction_id="42", out_order_no="s", shares=shares, finish=True)
    for parts in ([], [part] * 51, [CombinedPart("19", "wx20261121-1", "茶", 1, "")]):
        with pytest.raises(ValueError):
            clients.pay().prepay_combined(
                combine_out_trade_no="c20261121", payer_openid="o1", payer_ip="127.0.0.1", parts=parts
            )
    assert pay_wire.requests == []
