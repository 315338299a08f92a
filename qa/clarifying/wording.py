"""What is asked back, in words. A question is kept in parts (core.wording): its slot and what may be tapped."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.wx import day

from .. import lexicon
from ..need import FACET, range_text
from .answers import NO_MATTER, OTHER, band


def words(kept: dict[str, Any]) -> dict[str, Any]:
    """{"prompt", "options": [{"value", "label", "count"}]} in the reader's language; see `Clarification.words`."""
    slot = kept["slot"]
    options = [{"label": _label(slot, option), **_shown(option)} for option in kept["options"]]
    return {"prompt": kept["asked"] or _prompt(slot), "options": options}


def _shown(option: dict[str, Any]) -> dict[str, Any]:
    return {name: option[name] for name in ("value", "count") if name in option}


def _prompt(slot: str) -> str:
    if slot.startswith(FACET):
        return str(lexicon.NAMES[slot.removeprefix(FACET)][1])
    return {
        "category": _("Which of these are you looking for?"),
        "budget": _("About how much do you want to spend?"),
        "needed_by": _("When do you need it at the latest?"),
    }[slot]


def _label(slot: str, option: dict[str, Any]) -> str:
    value = option["value"]
    if value == NO_MATTER:
        return _("Any day will do") if slot == "needed_by" else _("Any will do")
    if value == OTHER:
        return _("Something else")
    if "name" in option:
        return option["name"]
    return LABELS.get(slot, str)(value)


def _by(value: str) -> str:
    return _("by %(day)s") % {"day": day(date.fromisoformat(value))}


def _band(value: str) -> str:
    return range_text(*band(value))


# Of values that are no words themselves.
LABELS: dict[str, Callable[[str], str]] = {"needed_by": _by, "budget": _band}
