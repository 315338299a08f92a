"""One error family for every call to WeChat, so that callers decide by three facts and never by a library's exception.

`permanent`: repeating the same call cannot help. `unknown_outcome`: it may have happened; query
before repeating, or mark it and leave it alone. `code`: WeChat's own, in one spelling.
"""

import re
from collections.abc import Mapping
from typing import Any

# Our own codes: what can go wrong before WeChat has said anything that may be believed.
TIMEOUT = "TIMEOUT"
UNREACHABLE = "UNREACHABLE"
BAD_REPLY = "BAD_REPLY"
BAD_SIGNATURE = "BAD_SIGNATURE"
RENEWAL_BUSY = "RENEWAL_BUSY"
STORE_DOWN = "STORE_DOWN"
MISCONFIGURED = "MISCONFIGURED"

TOKEN_CODES = frozenset({"40001", "40014", "42001"})
CONFIGURATION_CODES = frozenset(
    {MISCONFIGURED, "40001", "40013", "40125", "40164", "41002", "41004", "48001", "48004", "61007"}
    | {"SIGN_ERROR", "NO_AUTH", "APPID_MCHID_NOT_MATCH", "MCH_NOT_EXISTS"}
)
RATE_CODES = frozenset({"45009", "45011", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"})
# Errors of the API host that pass by themselves: busy, token, minute limits, one openid twice at once, an
# order that the shipping desk has not heard of yet.
TRANSIENT_API_CODES = TOKEN_CODES | {"-1", "45009", "45011", "43108", "10060001", "10060012", "10060019"}
# Money that is not there yet, and buyers in the middle of paying: the same number may be tried again later.
TRANSIENT_PAY_CODES = frozenset({"FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "NOT_ENOUGH", "USER_PAYING"})
# Partner prepay answers these with HTTP 500, yet they are verdicts on the request.
VERDICTS_DESPITE_500 = frozenset({"OPENID_MISMATCH", "INVALID_TRANSACTIONID"})
# Profit sharing asked for within a minute of the payment (INVALID_REQUEST has no code of its own for it).
TOO_EARLY = "暂时无法分账"

_ONE_SPELLING = {
    code.replace("_", ""): code
    for code in (
        *("ACCOUNT_ERROR", "BANK_ERROR", "FREQUENCY_LIMITED", "INVALID_REQUEST", "MCH_NOT_EXISTS", "NO_AUTH"),
        *("NOT_ENOUGH", "OPENID_MISMATCH", "ORDER_CLOSED", "ORDER_NOT_EXIST", "ORDER_PAID", "OUT_TRADE_NO_USED"),
        *("PARAM_ERROR", "RATELIMIT_EXCEEDED", "RESOURCE_NOT_EXISTS", "RULE_LIMIT", "SIGN_ERROR", "SYSTEM_ERROR"),
        *("TRADE_ERROR", "USER_PAYING"),
    )
} | {"FREQUENCYLIMITEXCEED": "FREQUENCY_LIMITED", "RATELIMITEXCEED": "RATELIMIT_EXCEEDED"}

_RID = re.compile(r"\s*rid:\s*(\S+)\s*$")


def fold_code(code: object) -> str:
    """One spelling for codes that WeChat writes in two: ORDERPAID and ORDER_PAID, 43101 and "43101"."""
    text = str(code).strip().upper()
    return _ONE_SPELLING.get(text.replace("_", ""), text)


class WeChatError(Exception):
    """A call that WeChat refused, or whose answer cannot be believed.

    Args:
        code: WeChat's code in one spelling, or one of this module's own.
        message: WeChat's words, for ops and logs; never for buyers.
        permanent: the same call can never succeed.
        unknown_outcome: it may have taken effect: query, or repeat only under the same number.
        http_status: None where no answer came.
        request_id: what WeChat's support asks for.
    """

    def __init__(
        self,
        code: object,
        message: str = "",
        permanent: bool = False,
        unknown_outcome: bool = False,
        http_status: int | None = None,
        request_id: str = "",
    ):
        self.code = fold_code(code)
        self.message = message
        self.permanent = permanent
        self.unknown_outcome = unknown_outcome
        self.http_status = http_status
        self.request_id = request_id
        super().__init__(f"{self.code} {message}".strip())

    @property
    def is_configuration(self) -> bool:
        """An operator has to change something: a secret, a right, the IP whitelist."""
        return self.code in CONFIGURATION_CODES

    @property
    def is_rate_limited(self) -> bool:
        return self.code in RATE_CODES

    @property
    def is_login_code_spent(self) -> bool:
        """wx.login's or getPhoneNumber's code is unknown, expired or was used before."""
        return self.code in {"40029", "40163"}

    @property
    def is_not_following(self) -> bool:
        """The service account may not write to this person: unfollowed, or refuses (43004, 48002)."""
        return self.code in {"43004", "48002"}

    @property
    def is_out_of_credit(self) -> bool:
        """No subscription left for this template and person (43101)."""
        return self.code == "43101"

    @property
    def is_order_paid(self) -> bool:
        return self.code == "ORDER_PAID"

    @property
    def is_order_closed(self) -> bool:
        return self.code == "ORDER_CLOSED"

    @property
    def is_not_found(self) -> bool:
        """WeChat Pay knows no such order, refund or split."""
        return self.code in {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"}

    @property
    def is_shipping_recorded(self) -> bool:
        """The shipping of this order was uploaded before (10060002, 10060003, 10060023)."""
        return self.code in {"10060002", "10060003", "10060023"}


class Misconfigured(WeChatError):
    """A setting is missing or cannot be used; `message` names it and never shows its value."""

    def __init__(self, message: str):
        super().__init__(MISCONFIGURED, message, permanent=True)


def from_api(payload: Mapping[str, Any], http_status: int) -> WeChatError | None:
    """The error in an answer of api.weixin.qq.com (HTTP 200 with errcode), or None where it is a success."""
    code = fold_code(payload.get("errcode", 0))
    if code == "0":
        return None
    message = str(payload.get("errmsg", ""))
    rid = _RID.search(message)
    return WeChatError(
        code,
        _RID.sub("", message),
        permanent=code not in TRANSIENT_API_CODES,
        http_status=http_status,
        request_id=rid.group(1) if rid else "",
    )


def from_pay(payload: Mapping[str, Any], http_status: int, request_id: str = "") -> WeChatError:
    """The error in an answer of WeChat Pay. HTTP 5xx leaves the outcome unknown, but for a few verdicts."""
    code = fold_code(payload.get("code") or f"HTTP_{http_status}")
    message = str(payload.get("message", ""))
    unknown = http_status >= 500 and code not in VERDICTS_DESPITE_500
    transient = unknown or http_status == 429 or code in TRANSIENT_PAY_CODES or TOO_EARLY in message
    return WeChatError(code, message, not transient, unknown, http_status, request_id)
