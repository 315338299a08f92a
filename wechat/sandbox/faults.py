"""Faults that the control page or a test orders: what, where, how often."""

import fnmatch
import itertools
import random
from dataclasses import asdict, dataclass, field
from typing import Any

# On requests the sandbox receives, matched on "METHOD /path".
REQUEST_KINDS = {
    "latency": "过 seconds 秒才回答",
    "error": "不办事，回 HTTP status（默认 500）和 body",
    "lost_request": "请求丢了：不办事，断开连接",
    "lost_reply": "回答丢了：事办了，断开连接",
    "unsigned": "微信支付的回答不带签名",
    "forged_reply": "微信支付的回答签名不对",
    "pay_error": "微信支付拒绝，给 code 和 status",
    "errcode": "微信接口回 errcode",
    "quota": "额度用完，回 45009",
    "token_expired": "令牌过期，回 42001",
}
# On what the sandbox sends, matched on the event's name.
NOTICE_KINDS = {
    "notice_lost": "不发",
    "notice_doubled": "同时发两遍",
    "notice_reordered": "等下一条发了再发",
    "notice_forged": "先来一条签名是假的",
    "notice_tampered": "先来一条签名真、内容被改的",
    "notice_late": "晚 seconds 秒（微信时间）发",
    "notice_stale": "先来一条 seconds（默认 600）秒前签的",
    "notice_signtest": "先来一条 WECHATPAY/SIGNTEST/ 探测",
}
# On how a thing ends, matched on "REFUND", "SPLIT" or, for template messages, on the openid.
FATE_KINDS = {
    "refund_abnormal": "退款异常",
    "refund_closed": "退款关闭",
    "split_closed": "分账给接收方失败，reason 是原因；released 为真时那笔钱解冻给二级商户",
    "user_block": "模板消息被用户拒收",
    "system_failed": "模板消息系统失败",
}
KINDS = REQUEST_KINDS | NOTICE_KINDS | FATE_KINDS


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
        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind!r}; known: {', '.join(KINDS)}")
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
            if fault.probability < 1 and random.random() >= fault.probability:  # noqa: S311 (not a secret)
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
