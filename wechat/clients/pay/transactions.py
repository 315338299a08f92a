"""JSAPI payments of one sub-merchant's order: prepay, paySign, query, close (/v3/pay/partner/transactions)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .core import PayCore, check_amount, check_number, encode_path

ROOT = "/v3/pay/partner/transactions"


def parse_time(value: str | None) -> datetime | None:
    """WeChat Pay's RFC 3339 time as an aware datetime; None where it is absent."""
    return datetime.fromisoformat(value) if value else None


def format_time(value: datetime) -> str:
    """RFC 3339 to the second. Raises ValueError for a naive time."""
    if value.tzinfo is None:
        raise ValueError("a time needs its zone")
    return value.isoformat(timespec="seconds")


@dataclass(frozen=True)
class Transaction:
    """A payment as WeChat Pay tells it, in an answer, a notification or a combined order's part.

    `trade_state`: SUCCESS, REFUND, NOTPAY, CLOSED, REVOKED, USERPAYING or PAYERROR.
    """

    out_trade_no: str
    transaction_id: str
    trade_state: str
    amount_fen: int | None  # None before payment
    currency: str
    payer_openid: str
    sub_mchid: str
    attach: str
    succeeded_at: datetime | None

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Transaction":
        """Read a decrypted notification, an answer or one of `sub_orders`."""
        amount, payer = data.get("amount") or {}, data.get("payer") or {}
        return cls(
            out_trade_no=data["out_trade_no"],
            transaction_id=data.get("transaction_id") or "",
            # The parts of a combined order that nobody has paid yet carry no state.
            trade_state=data.get("trade_state") or "NOTPAY",
            amount_fen=amount.get("total", amount.get("total_amount")),
            currency=amount.get("currency") or "CNY",
            payer_openid=payer.get("sp_openid") or payer.get("openid") or payer.get("sub_openid") or "",
            sub_mchid=data.get("sub_mchid") or "",
            attach=data.get("attach") or "",
            succeeded_at=parse_time(data.get("success_time")),
        )

    @property
    def is_paid(self) -> bool:
        """Money has arrived; REFUND means that some of it has gone back since."""
        return self.trade_state in {"SUCCESS", "REFUND"}


class Transactions(PayCore):
    def prepay(
        self,
        *,
        sub_mchid: str,
        out_trade_no: str,
        description: str,
        amount_fen: int,
        payer_openid: str,
        time_expire: datetime | None = None,
        attach: str = "",
        profit_sharing: bool = True,
        notify_kind: str = "pay",
    ) -> str:
        """Open a payment (POST /v3/pay/partner/transactions/jsapi) and return its prepay_id, good for two hours.

        The same number again needs the same arguments, else INVALID_REQUEST: another amount is another number.

        Args:
            description: shown on the bill; cut to 127 characters.
            payer_openid: in the platform's own mini-program (sp_appid).
            time_expire: aware; after it nobody can pay. Seven days if None.
            attach: comes back in the notification; at most 128 characters.
            profit_sharing: freeze the money until it is split or finished.
        """
        body: dict[str, Any] = {
            "sp_appid": self.config.sp_appid,
            "sp_mchid": self.config.sp_mchid,
            "sub_mchid": sub_mchid,
            "description": description[:127],
            "out_trade_no": check_number(out_trade_no),
            "notify_url": self.notify_url(notify_kind),
            "amount": {"total": check_amount(amount_fen), "currency": "CNY"},
            "payer": {"sp_openid": payer_openid},
            "settle_info": {"profit_sharing": profit_sharing},
        }
        if attach:
            body["attach"] = attach
        if time_expire:
            body["time_expire"] = format_time(time_expire)
        return self.call("POST", f"{ROOT}/jsapi", body=body)["prepay_id"]

    def payment_params(self, *, prepay_id: str) -> dict[str, str]:
        """What the client hands to wx.requestPayment, signed. Names as there."""
        stamp, nonce, package = str(int(time.time())), self.new_nonce(), f"prepay_id={prepay_id}"
        return {
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self.sign(self.config.sp_appid, stamp, nonce, package),
        }

    def query(self, *, sub_mchid: str, out_trade_no: str) -> Transaction:
        """Read a payment by our number. Raises WeChatError `is_not_found` where prepay never arrived."""
        path = encode_path(f"{ROOT}/out-trade-no/{{}}", out_trade_no)
        return Transaction.parse(self.call("GET", path, query=self._parties(sub_mchid)))

    def query_by_transaction_id(self, *, sub_mchid: str, transaction_id: str) -> Transaction:
        """Read a payment by WeChat's number."""
        path = encode_path(f"{ROOT}/id/{{}}", transaction_id)
        return Transaction.parse(self.call("GET", path, query=self._parties(sub_mchid)))

    def close(self, *, sub_mchid: str, out_trade_no: str) -> None:
        """Make an unpaid order unpayable. Raises WeChatError `is_order_paid` where the buyer was faster."""
        path = encode_path(f"{ROOT}/out-trade-no/{{}}/close", out_trade_no)
        self.call("POST", path, body=self._parties(sub_mchid))

    def _parties(self, sub_mchid: str) -> dict[str, str]:
        return {"sp_mchid": self.config.sp_mchid, "sub_mchid": sub_mchid}
