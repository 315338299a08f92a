"""Shapes of WeChat Pay requests: a dictionary of field names to checks; `name?` marks an optional one."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from .errors import PayError

Check = Callable[[Any, str], Any]
TRADE_NO = r"[0-9A-Za-z_\-|*]{6,32}"
BILL_NO = r"[0-9A-Za-z]{1,32}"
REQUEST_NO = r"[0-9A-Za-z_\-|*@]{1,64}"
_PLAIN_HOST = re.compile(r"localhost|127\.\d+\.\d+\.\d+|[a-z0-9_-]+", re.IGNORECASE)


def wrong(path: str, rule: str, reason: str) -> PayError:
    name = path.rsplit("/", 1)[-1]
    message = f"输入源“/body{path}”映射到字段“{name}”{rule}规则校验失败，{reason}"
    return PayError("PARAM_ERROR", message, detail={"location": "body", "field": path, "issue": reason})


def shape(body: Any, fields: dict[str, Check], path: str = "") -> dict[str, Any]:
    """Check a JSON object and return it. Fields that are not named are let pass, as WeChat does."""
    if not isinstance(body, dict):
        raise wrong(path or "/", "类型", "应为JSON对象")
    for name, check in fields.items():
        key = name.rstrip("?")
        value = body.get(key)
        if value is None or value == "":
            if not name.endswith("?"):
                raise wrong(f"{path}/{key}", "必填性", "此字段为必填项")
            continue
        check(value, f"{path}/{key}")
    return body


def text(longest: int, pattern: str = "", shortest: int = 1) -> Check:
    compiled = re.compile(pattern) if pattern else None

    def check(value: Any, path: str) -> None:
        if not isinstance(value, str):
            raise wrong(path, "类型", "应为字符串")
        if not shortest <= len(value) <= longest:
            raise wrong(path, "字符串长度", f"字符数为{len(value)}，应在{shortest}与{longest}之间")
        if compiled and not compiled.fullmatch(value):
            raise wrong(path, "格式", "含有不允许的字符")

    return check


def integer(lowest: int = 1, highest: int = 10**12) -> Check:
    def check(value: Any, path: str) -> None:
        if type(value) is not int:
            raise wrong(path, "类型", "应为整数")
        if not lowest <= value <= highest:
            raise wrong(path, "取值范围", f"应在{lowest}与{highest}之间")

    return check


def one_of(*allowed: Any) -> Check:
    def check(value: Any, path: str) -> None:
        if value not in allowed:
            raise wrong(path, "枚举", f"应为{'、'.join(map(str, allowed))}之一")

    return check


def boolean(value: Any, path: str) -> None:
    if not isinstance(value, bool):
        raise wrong(path, "类型", "应为布尔值")


def group(fields: dict[str, Check]) -> Check:
    return lambda value, path: shape(value, fields, path)


def items(check: Check, lowest: int, highest: int) -> Check:
    def check_all(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise wrong(path, "类型", "应为数组")
        if not lowest <= len(value) <= highest:
            raise wrong(path, "数组长度", f"元素个数应在{lowest}与{highest}之间")
        for number, item in enumerate(value):
            check(item, f"{path}/{number}")

    return check_all


def rfc3339(value: Any, path: str) -> None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None or "T" not in value:
        raise wrong(path, "格式", "应遵循rfc3339标准格式")


def notify_url(value: Any, path: str) -> None:
    """https without a query; http only where no public address can be meant."""
    text(256)(value, path)
    parts = urlsplit(value)
    local = parts.scheme == "http" and _PLAIN_HOST.fullmatch(parts.hostname or "")
    if not (local or parts.scheme == "https") or not parts.hostname or parts.query or parts.fragment:
        raise wrong(path, "格式", "应为https地址且不能携带参数")


AMOUNT = group({"total": integer(), "currency?": one_of("CNY")})
SETTLE_INFO = group({"profit_sharing?": boolean, "subsidy_amount?": integer(0)})
