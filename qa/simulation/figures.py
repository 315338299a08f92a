"""What came of a policy."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Count

from ..models import Answer, Invitation, Question

IN_TIME = timedelta(minutes=30)
NEVER = float("inf")


@dataclass(frozen=True)
class Figures:
    """Of the questions asked in the measured days.

    Attributes:
        first_answer_s: the median of the seconds from dispatch to the first answer; one without counts as endless.
        answered30_share: share of questions with an answer within 30 minutes.
        invites_per_answer: invitations for each answer that a buyer saw.
        gini: of invitations among the shops that were open, 0 (all alike) to 1 (one has them all).
        adopted_share: share of questions whose buyer chose an answer.
        newcomer_share: share of the invitations that went to shops which opened while the city ran.
        waits_s: seconds to the first answer of each question, sorted; NEVER for none.
        by_shop: how many invitations each shop of the city had, sorted.
    """

    questions: int
    first_answer_s: float
    answered30_share: float
    invites_per_answer: float
    gini: float
    adopted_share: float
    newcomer_share: float
    waits_s: list[float]
    by_shop: list[int]


def measure(city, since: datetime) -> Figures:
    """Read the figures of what lies in the database, of questions from `since` (UTC) on."""
    asked = Question.objects.filter(created_at__gte=since, dispatched_at__isnull=False)
    waits = sorted(
        (first - sent).total_seconds() if first else NEVER
        for first, sent in asked.values_list("first_answer_at", "dispatched_at")
    )
    invitations = Invitation.objects.filter(question__in=asked)
    by_shop = dict(invitations.values_list("shop").annotate(Count("pk")))
    answers = Answer.objects.filter(question__in=asked, visible_at__isnull=False).count()
    newcomers = {pk for pk, habits in city.people.items() if habits.opens_on_day}
    counts = sorted(by_shop.get(pk, 0) for pk in city.people)
    total = sum(counts)
    return Figures(
        questions=len(waits),
        first_answer_s=round(median(waits), 1) if waits else NEVER,
        answered30_share=_share(sum(wait <= IN_TIME.total_seconds() for wait in waits), len(waits)),
        invites_per_answer=round(total / answers, 2) if answers else NEVER,
        gini=round(gini(counts), 3),
        adopted_share=_share(asked.filter(status=Question.Status.ADOPTED).count(), len(waits)),
        newcomer_share=_share(sum(n for pk, n in by_shop.items() if pk in newcomers), total),
        waits_s=waits,
        by_shop=counts,
    )


def gini(values: list[int]) -> float:
    """The Gini coefficient (C. Gini, Variabilità e mutabilità, 1912): mean absolute difference over twice the mean."""
    ordered, total = sorted(values), sum(values)
    if not total:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(ordered, 1))
    return (2 * weighted) / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
