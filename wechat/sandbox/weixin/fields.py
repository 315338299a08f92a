"""What each keyword type of a message template takes. WeChat's own test accounts do not enforce it."""

import re
from typing import Any

from ..records import Template
from .protocol import WeixinError

_KEY = re.compile(r"([a-z_]+?)(\d+)")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_TIME = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_DATE = r"\d{4}([-/.年])\d{1,2}([-/.月])\d{1,2}日?"
_RULES = {
    "number": re.compile(r"[+-]?\d+(\.\d+)?"),
    "letter": re.compile(r"[A-Za-z]+"),
    "amount": re.compile(r"[¥$€£]?-?\d{1,10}(\.\d{1,2})?元?"),
    "phone_number": re.compile(r"[\d+\- ]+"),
    "time": re.compile(rf"({_DATE}\s*)?{_TIME}(\s*~\s*({_DATE}\s*)?{_TIME})?|{_DATE}(\s*~\s*{_DATE})?"),
    "date": re.compile(rf"{_DATE}(\s*{_TIME})?(\s*~\s*{_DATE}(\s*{_TIME})?)?"),
    "symbol": re.compile(r"[^\w\u3400-\u9fff]+"),
    "character_string": re.compile(r"[\x20-\x7e]+"),
    "phrase": re.compile(r"[\u3400-\u9fff]+"),
}
_LENGTHS = {
    "thing": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "car_number": 8,
    "phrase": 5,
    "enum": 20,
    "const": 20,
}


def check(template: Template, data: Any) -> list[list[str]]:
    """Return [label, value] pairs of a valid message, or refuse with 47003 and the field's name."""
    if not isinstance(data, dict):
        raise WeixinError(47003, "argument invalid! data is not an object")
    pairs = []
    for key, label in template.fields:
        value = data.get(key)
        text = value.get("value") if isinstance(value, dict) else None
        if not isinstance(text, str | int | float) or isinstance(text, bool) or str(text).strip() == "":
            raise WeixinError(47003, f"argument invalid! data.{key}.value is empty")
        if not fits(key, str(text)):
            raise WeixinError(47003, f"argument invalid! data.{key}.value invalid")
        pairs.append([label, str(text)])
    return pairs


def known_key(key: str) -> bool:
    match = _KEY.fullmatch(key)
    return match is not None and match[1] in {*_RULES, *_LENGTHS, "name"}


def number_of(key: str) -> int:
    """The number that ends a known key: WeChat numbers the fields of a template in their order."""
    return int(_KEY.fullmatch(key)[2])


def fits(key: str, value: str) -> bool:
    """Say whether `value` may stand in the field `key`, such as "thing1"."""
    match = _KEY.fullmatch(key)
    if not match or "\n" in value or "\r" in value:
        return False
    kind = match[1]
    if kind == "name":
        return len(value) <= (10 if _CHINESE.search(value) else 20)
    if len(value) > _LENGTHS.get(kind, 64):
        return False
    rule = _RULES.get(kind)
    return rule is None or rule.fullmatch(value) is not None
