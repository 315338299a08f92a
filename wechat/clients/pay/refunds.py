"""Refunds of a sub-merchant's order (/v3/ecommerce/refunds). A refund is accepted first and succeeds later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .core import PayCore, check_amount, check_long_number, encode_path
from .transactions import parse_time

ROOT = "/v3/ecommerce/refunds"


@dataclass(frozen=True)
class Refund:
    """`status`: PROCESSING, SUCCESS, CLOSED (start again under a new number) or ABNORMAL (the buyer's card is gone)."""

    out_refund_no: str
    refund_id: str
    status: str
    refund_fen: int
    out_trade_no: str
    transaction_id: str
    succeeded_at: datetime | None

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Refund":
        """Read an answer or a decrypted notification, which spell the state in three ways."""
        status = data.get("refund_status") or data.get("status") or "PROCESSING"
        return cls(
            out_refund_no=data["out_refund_no"],
            refund_id=data["refund_id"],
            status="CLOSED" if status == "CLOSE" else status,
            refund_fen=data["amount"]["refund"],
            out_trade_no=data.get("out_trade_no") or "",
            transaction_id=data.get("transaction_id") or "",
            succeeded_at=parse_time(data.get("success_time")),
        )


class Refunds(PayCore):
    def refund(
        self,
        *,
        sub_mchid: str,
        out_refund_no: str,
        refund_fen: int,
        total_fen: int,
        transaction_id: str = "",
        out_trade_no: str = "",
        reason: str = "",
        notify_kind: str = "refund",
    ) -> Refund:
        """Give money back (POST /v3/ecommerce/refunds/apply). The same number again changes nothing.

        Args:
            total_fen: what the order was paid with.
            transaction_id, out_trade_no: one of the two.
            reason: shown to the buyer; cut to 80 characters.

        Raises:
            WeChatError: NOT_ENOUGH (transient: the merchant's balance); an unknown outcome is repeated under
                the same number. At most 50 refunds an order, a minute apart, within a year.
        """
        if bool(transaction_id) == bool(out_trade_no):
            raise ValueError("a refund names its payment by one number")
        if check_amount(refund_fen) > check_amount(total_fen):
            raise ValueError("a refund is not above its payment")
        body: dict[str, Any] = {
            "sub_mchid": sub_mchid,
            "sp_appid": self.config.sp_appid,
            "out_refund_no": check_long_number(out_refund_no),
            "amount": {"refund": refund_fen, "total": total_fen, "currency": "CNY"},
            "notify_url": self.notify_url(notify_kind),
            **({"transaction_id": transaction_id} if transaction_id else {"out_trade_no": out_trade_no}),
        }
        if reason:
            body["reason"] = reason[:80]
        return Refund.parse(self.call("POST", f"{ROOT}/apply", body=body))

    def query_refund(self, *, sub_mchid: str, out_refund_no: str) -> Refund:
        """Read a refund by our number. Raises WeChatError `is_not_found` where it never arrived."""
        path = encode_path(f"{ROOT}/out-refund-no/{{}}", out_refund_no)
        return Refund.parse(self.call("GET", path, query={"sub_mchid": sub_mchid}))
