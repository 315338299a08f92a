"""How far questions come, what each wave brings, and how long a buyer waits for the first answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone

from orders.models import Order

from ...models import Answer, Invitation, Verdict, Wave
from .scope import Percentile, Scope

STEPS = ("asked", "passed", "dispatched", "invited", "answered", "adopted", "paid")
# Waves beyond the schedule, by which a question is asked again, are told together.
AGAIN = Wave.POOL - 1
# An order at the chosen shop counts as what came of the answer for so long.
PAID_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Step:
    """A step of the funnel.

    Attributes:
        name: one of STEPS.
        share: of the first step, 0 to 1; `of_last`: of the step before.
        lost: how many did not come from the step before to this one.
    """

    name: str
    count: int
    share: float
    of_last: float
    lost: int


def funnel(scope: Scope) -> list[Step]:
    """Of the questions asked: how many came how far by now. One statement."""
    asked_somebody = Invitation.objects.filter(question=OuterRef("pk"))
    adopted = Answer.objects.filter(question=OuterRef("pk"), status=Answer.Status.ADOPTED)
    found = (
        scope.questions()
        .annotate(reached=Exists(asked_somebody), chosen=Exists(adopted), bought=Exists(_paid()))
        .aggregate(
            asked=Count("pk"),
            passed=Count("pk", filter=Q(verdict=Verdict.PASSED)),
            dispatched=Count("pk", filter=Q(dispatched_at__isnull=False)),
            invited=Count("pk", filter=Q(dispatched_at__isnull=False, reached=True)),
            answered=Count("pk", filter=Q(answer_count__gt=0)),
            adopted=Count("pk", filter=Q(chosen=True)),
            paid=Count("pk", filter=Q(chosen=True, bought=True)),
        )
    )
    counts = [found[name] for name in STEPS]
    before = [counts[0], *counts[:-1]]
    return [
        Step(name, count, _share(count, counts[0]), _share(count, last), last - count)
        for name, count, last in zip(STEPS, counts, before, strict=True)
    ]


def _paid():
    """An order that the buyer paid for at the chosen shop, by the answer's card or one from the talk that it opened."""
    chosen = Answer.objects.filter(
        question=OuterRef(OuterRef("pk")),
        status=Answer.Status.ADOPTED,
        shop=OuterRef("shop"),
        visible_at__lte=OuterRef("created_at"),
        visible_at__gte=OuterRef("created_at") - Value(PAID_WITHIN, output_field=DurationField()),
    )
    return Order.objects.filter(buyer=OuterRef("buyer"), paid_at__isnull=False).filter(Exists(chosen))


@dataclass(frozen=True)
class WaveRow:
    """What the invitations of one wave number came to.

    Attributes:
        number: of the schedule, AGAIN, or Wave.POOL and Wave.DESK.
        seconds: median from asked to answered; None where nobody answered.
    """

    number: int
    invitations: int
    answered: int
    passed: int
    lapsed: int
    freed: int
    open: int
    seconds: float | None

    share = property(lambda self: _share(self.answered, self.invitations))


def waves(scope: Scope) -> list[WaveRow]:
    """Invitations made in this time, by wave; one statement."""
    status = Invitation.Status
    again = When(wave__number__gt=len(settings.QA_WAVES), wave__number__lt=Wave.POOL, then=Value(AGAIN))
    took = ExpressionWrapper(F("finished_at") - F("created_at"), output_field=DurationField())
    rows = (
        scope.invitations()
        .values(kind=Case(again, default=F("wave__number"), output_field=IntegerField()))
        .annotate(
            invitations=Count("pk"),
            answered=Count("pk", filter=Q(status=status.ANSWERED)),
            passed=Count("pk", filter=Q(status=status.PASSED)),
            lapsed=Count("pk", filter=Q(status=status.LAPSED)),
            freed=Count("pk", filter=Q(status=status.WITHDRAWN)),
            open=Count("pk", filter=Q(status__in=Invitation.OPEN)),
            took=Percentile(took, 0.5, filter=Q(status=status.ANSWERED, finished_at__isnull=False)),
        )
        .order_by("kind")
    )
    counts = rows.values_list("kind", "invitations", "answered", "passed", "lapsed", "freed", "open", "took")
    return [WaveRow(*row, _seconds(took)) for *row, took in counts]


@dataclass(frozen=True)
class FirstAnswers:
    """Seconds from dispatched to the first answer of a person, by when the question was asked.

    Attributes:
        moments: the beginnings of the hours or days, in local time, without gaps.
        median, p90: for each of them; None where nothing was answered.
    """

    moments: list[datetime]
    counts: list[int]
    median: list[float | None]
    p90: list[float | None]
    answered: int
    median_all: float | None
    p90_all: float | None


def first_answers(scope: Scope) -> FirstAnswers:
    """Two statements: over the whole time, and by hour or day."""
    waited = ExpressionWrapper(F("first_answer_at") - F("dispatched_at"), output_field=DurationField())
    figures = {"n": Count("pk"), "median": Percentile(waited, 0.5), "p90": Percentile(waited, 0.9)}
    rows = scope.questions().filter(first_answer_at__isnull=False, dispatched_at__isnull=False)
    whole = rows.aggregate(**figures)
    truncate: Callable = TruncHour if scope.by_hour else TruncDay
    known = {row["moment"]: row for row in rows.values(moment=truncate("created_at")).annotate(**figures)}
    moments = _moments(scope)
    found: list[dict] = [known.get(moment, {}) for moment in moments]
    return FirstAnswers(
        moments=moments,
        counts=[row.get("n", 0) for row in found],
        median=[_seconds(row.get("median")) for row in found],
        p90=[_seconds(row.get("p90")) for row in found],
        answered=whole["n"],
        median_all=_seconds(whole["median"]),
        p90_all=_seconds(whole["p90"]),
    )


def _moments(scope: Scope) -> list[datetime]:
    step = timedelta(hours=1) if scope.by_hour else timedelta(days=1)
    moments, moment = [], timezone.localtime(scope.since)
    while moment < scope.until:
        moments.append(moment)
        moment += step
    return moments


def _seconds(value: timedelta | None) -> float | None:
    return None if value is None else value.total_seconds()


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
