"""Which news is pushed over WeChat, by which template, with which fields.

A kind that is not here lands in the inbox only. Field names are WeChat's keyword types with a number
(wechat.md, part II, 6); their limits are enforced by WeChat (47003), so `cut` keeps to them.
"""

import re
from dataclasses import dataclass, field

from django.conf import settings

from .models import Push

# Characters per keyword type, from WeChat's table of keyword types.
LIMITS = {
    "thing": 20,
    "character_string": 32,
    "number": 32,
    "letter": 32,
    "time": 32,
    "date": 32,
    "amount": 12,
    "phrase": 5,
    "name": 10,
}
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Template:
    """One message template.

    Args:
        channel: template messages reach followers of the official account (staff); subscribe
            messages reach buyers who agreed to one.
        fields: keyword -> name of the value that `notify` is given.
    """

    kind: str
    channel: str
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def wechat_id(self) -> str:
        """The template's id in our WeChat account; outside production the sandbox's own."""
        return settings.WECHAT_TEMPLATES.get(self.kind) or ("" if settings.PRODUCTION else f"sandbox-{self.kind}")

    def fill(self, values: dict[str, str]) -> dict[str, str]:
        """The fields as WeChat takes them. Raises KeyError when a value is missing."""
        return {keyword: cut(keyword, str(values[name])) for keyword, name in self.fields.items()}


def _templates(channel: str, **kinds: dict[str, str]) -> dict[str, Template]:
    return {kind: Template(kind, channel, fields) for kind, fields in kinds.items()}


TEMPLATES = _templates(
    Push.Channel.TEMPLATE,
    invitation={"thing1": "question", "thing2": "budget", "time3": "deadline"},
    adopted={"thing1": "question", "thing2": "shop"},
    order_paid={"character_string1": "order", "thing2": "goods", "amount3": "amount"},
    staff_message={"thing1": "sender", "thing2": "text", "time3": "time"},
    application_reviewed={"thing1": "shop", "phrase2": "result", "thing3": "note"},
    account_changed={"thing1": "shop", "phrase2": "result", "thing3": "note"},
) | _templates(
    Push.Channel.SUBSCRIBE,
    answer_arrived={"thing1": "question", "thing2": "shop", "number3": "answers"},
    no_answer={"thing1": "question", "thing2": "hint"},
    order_shipped={"thing1": "goods", "thing2": "company", "character_string3": "tracking_no"},
    order_refunded={"thing1": "goods", "amount2": "amount"},
    message={"thing1": "sender", "thing2": "text", "time3": "time"},
)


def cut(keyword: str, text: str) -> str:
    """Cut a text to what its keyword type allows; an empty one would be refused, so it becomes a dash."""
    kind = keyword.rstrip("0123456789")
    text = CONTROL.sub(" ", text).strip() or "-"
    if kind in ("character_string", "letter", "number"):
        text = re.sub(r"[^\x20-\x7e]", "", text).strip() or "0"
    if kind == "amount":
        text = text.replace(",", "")  # A sign, at most ten digits with decimals, nothing between them.
    limit = LIMITS[kind]
    return text if len(text) <= limit else text[: limit - 1] + "…"
