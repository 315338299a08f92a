"""What a chosen answer says in the talk: the card that opens it (what the buyer wants, what was answered and why it was
chosen, what is open) and the line in between. Kept in parts (core.wording).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.templatetags.wx import day as day_text

from .models import Answer, Question
from .need import Need, facts
from .ranking import reasons
from .ranking.wording import worded


def parts(question: Question, answer: Answer) -> dict[str, Any]:
    """As they stand when the answer is chosen; what becomes of question and answer later does not move the card."""
    return {
        "code": "qa.handed_over",
        "question_id": question.public_id,
        "title": question.text,
        "need": question.need,
        "summary": answer.text,
        "reasons": answer.reasons,
        "arrive_by": answer.arrive_by.isoformat() if answer.arrive_by else "",
        "promises": answer.promises,
    }


def words(slip: dict[str, Any]) -> dict[str, Any]:
    """The card in the reader's language."""
    need, judged = Need.from_json(slip["need"]), slip["reasons"]
    arrive_by = date.fromisoformat(slip["arrive_by"]) if slip["arrive_by"] else None
    return {
        "question_id": slip["question_id"],
        "title": slip["title"],
        "facts": [{"label": row["label"], "value": row["value"]} for row in facts(need)],
        "summary": slip["summary"],
        "promises": promised(arrive_by, slip["promises"]),
        "why": reasons.why(need, judged),
        "unknowns": [row["wish"] for row in worded(judged) if row["verdict"] == "unknown"],
        "missing": reasons.missing(judged),
        "asks": reasons.asks(judged),
    }


def line(answer: Answer) -> dict[str, Any]:
    """The platform's line when `answer` is chosen."""
    return {"code": "qa.answer_adopted", "text": answer.text}


def adopted(kept: dict[str, Any]) -> str:
    """Without its words once the buyer has been erased."""
    if "text" not in kept:
        return _("The buyer chose an answer")
    return _("The chosen answer: %(text)s") % {"text": kept["text"]}


def promised(arrive_by: date | None, promises: Sequence[str]) -> list[str]:
    """The shop's promises as they stand on quote and order, the day first."""
    return [*([_("Arrives by %(day)s") % {"day": day_text(arrive_by)}] if arrive_by else []), *promises]
