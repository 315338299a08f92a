"""How well an answer meets this buyer's own conditions: deterministic, explained in words, blind to money paid to us.

Inputs are the buyer's need, the answer's words, cards and promises. Nothing else is read, so ads, fees and the
merchant's size have no way in.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from django.utils.translation import gettext as _

from core.money import yuan
from core.templatetags.wx import day
from shops import search

from . import matching
from .need import ATTRIBUTE, Need, facts
from .understanding.catalogue import terms

Verdict = Literal["met", "missed", "unknown"]
# An open question is worth less than a kept wish, and more than a broken one.
WORTH = {"met": 1.0, "unknown": 0.35, "missed": 0.0}
# Among answers that meet the same conditions: a better price fit, an earlier day.
PRICE_SHARE, EARLY_SHARE = 0.06, 0.04
NO_CONDITIONS = 0.5


@dataclass(frozen=True)
class Offer:
    """One product of an answer as ranking sees it. `values`: (attribute, value, synonyms)."""

    title: str
    price_fen: int
    stock: int
    values: tuple[tuple[str, str, str], ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Reply:
    """An answer as ranking sees it; the first offer is the one it stands for."""

    text: str
    offers: tuple[Offer, ...] = ()
    arrive_by: date | None = None


@dataclass(frozen=True)
class Condition:
    """One of the buyer's conditions and what became of it: `wish` in the buyer's words, `word` in ours."""

    slot: str
    wish: str
    verdict: Verdict
    word: str

    def to_json(self) -> dict:
        return {"slot": self.slot, "wish": self.wish, "verdict": self.verdict, "word": self.word}


@dataclass(frozen=True)
class Judgement:
    score: float
    conditions: list[Condition] = field(default_factory=list)

    @property
    def met(self) -> int:
        return sum(condition.verdict == "met" for condition in self.conditions)

    def to_json(self) -> dict:
        """As stored on the answer: rows in the slip's order, and the wishes by verdict."""
        rows = [condition.to_json() for condition in self.conditions]
        groups = {verdict: [row["wish"] for row in rows if row["verdict"] == verdict] for verdict in WORTH}
        return {"conditions": rows, **groups}


def judge(need: Need, reply: Reply) -> Judgement:
    """Hold one answer against every condition of the need."""
    offer = reply.offers[0] if reply.offers else None
    wishes = {fact["slot"]: f"{fact['label']} {fact['value']}" for fact in facts(need)}
    conditions = [_condition(slot, wish, need, reply, offer) for slot, wish in wishes.items() if _judged(slot, need)]
    base = sum(WORTH[c.verdict] for c in conditions) / len(conditions) if conditions else NO_CONDITIONS
    extra = PRICE_SHARE * (matching.price_fit(need, offer.price_fen) if offer else 0) + EARLY_SHARE * _early(
        need, reply
    )
    return Judgement(round(base * (1 - PRICE_SHARE - EARLY_SHARE) + extra, 6), conditions)


def rank(judged: list[tuple[float, datetime, int]]) -> list[int]:
    """Order of answers given as (score, when it was given, primary key): best first, then the earlier one."""
    return [pk for _, _, pk in sorted(judged, key=lambda row: (-row[0], row[1], row[2]))]


def _judged(slot: str, need: Need) -> bool:
    """Conditions are what an offer can meet or miss: not who it is for."""
    if slot == "needed_by":
        return need.needed_by is not None
    return slot in ("budget", "quantity", "avoid") or slot.startswith(ATTRIBUTE)


def _condition(slot: str, wish: str, need: Need, reply: Reply, offer: Offer | None) -> Condition:
    if slot == "needed_by":
        verdict, word = _day(need, reply)
    elif offer is None:
        verdict, word = "unknown", _("not said")
    elif slot == "budget":
        verdict, word = _price(need, offer)
    elif slot == "quantity":
        verdict, word = _stock(need, offer)
    elif slot == "avoid":
        verdict, word = _avoided(need, offer)
    else:
        verdict, word = _attribute(slot.removeprefix(ATTRIBUTE), need, reply, offer)
    return Condition(slot, wish, verdict, word)


def _price(need: Need, offer: Offer) -> tuple[Verdict, str]:
    low, high = need.budget_min_fen, need.budget_max_fen
    if high and offer.price_fen > high:
        return "missed", _("%(money)s over") % {"money": yuan(offer.price_fen - high)}
    if low and offer.price_fen < low:
        # Cheaper than expected breaks no wish; the word lets the buyer judge.
        return "met", _("%(money)s less") % {"money": yuan(low - offer.price_fen)}
    return "met", _("fits")


def _day(need: Need, reply: Reply) -> tuple[Verdict, str]:
    if reply.arrive_by is None or need.needed_by is None:
        return "unknown", _("not said")
    late = (reply.arrive_by - need.needed_by).days
    return ("missed" if late > 0 else "met"), day(reply.arrive_by)


def _stock(need: Need, offer: Offer) -> tuple[Verdict, str]:
    if offer.stock >= (need.quantity or 1):
        return "met", _("in stock")
    return "missed", _("only %(n)s left") % {"n": offer.stock}


def _avoided(need: Need, offer: Offer) -> tuple[Verdict, str]:
    if matching.avoids(need, offer.title, offer.values):
        return "missed", _("has it")
    return ("met", _("without")) if offer.values else ("unknown", _("not said"))


def _attribute(name: str, need: Need, reply: Reply, offer: Offer) -> tuple[Verdict, str]:
    wanted = need.attributes[name]
    said = [(value, synonyms) for attribute, value, synonyms in offer.values if attribute == name]
    if any(value == wanted for value, _ in said):
        return "met", wanted
    if said:
        return "missed", said[0][0]
    # Nothing structured: the shop's own words count, as the buyer will read them.
    words = search.fold(" ".join([offer.title, offer.description, reply.text]))
    return ("met", wanted) if any(term in words for term in terms(wanted, "")) else ("unknown", _("not said"))


def _early(need: Need, reply: Reply) -> float:
    """1 for ten days or more before the day it is needed, 0 on the day or unknown."""
    if reply.arrive_by is None or need.needed_by is None:
        return 0.0
    return min(max((need.needed_by - reply.arrive_by).days, 0), 10) / 10
