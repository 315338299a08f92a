"""Why a shop was chosen or not, told to that shop: out of what matching stored, in words, and of itself alone.

Of the others it learns what kind of thing spoke for them, never who they are or a figure of theirs; of a buyer whose
question it was not asked, only the wish.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log
from statistics import median
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shops.models import Shop

from ..matching.choosing import weights_in_use
from ..matching.rates import Record, answer_rate
from ..matching.scoring import Weights, by_turn
from ..models import CategoryRate, Consideration, Invitation, Question, Wave
from ..need import ATTRIBUTE, Need, facts
from .advice import refused, weaker
from .wanted import own_categories

DAYS = 30
# What of a need says nothing of the buyer.
OF_THE_WISH = ("budget", "needed_by", "quantity")
# From here on goods fit closely; a share of a part that makes a difference.
CLOSE, NOTABLE = 0.6, 0.15
NEWCOMER = "newcomer"


@dataclass
class Told:
    """One question as this shop may hear of it.

    Attributes:
        invitation: where the shop was asked: it knows the question then.
        reasons: why, in words.
        advice: what would change it; "" where nothing the shop does would.
        place: a page of the dashboard where that can be done, as a URL name; or "".
    """

    at: datetime
    kind: str
    facts: list[tuple[str, str]]
    invitation: Invitation | None
    reasons: list[str] = field(default_factory=list)
    advice: str = ""
    place: str = ""

    chosen = property(lambda self: self.invitation is not None)


def looked_at(shop: Shop, *, chosen: bool | None = None) -> QuerySet[Question]:
    """The questions of the last days for which matching looked at this shop, the latest first.

    Args:
        chosen: only those that it was asked, or only the others.
    """
    seen = Consideration.objects.filter(shop=shop).exclude(reason="blocked").order_by()
    asked = Invitation.objects.filter(shop=shop).order_by().values("question")
    rows = Question.objects.filter(
        pk__in=seen.values("question"), dispatched_at__gte=timezone.now() - timedelta(days=DAYS)
    )
    if chosen is not None:
        rows = rows.filter(pk__in=asked) if chosen else rows.exclude(pk__in=asked)
    return rows.select_related("category").order_by("-dispatched_at", "-pk")


def unseen_count(shop: Shop) -> int:
    """Questions of the shop's kinds in these days for which nothing is stored of it: others' goods were nearer."""
    since = timezone.now() - timedelta(days=DAYS)
    of_kind = Question.objects.filter(dispatched_at__gte=since, category__in=own_categories(shop))
    return of_kind.exclude(pk__in=Consideration.objects.filter(shop=shop).order_by().values("question")).count()


def told(shop: Shop, questions: Iterable[Question]) -> list[Told]:
    """The same questions with why; a constant number of statements."""
    questions = list(questions)
    own: dict[int, list[Consideration]] = defaultdict(list)
    for row in Consideration.objects.filter(shop=shop, question__in=questions).order_by("wave_number"):
        own[row.question_id].append(row)
    asked = Consideration.objects.filter(question__in=questions, asked=True).exclude(shop=shop).order_by()
    others: dict[tuple[int, int], list[dict]] = defaultdict(list)
    for question_id, number, features in asked.values_list("question_id", "wave_number", "features"):
        others[question_id, number].append(features)
    mine = Invitation.objects.filter(shop=shop, question__in=questions).select_related("wave")
    invited = {row.question_id: row for row in mine}
    categories = {question.category_id for question in questions}
    usual = {
        row.category_id: Record(row.trials, row.answers, row.adoptions)
        for row in CategoryRate.objects.filter(category__in=categories) | CategoryRate.objects.filter(category=None)
    }
    weights = weights_in_use()
    rows = []
    for question in questions:
        invitation, story = invited.get(question.pk), own[question.pk]
        one = Told(question.dispatched_at, str(question.category or ""), _facts(question), invitation)
        if invitation:
            one.reasons = _why_chosen(invitation, story, _typical(usual, question.category_id))
        elif story:
            last = story[-1]
            _tell_why_not(one, last, others[question.pk, last.wave_number], weights)
        rows.append(one)
    return rows


def _facts(question: Question) -> list[tuple[str, str]]:
    rows = facts(Need.from_json(question.need))
    return [
        (row["label"], row["value"]) for row in rows if row["slot"] in OF_THE_WISH or row["slot"].startswith(ATTRIBUTE)
    ]


def _typical(usual: dict[int | None, Record], category_id: int | None) -> float:
    """What a shop of which nothing is known would answer here: the category's own rate."""
    return answer_rate(usual.get(None, Record()), usual.get(category_id, Record()), Record(), Record())


def _why_chosen(invitation: Invitation, story: Sequence[Consideration], typical: float) -> list[str]:
    by_number = {
        Wave.AUTOMATIC: _("Your prepared answer fitted and went out by itself"),
        Wave.POOL: _("You took it up from the pool"),
        Wave.DESK: _("The platform's people put it to you"),
    }
    if line := by_number.get(invitation.wave.number):
        return [line]
    features = invitation.features
    products = next((len(row.products) for row in story if row.asked), 0)
    lines = []
    if features.get("relevance", 0) >= CLOSE:
        lines.append(_("What you sell fits closely"))
    elif products:
        lines.append(ngettext("%(n)d of your products fits", "%(n)d of your products fit", products) % {"n": products})
    if features.get("price", 0) >= 1:
        lines.append(_("Your price lies in the budget"))
    if features.get("trials", 0) and features.get("rate", 0) > typical:
        lines.append(_("You answer more often than is usual here"))
    if features.get(NEWCOMER):
        lines.append(_("One place is kept for newcomers, and the draw fell to you"))
    return lines or [_("Few shops could be asked; you were one of them")]


def _tell_why_not(one: Told, row: Consideration, others: Sequence[dict[str, Any]], weights: Weights) -> None:
    if row.reason:
        one.reasons, one.advice, one.place = refused(row.reason)
    else:
        one.reasons, one.advice, one.place = weaker(_weakest(row.features, others, weights, row.wave_number))


def _weakest(own: dict[str, float], others: Sequence[dict[str, float]], weights: Weights, wave: int) -> str:
    """The part of the score that set the shop back most against those that were asked; "" where none did."""

    def usual(name: str) -> float:
        return median(row.get(name, 0.0) for row in others)

    if not others or not own:
        return ""
    behind = {
        name: getattr(weights, name) * log(max(own.get(name, 0.0), 0.01) / max(usual(name), 0.01))
        for name in ("relevance", "answers", "in_time", "adoption", "service")
    }
    behind["load"] = weights.load * (usual("load") - own.get("load", 0.0))
    behind["recent"] = by_turn(weights, wave) * (usual("recent") - own.get("recent", 0.0))
    name = min(behind, key=lambda part: behind[part])
    if behind[name] >= -0.01:
        return ""
    if name == "relevance" and usual("price") - own.get("price", 0.0) >= NOTABLE:
        return "price"
    return name
