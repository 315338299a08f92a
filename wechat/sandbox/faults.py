"""Faults that the control page or a test orders: what, where, how often."""

import fnmatch
import itertools
import random
from dataclasses import asdict, dataclass, field
from typing import Any

# On requests the sandbox receives, matched on "METHOD /path".
REQUEST_KINDS = {
    "latency": "answer after `seconds`",
    "error": "answer HTTP `status` (500) with `body`, without doing the work",
    "lost_request": "drop the connection without doing the work",
    "lost_reply": "do the work, then drop the connection",
    "unsigned": "answer a WeChat Pay call without a signature",
    "forged_reply": "answer a WeChat Pay call with a wrong signature",
    "pay_error": "refuse a WeChat Pay call with `code` and `status`",
    "errcode": "refuse a weixin call with `errcode`",
    "quota": "refuse a weixin call with 45009",
    "token_expired": "refuse a weixin call with 42001 and forget its token",
}
# On what the sandbox sends, matched on the event name.
NOTICE_KINDS = {
    "notice_lost": "never send it",
    "notice_doubled": "send it twice at the same time",
    "notice_reordered": "send it after the next one",
    "notice_forged": "send one with a forged signature first",
    "notice_tampered": "send one with a changed content under the true signature first",
    "notice_late": "send it after `seconds` on the accelerated clock",
    "notice_stale": "send one whose timestamp is `seconds` (600) old first",
    "notice_signtest": "send a WECHATPAY/SIGNTEST/ probe first",
    "refund_abnormal": "let the refund end ABNORMAL",
    "refund_closed": "let the refund end CLOSED",
    "user_block": "let the template message end with failed:user block",
    "system_failed": "let the template message end with failed: system failed",
}


@dataclass
class Fault:
    id: str
    kind: str
    match: str = "*"
    count: int | None = 1
    probability: float = 1.0
    hits: int = 0
    options: dict[str, Any] = field(default_factory=dict)


class Faults:
    def __init__(self) -> None:
        self._active: dict[str, Fault] = {}
        self._numbers = itertools.count(1)

    def order(self, body: dict[str, Any]) -> Fault:
        """Add a fault from its JSON description. Raises ValueError where that makes no sense."""
        kind = body.get("kind")
        if kind not in REQUEST_KINDS and kind not in NOTICE_KINDS:
            raise ValueError(f"unknown kind {kind!r}; known: {', '.join([*REQUEST_KINDS, *NOTICE_KINDS])}")
        count, probability = body.get("count", 1), body.get("probability", 1.0)
        if count is not None and (type(count) is not int or count < 1):
            raise ValueError("count must be a positive integer, or null for always")
        if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 < probability <= 1:
            raise ValueError("probability must be above 0 and at most 1")
        options = {k: v for k, v in body.items() if k not in ("kind", "match", "count", "probability")}
        fault = Fault(str(next(self._numbers)), kind, str(body.get("match", "*")), count, probability, 0, options)
        self._active[fault.id] = fault
        return fault

    def take(self, subject: str, kinds: dict[str, str] | tuple[str, ...]) -> list[Fault]:
        """Return the faults that strike `subject` now, one of each kind, and count them down."""
        struck: dict[str, Fault] = {}
        for fault in list(self._active.values()):
            if fault.kind in struck or fault.kind not in kinds or not fnmatch.fnmatchcase(subject, fault.match):
                continue
            if fault.probability < 1 and random.random() >= fault.probability:
                continue
            fault.hits += 1
            struck[fault.kind] = fault
            if fault.count is not None and fault.hits >= fault.count:
                del self._active[fault.id]
        return list(struck.values())

    def cancel(self, fault_id: str) -> bool:
        return self._active.pop(fault_id, None) is not None

    def clear(self) -> None:
        self._active.clear()

    def listing(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._active.values()]

    def __bool__(self) -> bool:
        return bool(self._active)
