"""What a buyer needs: a closed set of slots, filled by rules from the text and by the buyer's taps."""

from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Self

from django.utils.translation import gettext as _

from core.money import yuan
from core.templatetags.wx import day

from . import lexicon

ATTRIBUTE, FACET = "attribute:", "facet:"
# Where a slot's value comes from: the buyer's own words, a tap, a guess by rules, a language model.
SAID, TAPPED, GUESSED, MODEL = "said", "tapped", "guessed", "model"


@dataclass
class Need:
    """The slots of a question.

    Attributes:
        words: what to look for in the catalogue, most telling first.
        category_id: the category when it is clear, else None.
        category_options: likely categories, best first, when none is clear.
        budget_min_fen, budget_max_fen: per item; either may be open.
        needed_by: the last day (buyer's local date) on which it may arrive.
        attributes: attribute name -> value name, both as in the category.
        avoid: what the buyer does not want, in the buyer's words.
        facets: kind of word in titles (qa.lexicon) -> the one that was tapped.
        no_matter: slots the buyer has said make no difference; they are never asked again.
        not_these: slot -> the options shown of which the buyer wants none.
        origins: slot -> SAID, TAPPED, GUESSED or MODEL.
    """

    words: list[str] = field(default_factory=list)
    category_id: int | None = None
    category_options: list[int] = field(default_factory=list)
    budget_min_fen: int | None = None
    budget_max_fen: int | None = None
    recipient: str = ""
    age: int | None = None
    occasion: str = ""
    needed_by: date | None = None
    quantity: int | None = None
    city: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    avoid: list[str] = field(default_factory=list)
    facets: dict[str, str] = field(default_factory=dict)
    no_matter: list[str] = field(default_factory=list)
    not_these: dict[str, list[str]] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict:
        """Only the slots that are filled."""
        data = {name: value for name, value in asdict(self).items() if value not in (None, "", [], {})}
        if self.needed_by:
            data["needed_by"] = self.needed_by.isoformat()
        return data

    @classmethod
    def from_json(cls, data: dict) -> Self:
        known = {f.name for f in fields(cls)}
        need = cls(**{name: value for name, value in data.items() if name in known})
        if isinstance(need.needed_by, str):
            need.needed_by = date.fromisoformat(need.needed_by)
        return need

    @property
    def has_budget(self) -> bool:
        return self.budget_min_fen is not None or self.budget_max_fen is not None

    @property
    def own_words(self) -> list[str]:
        """The words without those that were tapped."""
        tapped = set(self.facets.values())
        return [word for word in self.words if word not in tapped]

    def settled(self, slot: str) -> bool:
        """True when the buyer has said what this slot should be, or should not, or that it makes no difference."""
        if slot in self.no_matter or slot in self.not_these:
            return True
        if slot.startswith(FACET):
            return slot.removeprefix(FACET) in self.facets
        if slot.startswith(ATTRIBUTE):
            return slot.removeprefix(ATTRIBUTE) in self.attributes
        return {
            "category": self.category_id is not None,
            "budget": self.has_budget,
            "needed_by": self.needed_by is not None,
        }[slot]


def budget_text(need: Need) -> str:
    return range_text(need.budget_min_fen, need.budget_max_fen)


def range_text(low: int | None, high: int | None) -> str:
    """¥400–600, ¥300 内, ¥300 以上, or "" without any end (fen)."""
    if low and high:
        return f"{yuan(low)}–{yuan(high).removeprefix('¥')}"
    if high:
        return _("within %(money)s") % {"money": yuan(high)}
    return _("from %(money)s") % {"money": yuan(low)} if low else ""


def recipient_text(need: Need) -> str:
    age = _("%(n)s years old") % {"n": need.age} if need.age else ""
    return "，".join(filter(None, [need.recipient, age]))


def facts(need: Need) -> list[dict[str, str]]:
    """The slip's facts in the order in which they stand everywhere: {"slot", "label", "value", "origin"}."""
    rows = [
        ("recipient", _("For"), recipient_text(need)),
        ("budget", _("Budget"), budget_text(need)),
        ("needed_by", _("Needed by"), _needed_by_text(need)),
        ("quantity", _("Quantity"), str(need.quantity) if need.quantity else ""),
        *((f"{ATTRIBUTE}{name}", name, value) for name, value in need.attributes.items()),
        *((f"{FACET}{kind}", lexicon.name_of(kind), value) for kind, value in need.facets.items()),
        *(
            (slot, _slot_name(slot), _("not %(these)s") % {"these": "、".join(shown[:3])})
            for slot, shown in need.not_these.items()
        ),
        ("avoid", _("Avoid"), "、".join(need.avoid)),
        ("occasion", _("Occasion"), need.occasion),
        ("city", _("City"), need.city),
    ]
    return [
        {"slot": slot, "label": label, "value": value, "origin": need.origins.get(slot, SAID)}
        for slot, label, value in rows
        if value
    ]


def _slot_name(slot: str) -> str:
    return lexicon.name_of(slot.removeprefix(FACET)) if slot.startswith(FACET) else slot.removeprefix(ATTRIBUTE)


def origin_text(origin: str) -> str:
    return {SAID: _("said"), TAPPED: _("tapped"), GUESSED: _("guessed by rule"), MODEL: _("read by the model")}[origin]


def fact_pairs(need: Need) -> list[tuple[str, str]]:
    """The same for the {% facts %} tag; where the buyer lives stands with the buyer instead."""
    return [(fact["label"], fact["value"]) for fact in facts(need) if fact["slot"] != "city"]


def _needed_by_text(need: Need) -> str:
    if need.needed_by:
        return day(need.needed_by)
    return _("no hurry") if "needed_by" in need.no_matter else ""


def slip_of(question) -> dict:
    """The slip as it travels to chat and order: {"question_id", "title", "facts": [{"label", "value"}]}."""
    rows = facts(Need.from_json(question.need))
    return {
        "question_id": question.public_id,
        "title": question.text,
        "facts": [{"label": row["label"], "value": row["value"]} for row in rows],
    }
