"""Blanks in a shop's prepared words, filled for one question: {商品}, {价格}, {到货日}, {买家的话}."""

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from core.money import yuan
from core.templatetags.wx import day

# Name in code -> as shops write it: Chinese first, as the buttons insert it.
NAMES = {
    "product": ("商品", "product"),
    "price": ("价格", "price"),
    "arrive_by": ("到货日", "arrive_by"),
    "wish": ("买家的话", "wish", "buyer's wish"),
}
LABELS = {
    "product": _("Product"),
    "price": _("Price"),
    "arrive_by": _("Day of arrival"),
    "wish": _("The buyer's words"),
}
_KEYS = {spelling: name for name, spellings in NAMES.items() for spelling in spellings}
_BLANK = re.compile(r"\{\s*(" + "|".join(map(re.escape, _KEYS)) + r")\s*\}")
# The buyer's words are cited up to the first pause.
_PAUSE = re.compile(r"[，,。；;！!？?\n]")
LONGEST_WISH = 24


@dataclass(frozen=True)
class Filling:
    """What is known for one question; "" and None are not known yet."""

    product: str = ""
    price_fen: int | None = None
    arrive_by: date | None = None
    wish: str = ""

    def words(self) -> dict[str, str]:
        return {
            "product": self.product,
            "price": yuan(self.price_fen) if self.price_fen is not None else "",
            "arrive_by": day(self.arrive_by) if self.arrive_by else "",
            "wish": self.wish,
        }


def wish_of(text: str) -> str:
    """The first thing the buyer said, short enough to be cited."""
    first = next((part.strip() for part in _PAUSE.split(text) if part.strip()), "")
    return first if len(first) <= LONGEST_WISH else f"{first[: LONGEST_WISH - 1]}…"


def fill(text: str, filling: Filling) -> str:
    """The words with their blanks filled; a blank that nothing is known for stays to be seen."""
    words = filling.words()
    return _BLANK.sub(lambda found: words[_KEYS[found[1]]] or found[0], text)


def blanks(text: str) -> list[str]:
    """Names ("product", "price", …) of the blanks in the words, each once."""
    return list(dict.fromkeys(_KEYS[found] for found in _BLANK.findall(text)))


def spelled(name: str) -> str:
    """As a shop writes it: {商品}."""
    return f"{{{NAMES[name][0]}}}"
