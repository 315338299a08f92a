"""Profit sharing (/v3/ecommerce/profitsharing): a paid order's frozen money, part to others, the rest to its merchant.

At least a minute after payment, at most 30% to others by default, and the rest only moves once it is finished
(or after 180 days by itself). Shares of persons cannot be returned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from .core import PayCore, check_amount, check_long_number, encode_path
from .transactions import parse_time

ROOT = "/v3/ecommerce/profitsharing"
MAX_RECEIVERS = 50
ReceiverType = Literal["MERCHANT_ID", "PERSONAL_OPENID"]
Relation = Literal["SERVICE_PROVIDER", "DISTRIBUTOR", "SUPPLIER", "PLATFORM", "OTHERS"]


@dataclass(frozen=True)
class Share:
    """One receiver's part. `account` is a mchid or an openid of the platform's mini-program; `name` is encrypted."""

    type: ReceiverType
    account: str
    amount_fen: int
    description: str
    name: str = field(default="", repr=False)


@dataclass(frozen=True)
class ShareResult:
    """`result`: PENDING, SUCCESS or CLOSED with `fail_reason` (ACCOUNT_ABNORMAL, NO_RELATION, RECEIVER_HIGH_RISK)."""

    type: str
    account: str
    amount_fen: int
    result: str
    fail_reason: str


@dataclass(frozen=True)
class Split:
    """`status`: PROCESSING or FINISHED."""

    out_order_no: str
    order_id: str
    transaction_id: str
    status: str
    shares: tuple[ShareResult, ...]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Split":
        return cls(
            out_order_no=data["out_order_no"],
            order_id=data["order_id"],
            transaction_id=data.get("transaction_id") or "",
            status=data.get("status") or "PROCESSING",
            shares=tuple(_share(receiver) for receiver in data.get("receivers") or ()),
        )


@dataclass(frozen=True)
class SplitReturn:
    """`result`: PROCESSING, SUCCESS or FAIL with `fail_reason`."""

    out_return_no: str
    return_no: str
    out_order_no: str
    amount_fen: int
    result: str
    fail_reason: str
    finished_at: datetime | None

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "SplitReturn":
        return cls(
            out_return_no=data["out_return_no"],
            return_no=data.get("return_no") or "",
            out_order_no=data.get("out_order_no") or "",
            amount_fen=data["amount"],
            result=data["result"],
            fail_reason=data.get("fail_reason") or "",
            finished_at=parse_time(data.get("finish_time")),
        )


class ProfitSharing(PayCore):
    def add_receiver(self, *, type: ReceiverType, account: str, relation: Relation, name: str = "") -> None:
        """Register who may receive shares (POST …/receivers/add); again is harmless.

        Args:
            name: a merchant's full registered name; a person's goes out encrypted.
        """
        body: dict[str, Any] = {
            "appid": self.config.sp_appid,
            "type": type,
            "account": account,
            "relation_type": relation,
        }
        if name and type == "MERCHANT_ID":
            body["name"] = name
        elif name:
            body["encrypted_name"] = self.encrypt(name)
        self.call("POST", f"{ROOT}/receivers/add", body=body)

    def split(
        self, *, sub_mchid: str, transaction_id: str, out_order_no: str, shares: Sequence[Share], finish: bool
    ) -> Split:
        """Give parts of an order to others (POST …/orders). The same number again needs the same arguments.

        Args:
            shares: 1 to 50 of 1 fen or more; see `finish_split` where there are none.
            finish: release the rest to the merchant in the same step.

        Raises:
            WeChatError: RULE_LIMIT or INVALID_REQUEST above the ratio; INVALID_REQUEST, transient, within the
                first minute; NOT_ENOUGH.
        """
        if not 1 <= len(shares) <= MAX_RECEIVERS:
            raise ValueError(f"a split has 1 to {MAX_RECEIVERS} receivers")
        body = {
            "appid": self.config.sp_appid,
            "sub_mchid": sub_mchid,
            "transaction_id": transaction_id,
            "out_order_no": check_long_number(out_order_no),
            "receivers": [self._receiver(share) for share in shares],
            "finish": finish,
        }
        return Split.parse(self.call("POST", f"{ROOT}/orders", body=body))

    def query_split(self, *, sub_mchid: str, transaction_id: str, out_order_no: str) -> Split:
        """Read a split or a finish by our number (GET …/orders)."""
        query = {"sub_mchid": sub_mchid, "transaction_id": transaction_id, "out_order_no": out_order_no}
        return Split.parse(self.call("GET", f"{ROOT}/orders", query=query))

    def finish_split(self, *, sub_mchid: str, transaction_id: str, out_order_no: str, description: str) -> Split:
        """Release what is still frozen to the merchant (POST …/finish-order), under a number of its own."""
        body = {
            "sub_mchid": sub_mchid,
            "transaction_id": transaction_id,
            "out_order_no": check_long_number(out_order_no),
            "description": description[:80],
        }
        return Split.parse(self.call("POST", f"{ROOT}/finish-order", body=body))

    def unsplit_amount(self, *, transaction_id: str) -> int:
        """What of an order is still frozen, in fen (GET …/orders/{transaction_id}/amounts)."""
        path = encode_path(f"{ROOT}/orders/{{}}/amounts", transaction_id)
        return int(self.call("GET", path)["unsplit_amount"])

    def return_split(
        self,
        *,
        sub_mchid: str,
        out_order_no: str,
        out_return_no: str,
        return_mchid: str,
        amount_fen: int,
        description: str,
    ) -> SplitReturn:
        """Fetch a merchant's share back before a refund (POST …/returnorders); within 180 days.

        Args:
            out_order_no: of the split.
            return_mchid: who gives it back.
        """
        body = {
            "sub_mchid": sub_mchid,
            "out_order_no": out_order_no,
            "out_return_no": check_long_number(out_return_no),
            "return_mchid": return_mchid,
            "amount": check_amount(amount_fen),
            "description": description[:80],
        }
        return SplitReturn.parse(self.call("POST", f"{ROOT}/returnorders", body=body))

    def query_split_return(self, *, sub_mchid: str, out_order_no: str, out_return_no: str) -> SplitReturn:
        """Read a return by our numbers (GET …/returnorders)."""
        query = {"sub_mchid": sub_mchid, "out_order_no": out_order_no, "out_return_no": out_return_no}
        return SplitReturn.parse(self.call("GET", f"{ROOT}/returnorders", query=query))

    def _receiver(self, share: Share) -> dict[str, Any]:
        receiver: dict[str, Any] = {
            "type": share.type,
            "receiver_account": share.account,
            "amount": check_amount(share.amount_fen),
            "description": share.description[:80],
        }
        if share.name:
            receiver["receiver_name"] = self.encrypt(share.name)
        return receiver


def _share(data: Mapping[str, Any]) -> ShareResult:
    return ShareResult(
        type=data.get("type") or "",
        account=data.get("receiver_account") or data.get("receiver_mchid") or "",
        amount_fen=data["amount"],
        result=data.get("result") or "PENDING",
        fail_reason=data.get("fail_reason") or "",
    )
