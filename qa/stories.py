"""The whole story of a question on one page, for ops: asked, considered, scored, invited, seen, answered."""

from dataclasses import dataclass, field
from datetime import datetime
from math import floor, log10
from typing import Any

from django.utils.translation import gettext as _

from .matching import filters
from .models import Answer, Clarification, Consideration, Invitation, Question, Wave

# Below it a score is as good as none.
SMALLEST = 1e-8


@dataclass
class Moment:
    """One line of the timeline. `tone`: "", "good", "bad"."""

    at: datetime
    what: str
    who: str = ""
    tone: str = ""
    detail: str = ""


@dataclass
class WaveStory:
    wave: Wave | None
    number: int
    considered: list[dict[str, Any]] = field(default_factory=list)


def timeline(question: Question) -> list[Moment]:
    """Everything that happened, in order. A constant number of queries."""
    moments = [Moment(question.created_at, _("Asked"), str(question.buyer), detail=question.text)]
    moments += [
        Moment(row.answered_at, _("Skipped") if row.skipped else _("Tapped"), detail=_tap(row))
        for row in question.clarifications.all()
        if row.answered_at
    ]
    if question.dispatched_at:
        moments.append(Moment(question.dispatched_at, _("Sent to the shops")))
    for wave in question.waves.all():
        opened = _("Wave %(n)s opened: %(shops)s shops") % {"n": wave.number, "shops": wave.size}
        moments.append(Moment(wave.opened_at, opened))
        if wave.closed_at and wave.size:
            moments.append(Moment(wave.closed_at, _("Wave %(n)s closed") % {"n": wave.number}))
    for invitation in question.invitations.select_related("shop"):
        moments += _of_invitation(invitation)
    for answer in question.answers.select_related("shop"):
        moments += _of_answer(answer)
    if question.no_answer_at:
        moments.append(Moment(question.no_answer_at, _("The buyer was told that nobody answered"), tone="bad"))
    if question.closed_at:
        moments.append(Moment(question.closed_at, str(question.get_status_display())))
    return sorted(moments, key=lambda moment: moment.at)


def _tap(row: Clarification) -> str:
    """What was asked back and answered, with how many products fitted before and after."""
    fitting = _("%(before)s → %(after)s products fit") % {"before": row.fitting_before, "after": row.fitting_after}
    said = row.words
    label = next((option["label"] for option in said["options"] if option["value"] == row.answer), row.answer)
    return f"{said['prompt']} {'' if row.skipped else label} · {fitting}"


def _of_invitation(invitation: Invitation) -> list[Moment]:
    shop, status = invitation.shop.name, invitation.status
    moments = [Moment(invitation.created_at, _("Shop asked"), shop)]
    if invitation.seen_at:
        moments.append(Moment(invitation.seen_at, _("Shop looked"), shop))
    if invitation.writing_at:
        moments.append(Moment(invitation.writing_at, _("Shop began to write"), shop))
    if invitation.finished_at and status != Invitation.Status.ANSWERED:
        tone = "bad" if status == Invitation.Status.LAPSED else ""
        moments.append(Moment(invitation.finished_at, str(invitation.get_status_display()), shop, tone))
    return moments


def _of_answer(answer: Answer) -> list[Moment]:
    moments = [Moment(answer.created_at, _("Shop answered"), answer.shop.name, detail=answer.text)]
    if answer.visible_at:
        conditions = answer.reasons.get("conditions", [])
        met = f"{sum(row['verdict'] == 'met' for row in conditions)}/{len(conditions)}"
        fits = _("fits %(met)s, score %(score).3f") % {"met": met, "score": answer.score}
        moments.append(Moment(answer.visible_at, _("Shown to the buyer"), answer.shop.name, "good", fits))
    return moments


def waves(question: Question) -> list[WaveStory]:
    """For each wave who was considered, with the parts of the score and why not asked."""
    known = {wave.number: wave for wave in question.waves.all()}
    asked = {row.shop_id: row for row in question.invitations.all()}
    stories = {number: WaveStory(wave, number) for number, wave in sorted(known.items())}
    for row in question.considerations.select_related("shop"):
        story = stories.setdefault(row.wave_number, WaveStory(known.get(row.wave_number), row.wave_number))
        story.considered.append(_considered(row, asked.get(row.shop_id)))
    for story in stories.values():
        # Whom it went to first: a shop that a filter kept out may have scored higher.
        story.considered.sort(key=lambda row: not row["asked"])
    return list(stories.values())


def _part(name: str) -> str:
    """A part of the score (qa.matching) in words."""
    return {
        "words": _("words"),
        "category": _("category"),
        "attributes": _("attributes"),
        "price": _("price"),
        "city": _("city"),
        "relevance": _("relevance"),
        "answers": _("chance of an answer"),
        "load": _("questions open"),
        "rate": _("rate of answering"),
        "in_time": _("chance of being in time"),
        "seconds": _("usual seconds to an answer"),
        "adoption": _("chance of adoption"),
        "service": _("service"),
        "trials": _("invitations that count"),
        "category_trials": _("of these in the category"),
        "recent": _("asked recently"),
        "since_asked": _("hours since it was asked"),
        "hour": _("hour"),
        "exploration": _("exploration"),
    }.get(name, name)


def figure(value: float | None) -> str:
    """A part of the score with as many digits as tell something; never 7.06e-05."""
    if value is None:
        return "—"
    if value == 0:
        return "0"
    if abs(value) < SMALLEST:
        return f"< {SMALLEST:.8f}"
    # Of a score far below 1 the first two figures, so that two of them can still be told apart.
    digits = 1 if abs(value) >= 1 else max(4, 1 - floor(log10(abs(value))))
    return f"{value:,.{digits}f}".rstrip("0").rstrip(".")


def _considered(row: Consideration, invitation: Invitation | None) -> dict[str, Any]:
    state = str(invitation.get_status_display()) if row.asked and invitation else ""
    why_not = "" if row.asked else reason_text(row.reason)
    return {
        "shop": row.shop.name,
        "score": figure(row.score),
        "features": {_part(name): figure(value) for name, value in row.features.items()},
        "asked": row.asked,
        "state": state or why_not,
    }


def reason_text(reason: str) -> str:
    """Why a shop was not asked, in words."""
    return str(filters.WORDS.get(reason, reason) if reason else _("Others scored higher"))
