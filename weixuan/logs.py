"""Structured logs without secrets or personal data.

What code logs deliberately is ids and codes; `Redact` is the net under it, for
a library's message or an exception that carries more.
"""

import logging
import re
import traceback
from datetime import UTC, datetime

from pythonjsonlogger.json import JsonFormatter as BaseFormatter

HIDDEN = "[redacted]"
_NAMED = (
    r"access_token|refresh_token|component_access_token|secret|appsecret|session_key|js_code|password|passwd|token|"
    r"api_?v3_?key|private_key|aes_?key|signature|paysign|authorization|cookie|openid|unionid|phone_?number|purephonenumber|id_?card"
)
PATTERNS = [
    # name=value, "name": "value", 'name': 'value'; an Authorization header has a scheme before the value.
    (re.compile(rf"""(?i)(["']?\b\w*(?:{_NAMED})["']?\s*[=:]\s*)(["']?)(?:\w+[ ])?[^\s"'&,;)}}\]]+"""), rf"\1\2{HIDDEN}"),
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

    def add_fields(
        self, log_data: dict[str, object], record: logging.LogRecord, message_dict: dict[str, object]
    ) -> None:
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = record.getMessage()
        for name, value in message_dict.items():
            log_data[name] = redact(value) if isinstance(value, str) else value
        for name in ("status_code", "request_id"):
            if hasattr(record, name):
                log_data[name] = getattr(record, name)
        if record.exc_text:
            log_data["error"] = record.exc_text
