"""WeChat Pay's refusals: HTTP status, `code` in the spelling of the call, and the Request-ID's tail."""

from typing import Any

STATUS = {
    "PARAM_ERROR": 400,
    "INVALID_REQUEST": 400,
    "APPID_MCHID_NOT_MATCH": 400,
    "MCH_NOT_EXISTS": 400,
    "ORDER_CLOSED": 400,
    "ORDER_PAID": 400,
    "SIGN_ERROR": 401,
    "NO_AUTH": 403,
    "RULE_LIMIT": 403,
    "NOT_ENOUGH": 403,
    "OUT_TRADE_NO_USED": 403,
    "TRADE_ERROR": 403,
    "ACCOUNT_ERROR": 403,
    "ORDER_NOT_EXIST": 404,
    "RESOURCE_NOT_EXISTS": 404,
    "NOT_FOUND": 404,
    "FREQUENCY_LIMITED": 429,
    "SYSTEM_ERROR": 500,
    "OPENID_MISMATCH": 500,
    "BANK_ERROR": 500,
}
# Combined payments kept the spellings of version 2.
OLD_SPELLINGS = {
    "USER_PAYING": "USERPAYING",
    "ACCOUNT_ERROR": "ACCOUNTERROR",
    "NO_AUTH": "NOAUTH",
    "RULE_LIMIT": "RULELIMIT",
    "NOT_ENOUGH": "NOTENOUGH",
    "ORDER_NOT_EXIST": "ORDERNOTEXIST",
    "BANK_ERROR": "BANKERROR",
    "SYSTEM_ERROR": "SYSTEMERROR",
}
# What a Request-ID ends with, where it is known.
TAILS = {
    "SIGN_ERROR": 268443699,
    "ORDER_NOT_EXIST": 268512771,
    "ORDER_PAID": 268449538,
    "APPID_MCHID_NOT_MATCH": 268445527,
}
REENTRY_TAIL = 268498688


class PayError(Exception):
    """A refusal. `detail` is the JSON member of that name."""

    def __init__(self, code: str, message: str, *, detail: Any = None, status: int = 0, tail: int = 0) -> None:
        super().__init__(code, message)
        self.code, self.message, self.detail = code, message, detail
        self.status = status or STATUS.get(code, 400)
        self.tail = tail or TAILS.get(code, 0)


def changed_parameters(what: str = "请求重入时，参数与首次请求时不一致") -> PayError:
    return PayError("INVALID_REQUEST", what, tail=REENTRY_TAIL)
