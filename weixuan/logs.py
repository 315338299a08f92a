"""Structured logs without secrets or personal data.

What code logs deliberately is ids and codes; `Redact` is the net under it, for
a library's message or an exception that carries more.
"""

import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter as BaseFormatter

HIDDEN = "[redacted]"
# Django attaches the whole request to its records; uvicorn a coloured copy of the message.
UNWANTED = {"message", "exc_info", "request", "response", "server_time", "color_message", "taskName"}
_NAMED = (
    r"access_token|refresh_token|component_access_token|secret|appsecret|session_key|js_code|password|passwd|token|"
    r"api_?v3_?key|private_key|aes_?key|signature|paysign|authorization|cookie|openid|unionid|phone_?number|purephonenumber|id_?card"
)
NAMED = re.compile(_NAMED, re.IGNORECASE)
PATTERNS = [
    # name=value, "name": "value", 'name': 'value'; an Authorization header has a scheme before the value.
    (
        re.compile(
            rf"""(?i)(["']?\b\w*(?:{_NAMED})["']?\s*[=:]\s*)(["']?)(?:(?:Bearer|Basic|WECHATPAY2\S*)[ ])?[^\s"'&,;)}}\]]+"""
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(Bearer|WECHATPAY2-SHA256-RSA2048)\s+\S+"), rf"\1 {HIDDEN}"),
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.DOTALL), HIDDEN),
    (re.compile(r"\b(rediss?|postgres(?:ql)?)://[^@\s]+@"), rf"\1://{HIDDEN}@"),
    (re.compile(r"(?<![\w-])o[\w-]{27}(?![\w-])"), HIDDEN),  # an openid: 28 characters that begin with o
    (re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"), HIDDEN),  # identity card, GB 11643
    (re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)"), HIDDEN),  # mainland mobile number
]


def redact(text: str) -> str:
    """`text` with everything that looks like a secret or a person's data replaced."""
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _redacted(value: Any, name: str = "") -> Any:
    """`value` of a record's own field `name`, all through; a field with a secret's name is hidden whole."""
    if isinstance(value, dict):
        return {key: _redacted(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item, name) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return HIDDEN if NAMED.search(name) else redact(str(value))


class Redact(logging.Filter):
    """Redacts the finished message and the traceback of every record; never drops one."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = redact("".join(traceback.format_exception(*record.exc_info)).rstrip())
            record.exc_info = None
        return True


class JsonFormatter(BaseFormatter):
    """One JSON object a line: time in UTC, level, logger, message, and the error if there is one."""

    def __init__(self) -> None:
        super().__init__("%(message)s", json_ensure_ascii=False)

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        given: dict[str, Any] = {}
        super().add_fields(given, record, message_dict)
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"], log_data["logger"] = record.levelname, record.name
        log_data["message"] = record.getMessage()
        for name, value in given.items():
            if name in UNWANTED or value is None:
                continue
            log_data[name] = _redacted(value, name)
        if record.exc_text:
            log_data["error"] = record.exc_text
