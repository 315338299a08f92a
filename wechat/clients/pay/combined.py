"""One payment for the orders of several sub-merchants (合单): all paid or none, then refunded and split one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .core import PayCore, check_amount, check_number, encode_path
from .transactions import Transaction, format_time

ROOT = "/v3/combine-transactions"
MAX_PARTS = 50


@dataclass(frozen=True)
class CombinedPart:
    """One sub-merchant's order in a combined payment. `attach` may not be empty."""

    sub_mchid: str
    out_trade_no: str
    description: str
    amount_fen: int
    attach: str
    profit_sharing: bool = True


@dataclass(frozen=True)
class CombinedTransaction:
    combine_out_trade_no: str
    payer_openid: str
    parts: tuple[Transaction, ...]

    @classmethod
    def parse(cls, data: dict[str, Any]) -> "CombinedTransaction":
        """Read an answer or a decrypted notification."""
        return cls(
            combine_out_trade_no=data["combine_out_trade_no"],
            payer_openid=(data.get("combine_payer_info") or {}).get("openid", ""),
            parts=tuple(Transaction.parse(part) for part in data.get("sub_orders") or ()),
        )


class CombinedTransactions(PayCore):
    def prepay_combined(
        self,
        *,
        combine_out_trade_no: str,
        payer_openid: str,
        payer_ip: str,
        parts: Sequence[CombinedPart],
        time_expire: datetime | None = None,
        notify_kind: str = "combined",
    ) -> str:
        """Open a combined payment (POST /v3/combine-transactions/jsapi) and return its prepay_id.

        Args:
            parts: 1 to 50, all in fen, each with its own out_trade_no.
            payer_ip: the buyer's address.
            time_expire: aware.
        """
        if not 1 <= len(parts) <= MAX_PARTS:
            raise ValueError(f"a combined payment has 1 to {MAX_PARTS} parts")
        body: dict[str, Any] = {
            "combine_appid": self.config.sp_appid,
            "combine_mchid": self.config.sp_mchid,
            "combine_out_trade_no": check_number(combine_out_trade_no),
            "scene_info": {"payer_client_ip": payer_ip},
            "combine_payer_info": {"openid": payer_openid},
            "sub_orders": [self._part(part) for part in parts],
            "notify_url": self.notify_url(notify_kind),
        }
        if time_expire:
            body["time_expire"] = format_time(time_expire)
        return self.call("POST", f"{ROOT}/jsapi", body=body)["prepay_id"]

    def query_combined(self, *, combine_out_trade_no: str) -> CombinedTransaction:
        """Read a combined payment with its parts."""
        path = encode_path(f"{ROOT}/out-trade-no/{{}}", combine_out_trade_no)
        return CombinedTransaction.parse(self.call("GET", path))

    def close_combined(self, *, combine_out_trade_no: str, parts: Sequence[CombinedPart]) -> None:
        """Make a combined order unpayable; `parts` are all of them, else INVALID_REQUEST."""
        path = encode_path(f"{ROOT}/out-trade-no/{{}}/close", combine_out_trade_no)
        sub_orders = [
            {"mchid": self.config.sp_mchid, "sub_mchid": part.sub_mchid, "out_trade_no": part.out_trade_no}
            for part in parts
        ]
        self.call("POST", path, body={"combine_appid": self.config.sp_appid, "sub_orders": sub_orders})

    def _part(self, part: CombinedPart) -> dict[str, Any]:
        if not part.attach:
            raise ValueError("a part of a combined payment needs an attach")
        return {
            "mchid": self.config.sp_mchid,
            "sub_mchid": part.sub_mchid,
            "out_trade_no": check_number(part.out_trade_no),
            "description": part.description[:127],
            "attach": part.attach,
            "amount": {"total_amount": check_amount(part.amount_fen), "currency": "CNY"},
            "settle_info": {"profit_sharing": part.profit_sharing},
        }
