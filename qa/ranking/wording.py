"""The words of a condition and of what became of it. Codes are stored with an answer, these are for whoever reads."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.money import yuan
from core.templatetags.wx import day

from ..need import ATTRIBUTE, FACET, Need, facts
from .wishes import WISHES

SERVICE = "service:"
Row = dict[str, Any]


def part_of(need: Need, slot: str) -> dict:
    """What of the need a condition is about, as Need.to_json: it stays as it was when the answer was judged."""
    if slot.startswith(ATTRIBUTE):
        name = slot.removeprefix(ATTRIBUTE)
        return {"attributes": {name: need.attributes[name]}}
    if slot.startswith(FACET):
        kind = slot.removeprefix(FACET)
        return {"facets": {kind: need.facets[kind]}}
    names = {"budget": ("budget_min_fen", "budget_max_fen")}.get(slot, (slot,))
    whole = need.to_json()
    return {name: whole[name] for name in names if name in whole}


def wish(slot: str, part: dict) -> str:
    """As the slip says it: 预算 ¥400–600. A service by its own name."""
    if slot.startswith(SERVICE):
        name = slot.removeprefix(SERVICE)
        return next((str(one.label) for one in WISHES if one.name == name), name)
    return next((f"{fact['label']} {fact['value']}" for fact in facts(Need.from_json(part))), slot)


def word(code: str, detail: Any = None) -> str:
    """What became of it, in a word or two.

    Args:
        detail: fen for over and less, pieces for left, an ISO day for day, the goods' own value for value.
    """
    if code == "value":
        return str(detail)
    if code == "day":
        return day(date.fromisoformat(detail))
    if code in ("over", "less"):
        return (_("%(money)s over") if code == "over" else _("%(money)s less")) % {"money": yuan(detail)}
    if code == "left":
        return _("only %(n)s left") % {"n": detail}
    return {
        "not_said": _("not said"),
        "yes": _("yes"),
        "no": _("no"),
        "fits": _("fits"),
        "in_stock": _("in stock"),
        "has_it": _("has it"),
        "without": _("without"),
    }[code]


def worded(reasons: dict[str, Any]) -> list[Row]:
    """The conditions of a stored judgement (Judgement.to_json) in the reader's language."""
    return [
        {
            "slot": row["slot"],
            "wish": wish(row["slot"], row["part"]),
            "verdict": row["verdict"],
            "word": word(row["code"], row["detail"]),
            "said": row["said"],
        }
        for row in reasons.get("conditions", [])
    ]
