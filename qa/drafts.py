"""An answer in the making: what staff have typed and picked, as kept on the invitation and as sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid
from shops.text import clean_list

MAX_TEXT, MAX_CARDS = 500, 3
MAX_PROMISES, PROMISE_LENGTH = 6, 20
LATEST_DAYS = 366


@dataclass
class Draft:
    """Public ids and plain words; nothing here has been checked against the shop yet.

    Attributes:
        cards: [{"product", "sku", "price_fen"}], the first stands for the answer; the price is the one at which it
            was picked.
        arrive_by: the promised day, YYYY-MM-DD, or "".
    """

    text: str = ""
    cards: list[dict[str, Any]] = field(default_factory=list)
    promises: list[str] = field(default_factory=list)
    arrive_by: str = ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Whatever was stored or posted, cut to its limits; what makes no sense drops out."""
        cards = [card for card in data.get("cards") or [] if isinstance(card, dict)]
        return cls(
            text=_text(data.get("text"))[:MAX_TEXT],
            cards=[_card(card) for card in cards[:MAX_CARDS]],
            promises=[p[:PROMISE_LENGTH] for p in map(_text, data.get("promises") or []) if p][:MAX_PROMISES],
            arrive_by=_text(data.get("arrive_by"))[:10],
        )

    def to_json(self) -> dict:
        return {"text": self.text, "cards": self.cards, "promises": self.promises, "arrive_by": self.arrive_by}

    @property
    def is_empty(self) -> bool:
        return not (self.text.strip() or self.cards)


def _card(data: dict[str, Any]) -> dict[str, Any]:
    price = data.get("price_fen")
    known = isinstance(price, int) and not isinstance(price, bool) and 0 < price < 10**12
    card = {"product": _text(data.get("product"))[:20], "sku": _text(data.get("sku"))[:20]}
    return card | ({"price_fen": price} if known else {})


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def checked_text(text: object) -> str:
    """The answer's words.

    Raises:
        Invalid: none, or more than 500 characters.
    """
    if not isinstance(text, str) or not text.strip():
        raise Invalid(fields={"text": [_("Say in a sentence or two why it fits")]})
    text = "".join(char for char in text.replace("\r\n", "\n").strip() if char == "\n" or char.isprintable())
    if len(text) > MAX_TEXT:
        raise Invalid(fields={"text": [_("At most %(n)s characters") % {"n": MAX_TEXT}]})
    return text


def checked_promises(promises: Iterable[object]) -> list[str]:
    return clean_list(promises, field="promises", count=MAX_PROMISES, limit=PROMISE_LENGTH)


def checked_day(value: date | str | None) -> date | None:
    """The promised day of arrival.

    Raises:
        Invalid: not a day, over, or more than a year ahead.
    """
    if not value:
        return None
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        raise Invalid(fields={"arrive_by": [_("Enter a day")]}) from None
    ahead = (day - timezone.localdate()).days
    if not 0 <= ahead <= LATEST_DAYS:
        raise Invalid(fields={"arrive_by": [_("This day is over, or too far ahead")]})
    return day
