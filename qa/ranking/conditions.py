"""How well an answer meets this buyer's own conditions: deterministic, explained in words.

Inputs are the buyer's need and words, the answer's words, cards and promises, and the shop's record.
"""

import re
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Literal

from shops import search

from .. import matching
from ..clarifying import titles
from ..need import ATTRIBUTE, FACET, Need, facts
from ..understanding.catalogue import terms
from . import weights, wishes, wording
from .record import NEWCOMER, Record
from .wording import SERVICE

Verdict = Literal["met", "missed", "unknown"]
# (verdict, code, detail) of a condition.
Became = tuple[Verdict, str, str | int | None]
NOT_SAID: Became = ("unknown", "not_said", None)
_PAUSE = re.compile(r"[，,。；;！!？?\n、]")
LONGEST_CITED = 16


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
    promises: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """One of the buyer's conditions and what became of it.

    Attributes:
        part: what of the need it is about (wording.part_of).
        code, detail: what became of it (wording.word).
        said: the buyer's own words it was understood from; "" where it came from a tap.
    """

    slot: str
    part: dict
    verdict: Verdict
    code: str
    detail: str | int | None = None
    said: str = ""

    @property
    def wish(self) -> str:
        """As the slip says it, in the reader's language."""
        return wording.wish(self.slot, self.part)

    @property
    def word(self) -> str:
        """What became of it, in the reader's language."""
        return wording.word(self.code, self.detail)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Judgement:
    """`score` without taste; `parts` are what it is made of, each 0 to 1."""

    score: float
    conditions: list[Condition] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)
    record: Record = NEWCOMER

    @property
    def met(self) -> int:
        return sum(condition.verdict == "met" for condition in self.conditions)

    @property
    def missed(self) -> int:
        return sum(condition.verdict == "missed" for condition in self.conditions)

    def to_json(self) -> dict:
        """As stored on the answer: rows in the slip's order, in codes, and the score's parts."""
        rows = [condition.to_json() for condition in self.conditions]
        return {"conditions": rows, "parts": self.parts, "record": self.record.to_json()}


def judge(need: Need, reply: Reply, *, text: str = "", record: Record = NEWCOMER) -> Judgement:
    """Hold one answer against every condition of the need.

    Args:
        text: the buyer's own words; services such as engraving are asked for there.
        record: the shop's, at this moment.
    """
    offer = reply.offers[0] if reply.offers else None
    slots = [fact["slot"] for fact in facts(need)]
    conditions = [_condition(slot, need, reply, offer) for slot in slots if _judged(slot, need)]
    conditions += [_service(wish, reply) for wish in wishes.asked(text)]
    conditions = [replace(one, said=cited(text, _terms_of(one.slot, need, offer))) for one in conditions]
    worth = sum(weights.WORTH[c.verdict] for c in conditions)
    parts = {
        "need": worth / len(conditions) if conditions else weights.NO_CONDITIONS,
        "price": matching.price_fit(need, offer.price_fen) if offer else 0.0,
        "early": _early(need, reply),
        "record": record.score,
    }
    shares = {"need": weights.NEED, "price": weights.PRICE, "early": weights.EARLY, "record": weights.RECORD}
    score = sum(shares[name] * part for name, part in parts.items())
    return Judgement(round(score, 6), conditions, {name: round(part, 4) for name, part in parts.items()}, record)


def _judged(slot: str, need: Need) -> bool:
    """Conditions are what an offer can meet or miss: not who it is for."""
    if slot == "needed_by":
        return need.needed_by is not None
    if slot in need.not_these:
        return False
    return slot in ("budget", "quantity", "avoid") or slot.startswith((ATTRIBUTE, FACET))


def _service(wish: wishes.Wish, reply: Reply) -> Condition:
    """A service counts as offered where the shop says so: in its words, its promises or the goods' description."""
    said = " ".join(
        [reply.text, *reply.promises, *(f"{offer.title} {offer.description}" for offer in reply.offers[:1])]
    )
    offered = wishes.offered(wish, said)
    verdict: Verdict = "unknown" if offered is None else "met" if offered else "missed"
    code = {"unknown": "not_said", "met": "yes", "missed": "no"}[verdict]
    return Condition(f"{SERVICE}{wish.name}", {}, verdict, code)


def _condition(slot: str, need: Need, reply: Reply, offer: Offer | None) -> Condition:
    if slot == "needed_by":
        became = _day(need, reply)
    elif offer is None:
        became = NOT_SAID
    elif slot == "budget":
        became = _price(need, offer)
    elif slot == "quantity":
        became = _stock(need, offer)
    elif slot == "avoid":
        became = _avoided(need, offer)
    elif slot.startswith(FACET):
        became = _facet(need.facets[slot.removeprefix(FACET)], need, reply, offer)
    else:
        became = _attribute(slot.removeprefix(ATTRIBUTE), need, reply, offer)
    return Condition(slot, wording.part_of(need, slot), *became)


def _price(need: Need, offer: Offer) -> Became:
    low, high = need.budget_min_fen, need.budget_max_fen
    if high and offer.price_fen > high:
        return "missed", "over", offer.price_fen - high
    if low and offer.price_fen < low:
        # Cheaper than expected breaks no wish; the word lets the buyer judge.
        return "met", "less", low - offer.price_fen
    return "met", "fits", None


def _day(need: Need, reply: Reply) -> Became:
    if reply.arrive_by is None or need.needed_by is None:
        return NOT_SAID
    late = (reply.arrive_by - need.needed_by).days
    return ("missed" if late > 0 else "met"), "day", reply.arrive_by.isoformat()


def _stock(need: Need, offer: Offer) -> Became:
    if offer.stock >= (need.quantity or 1):
        return "met", "in_stock", None
    return "missed", "left", offer.stock


def _avoided(need: Need, offer: Offer) -> Became:
    found = [word for word in need.avoid if matching.avoids(Need(avoid=[word]), offer.title, offer.values)]
    if found:
        return "missed", "has_it", "、".join(found)
    return ("met", "without", None) if offer.values else NOT_SAID


def _attribute(name: str, need: Need, reply: Reply, offer: Offer) -> Became:
    wanted = need.attributes[name]
    said = [(value, synonyms) for attribute, value, synonyms in offer.values if attribute == name]
    if any(value == wanted for value, _ in said):
        return "met", "value", wanted
    if said:
        return "missed", "value", said[0][0]
    # Nothing structured: the shop's own words count, as the buyer will read them.
    words = search.fold(" ".join([offer.title, offer.description, reply.text]))
    return ("met", "value", wanted) if any(term in words for term in terms(wanted, "")) else NOT_SAID


def _facet(wanted: str, need: Need, reply: Reply, offer: Offer) -> Became:
    """What a title does not say may hold all the same."""
    said = {option for options in titles.facets(offer.title, need.own_words).values() for option in options}
    words = search.fold(" ".join([offer.title, offer.description, reply.text]))
    return ("met", "value", wanted) if wanted in said or search.fold(wanted) in words else NOT_SAID


def _early(need: Need, reply: Reply) -> float:
    """1 for ten days or more before the day it is needed, 0 on the day or unknown."""
    if reply.arrive_by is None or need.needed_by is None:
        return 0.0
    return min(max((need.needed_by - reply.arrive_by).days, 0), weights.EARLY_DAYS) / weights.EARLY_DAYS


def cited(text: str, wanted: list[str]) -> str:
    """The part of the buyer's words, between two pauses, in which one of `wanted` (folded) stands; "" if none."""
    if not wanted:
        return ""
    for part in filter(None, map(str.strip, _PAUSE.split(text))):
        folded = search.fold(part)
        if any(term in folded for term in wanted):
            return part if len(part) <= LONGEST_CITED else f"{part[: LONGEST_CITED - 1]}…"
    return ""


def _terms_of(slot: str, need: Need, offer: Offer | None) -> list[str]:
    if slot.startswith(SERVICE):
        return [term for wish in wishes.WISHES if slot == f"{SERVICE}{wish.name}" for term in wish.terms]
    if slot == "avoid":
        return [search.fold(word) for word in need.avoid]
    if not slot.startswith(ATTRIBUTE):
        return []
    wanted = need.attributes[slot.removeprefix(ATTRIBUTE)]
    synonyms = (other for _attribute, value, other in (offer.values if offer else ()) if value == wanted)
    return terms(wanted, " ".join(synonyms))
