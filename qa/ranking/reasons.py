"""Why an answer fits this buyer: at most two plain lines that cite the buyer's own words, and what is left open.

Made from what was judged (Answer.reasons), so the words are in the reader's language.
"""

from typing import Any

from django.utils.translation import gettext as _

from ..need import Need, budget_text
from . import wording
from .record import Record
from .wording import SERVICE, Row, worded

MOST_LINES = 2


def why(need: Need, reasons: dict[str, Any]) -> list[str]:
    """What speaks for the answer: money and day first, then a wish in the buyer's words, then the shop's record.

    Args:
        reasons: Judgement.to_json().
    """
    met = [row for row in worded(reasons) if row["verdict"] == "met"]
    kept = [row for row in reasons.get("conditions", []) if row["verdict"] == "met"]
    record = Record.from_json(reasons.get("record") or {}).words()
    lines = [_money_and_day(need, met), *map(_cited, kept), record]
    return list(dict.fromkeys(line for line in lines if line))[:MOST_LINES]


def _money_and_day(need: Need, met: list[Row]) -> str:
    words = []
    for row in met:
        if row["slot"] == "budget":
            words.append(_("within your budget of %(budget)s") % {"budget": budget_text(need)})
        elif row["slot"] == "needed_by":
            words.append(_("there by %(day)s") % {"day": row["word"]})
    return _(", ").join(words)


def _cited(row: Row) -> str:
    """你说“他爱喝普洱”：普洱. Or a sentence of the wish where it came from a tap."""
    if row["slot"] in ("budget", "needed_by"):
        return ""
    if row["said"]:
        word = wording.word(row["code"], row["detail"])
        return _("you wrote “%(said)s”: %(word)s") % {"said": row["said"], "word": word}
    return wording.met(row)


def missing(reasons: dict[str, Any]) -> list[str]:
    """What the shop did not say, each as one line: 没说能不能刻字."""
    return [_open(row) for row in worded(reasons) if row["verdict"] == "unknown"]


def _open(row: Row) -> str:
    slot, wish = row["slot"], row["wish"]
    if slot.startswith(SERVICE):
        return _("does not say whether there is %(service)s") % {"service": wish}
    return {
        "needed_by": _("does not say which day it arrives"),
        "budget": _("does not say what it costs"),
    }.get(slot) or _("does not say: %(wish)s") % {"wish": wish}


def asks(reasons: dict[str, Any]) -> list[str]:
    """The same, as the buyer would ask the shop: one question for each line of `missing`."""
    return [_question(row) for row in worded(reasons) if row["verdict"] == "unknown"]


def _question(row: Row) -> str:
    slot, wish = row["slot"], row["wish"]
    if slot.startswith(SERVICE):
        return _("Is there %(service)s?") % {"service": wish}
    return {"needed_by": _("Which day does it arrive?"), "budget": _("What does it cost?")}.get(slot) or _(
        "I want “%(wish)s”: does it fit?"
    ) % {"wish": wish}


def broken(reasons: dict[str, Any]) -> list[str]:
    """What it does not meet, each as one sentence: the wish, and what is offered instead."""
    return [wording.missed(row) for row in reasons.get("conditions", []) if row["verdict"] == "missed"]
