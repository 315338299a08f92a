import pytest

from wechat import errors


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ORDERPAID", "ORDER_PAID"),
        ("ORDER_PAID", "ORDER_PAID"),
        ("NOTENOUGH", "NOT_ENOUGH"),
        ("USERPAYING", "USER_PAYING"),
        ("ORDERNOTEXIST", "ORDER_NOT_EXIST"),
        ("RATELIMIT_EXCEED", "RATELIMIT_EXCEEDED"),
        ("FREQUENCY_LIMIT_EXCEED", "FREQUENCY_LIMITED"),
        (43101, "43101"),
        ("SOMETHING_NEW", "SOMETHING_NEW"),
    ],
)
def test_fold_code_knows_one_spelling(written, folded):
    assert errors.fold_code(written) == folded
    assert errors.WeChatError(written).code == folded


def test_from_api_takes_zero_and_silence_for_success():
    assert errors.from_api({"errcode": 0, "errmsg": "ok"}, 200) is None
    assert errors.from_api({"openid": "o1"}, 200) is None


def test_from_api_separates_the_request_id_from_the_message():
    error = errors.from_api({"errcode": 43101, "errmsg": "user refuse to accept the msg rid: 65f0-1-2"}, 200)
    assert (error.code, error.message, error.request_id) == ("43101", "user refuse to accept the msg", "65f0-1-2")
    assert error.is_out_of_credit and error.permanent and not error.unknown_outcome


@pytest.mark.parametrize("code", [-1, 45009, 45011, 43108, 10060001, 40001, 42001])
def test_from_api_calls_what_passes_by_itself_transient(code):
    error = errors.from_api({"errcode": code}, 200)
    assert not error.permanent and not error.unknown_outcome


@pytest.mark.parametrize("code", [40003, 40037, 43004, 47003, 61010, 10060002, 99999])
def test_from_api_calls_verdicts_permanent(code):
    assert errors.from_api({"errcode": code}, 200).permanent


@pytest.mark.parametrize(
    ("status", "code", "permanent", "unknown"),
    [
        (400, "PARAM_ERROR", True, False),
        (403, "NOTENOUGH", False, False),
        (404, "ORDERNOTEXIST", True, False),
        (429, "FREQUENCY_LIMITED", False, False),
        (202, "USERPAYING", False, False),
        (500, "SYSTEM_ERROR", False, True),
        (502, None, False, True),
        (500, "OPENID_MISMATCH", True, False),
    ],
)
def test_from_pay_tells_callers_what_to_do(status, code, permanent, unknown):
    error = errors.from_pay({"code": code, "message": "…"} if code else {}, status)
    assert (error.permanent, error.unknown_outcome, error.http_status) == (permanent, unknown, status)


def test_from_pay_knows_that_a_split_was_only_too_early():
    message = "订单处理中，暂时无法分账，请稍后再试"
    assert not errors.from_pay({"code": "INVALID_REQUEST", "message": message}, 400).permanent
