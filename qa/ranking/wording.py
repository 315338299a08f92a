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
        detail: fen for over and less, pieces for left, an ISO day for day, the goods' own value for value, what was
            found of what is to be avoided for has_it.
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


def missed(row: Row) -> str:
    """A wish that is not met, as one sentence: 适合：你要绿茶，这件是普洱. Each kind of condition has its own.

    Args:
        row: a condition as stored (Condition.to_json), of the verdict missed.
    """
    code, detail = row["code"], row["detail"]
    if code == "left":
        text = _("you want %(wanted)s, only %(left)s left") if detail else _("you want %(wanted)s, it is sold out")
    else:
        text = {
            "over": _("your budget: %(wanted)s, this is %(word)s"),
            "day": _("you need it by %(wanted)s, this arrives %(word)s"),
            "has_it": _("you don’t want %(wanted)s, this has it"),
            "value": _("%(label)s: you want %(wanted)s, this is %(word)s"),
            "no": _("you want %(wanted)s, the shop says no"),
        }[code]
    return text % {**_wanted(row), "word": word(code, detail), "left": detail}


def met(row: Row) -> str:
    """A wish that is met and was tapped or has no words to cite, as one sentence."""
    text = {
        "value": _("%(label)s: you want %(wanted)s, this is it"),
        "in_stock": _("you want %(wanted)s, they are in stock"),
        "without": _("you don’t want %(wanted)s, this is without"),
        "yes": _("you want %(wanted)s, the shop has it"),
    }[row["code"]]
    return text % _wanted(row)


def _wanted(row: Row) -> dict[str, str]:
    """What was wished for: the slip's label and value; of several things to avoid the one that was found."""
    if row["slot"].startswith(SERVICE):
        return {"label": "", "wanted": wish(row["slot"], {})}
    fact = facts(Need.from_json(row["part"]))[0]
    found = row["detail"] if row["code"] == "has_it" else None
    return {"label": fact["label"], "wanted": found or fact["value"]}


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
