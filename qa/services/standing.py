"""The one door that changes what is known of shops as answerers.

Called inside the transaction of the transition that it tells of, where that transition has succeeded, so that each
counts once. Rows are locked in the order of their shops, those of ShopStanding before those of CategoryStanding, and
a transaction calls this once, near its end: no two of them can wait for each other.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import exp, log

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.utils import timezone

from core.locks import lock_rows

from ..matching.rates import RECENT_HALF_LIFE, RECORD_HALF_LIFE, fade
from ..models import CategoryRate, CategoryStanding, Invitation, ShopStanding

# The share of the last answer in the usual time to an answer.
NEWEST = 0.2


class Event(StrEnum):
    """What may happen to an invitation, or come of it."""

    ASKED = "asked"
    ANSWERED = "answered"
    ANSWER_TAKEN_BACK = "answer_taken_back"
    # The question ended while the answer was being checked.
    ANSWER_DROPPED = "answer_dropped"
    # The answer's words were not allowed.
    ANSWER_REFUSED = "answer_refused"
    PASSED = "passed"
    PASS_TAKEN_BACK = "pass_taken_back"  # noqa: S105
    LAPSED = "lapsed"
    # The shop took up by itself, out of the pool, what it had missed or what was withdrawn from it.
    TAKEN_UP_AGAIN = "taken_up_again"
    WITHDRAWN = "withdrawn"
    ADOPTED = "adopted"
    # What buyers say of it later, or do with what they bought.
    HELPED = "helped"
    HELPED_TAKEN_BACK = "helped_taken_back"
    DISAPPOINTED = "disappointed"
    DISAPPOINTED_TAKEN_BACK = "disappointed_taken_back"


# Event -> what it adds to the shop's row. A pass is counted against nobody, so it is no trial here.
SHOP_CHANGES: dict[Event, dict[str, int]] = {
    Event.ASKED: {"asked": 1, "open_now": 1, "asked_today": 1, "recent": 1},
    Event.ANSWERED: {"answered": 1, "open_now": -1, "trials": 1, "answers": 1},
    Event.ANSWER_TAKEN_BACK: {"answered": -1, "open_now": 1, "trials": -1, "answers": -1},
    Event.ANSWER_DROPPED: {"answered": -1, "withdrawn": 1},
    Event.ANSWER_REFUSED: {"blame": 1},
    Event.PASSED: {"passed": 1, "open_now": -1},
    Event.PASS_TAKEN_BACK: {"passed": -1, "open_now": 1},
    Event.LAPSED: {"lapsed": 1, "open_now": -1, "trials": 1},
    Event.TAKEN_UP_AGAIN: {"open_now": 1},
    Event.WITHDRAWN: {"withdrawn": 1, "open_now": -1},
    Event.ADOPTED: {"adopted": 1, "adoptions": 1, "praise": 1},
    Event.HELPED: {"praise": 1},
    Event.HELPED_TAKEN_BACK: {"praise": -1},
    Event.DISAPPOINTED: {"blame": 1},
    Event.DISAPPOINTED_TAKEN_BACK: {"blame": -1},
}
# The same for the shop's row in the question's category: a pass tells that these questions are not for it.
CATEGORY_CHANGES: dict[Event, dict[str, int]] = {
    Event.ANSWERED: {"trials": 1, "answers": 1},
    Event.ANSWER_TAKEN_BACK: {"trials": -1, "answers": -1},
    Event.PASSED: {"trials": 1},
    Event.PASS_TAKEN_BACK: {"trials": -1},
    Event.LAPSED: {"trials": 1},
    Event.ADOPTED: {"adoptions": 1},
}
CATEGORY_RECORD = ("trials", "answers", "adoptions")
SHOP_RECORD = (*CATEGORY_RECORD, "praise", "blame")
KEPT = [field.name for field in ShopStanding._meta.concrete_fields if field.name != "shop"]


@dataclass(frozen=True)
class Noted:
    """Something that happened between a shop and a question.

    Attributes:
        category_id: the question's category, None where it has none.
        seconds: from asked to answered, for ANSWERED.
    """

    event: Event
    shop_id: int
    category_id: int | None = None
    seconds: float | None = None


def note_invitations(event: Event, invitations: Iterable[Invitation], *, category_id: int | None) -> None:
    """The same happened to these invitations of one question. `finished_at` has been set where they have ended."""
    now = timezone.now()
    note(
        [
            Noted(event, row.shop_id, category_id, ((row.finished_at or now) - row.created_at).total_seconds())
            for row in invitations
        ]
    )


@transaction.atomic(savepoint=False)
def note(noted: Iterable[Noted], *, at: datetime | None = None) -> None:
    """Count what happened. At most once in a transaction; several questions' events come together.

    Args:
        at: when it was, where it is told later; not before what has been noted of these shops already.
    """
    by_shop: dict[int, list[Noted]] = defaultdict(list)
    by_category: dict[tuple[int, int], list[Noted]] = defaultdict(list)
    for happened in noted:
        by_shop[happened.shop_id].append(happened)
        if happened.category_id is not None and happened.event in CATEGORY_CHANGES:
            by_category[happened.shop_id, happened.category_id].append(happened)
    now = at or timezone.now()
    if by_shop:
        _change_shops(by_shop, now)
    if by_category:
        _change_categories(by_category, now)


def _change_shops(by_shop: dict[int, list[Noted]], now: datetime) -> None:
    rows = {row.shop_id: row for row in lock_rows(ShopStanding.objects.filter(shop_id__in=by_shop))}
    if missing := sorted(by_shop.keys() - rows.keys()):
        ShopStanding.objects.bulk_create([ShopStanding(shop_id=pk) for pk in missing], ignore_conflicts=True)
        rows |= {row.shop_id: row for row in lock_rows(ShopStanding.objects.filter(shop_id__in=missing))}
    for shop_id, row in rows.items():
        _bring_up(row, now)
        for happened in by_shop[shop_id]:
            _add(row, SHOP_CHANGES[happened.event])
            if happened.event == Event.ASKED:
                row.last_asked_at = now
            elif happened.event == Event.ANSWERED and happened.seconds:
                row.answer_seconds = _usual(row.answer_seconds, happened.seconds)
    # Their rows are there and locked: this is an UPDATE of many rows in one statement.
    ShopStanding.objects.bulk_create(
        [rows[pk] for pk in sorted(rows)], update_conflicts=True, unique_fields=["shop"], update_fields=KEPT
    )


def _change_categories(by_category: dict[tuple[int, int], list[Noted]], now: datetime) -> None:
    keys = sorted(by_category)
    CategoryStanding.objects.bulk_create(
        [CategoryStanding(shop_id=shop, category_id=category, record_at=now) for shop, category in keys],
        ignore_conflicts=True,
    )
    wanted = CategoryStanding.objects.filter(
        shop_id__in={shop for shop, _ in keys}, category_id__in={category for _, category in keys}
    )
    rows = [
        row
        for row in wanted.select_for_update().order_by("shop_id", "category_id")
        if (row.shop_id, row.category_id) in by_category
    ]
    for row in rows:
        _fade_record(row, CATEGORY_RECORD, now)
        for happened in by_category[row.shop_id, row.category_id]:
            _add(row, CATEGORY_CHANGES[happened.event])
    CategoryStanding.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["shop", "category"],
        update_fields=[*CATEGORY_RECORD, "record_at"],
    )


def _bring_up(row: ShopStanding, now: datetime) -> None:
    """Make the row true at `now`: what fades has faded, and a new day has begun."""
    if row.last_asked_at:
        # `recent` is true as of the record's time, which every change moves.
        row.recent = fade(row.recent, row.record_at, now, RECENT_HALF_LIFE)
    _fade_record(row, SHOP_RECORD, now)
    today = timezone.localdate(now)
    if row.day != today:
        row.day, row.asked_today = today, 0


def _fade_record(row: ShopStanding | CategoryStanding, names: Iterable[str], now: datetime) -> None:
    for name in names:
        setattr(row, name, fade(getattr(row, name), row.record_at, now, RECORD_HALF_LIFE))
    row.record_at = now


def _add(row: ShopStanding | CategoryStanding, changes: dict[str, int]) -> None:
    for name, change in changes.items():
        # Never below zero: what is taken back may have faded meanwhile.
        setattr(row, name, max(0, getattr(row, name) + change))


def _usual(known: float, seconds: float) -> float:
    """Geometric, because one answer after a night says little about the others."""
    seconds = max(1.0, seconds)
    return exp((1 - NEWEST) * log(known) + NEWEST * log(seconds)) if known else seconds


@transaction.atomic
def recount_open() -> int:
    """Set `open_now` to what is really open, where it differs; returns for how many. Beat calls it each night."""
    open_ones = Invitation.objects.filter(shop_id=OuterRef("shop_id"), status__in=Invitation.OPEN)
    rows = lock_rows(ShopStanding.objects.filter(Q(open_now__gt=0) | Exists(open_ones)))
    counts = dict(
        Invitation.objects.filter(status__in=Invitation.OPEN)
        .values_list("shop_id")
        .annotate(n=Count("id"))
        .order_by("shop_id")
    )
    differing = [row for row in rows if row.open_now != counts.get(row.shop_id, 0)]
    for row in differing:
        ShopStanding.objects.filter(pk=row.pk).update(open_now=counts.get(row.shop_id, 0))
    return len(differing)


@transaction.atomic
def count_categories() -> None:
    """Sum the shops' records up by category and over all; beat calls it every few minutes.

    Records are taken as of their last change: the totals are ratios, and fade together.
    """
    now = timezone.now()
    sums = {name: Sum(name) for name in CATEGORY_RECORD}
    # aggregate() by the name of a sum would hide the column from the next one.
    rows = list(
        CategoryStanding.objects.values("category_id").annotate(**{f"{name}_sum": s for name, s in sums.items()})
    )
    whole = ShopStanding.objects.aggregate(**{f"{name}_sum": s for name, s in sums.items()})
    found = [{"category_id": None, **whole}, *rows]
    CategoryRate.objects.bulk_create(
        [
            CategoryRate(
                category_id=row["category_id"],
                counted_at=now,
                **{name: row[f"{name}_sum"] or 0.0 for name in CATEGORY_RECORD},
            )
            for row in found
        ],
        update_conflicts=True,
        unique_fields=["category"],
        update_fields=[*CATEGORY_RECORD, "counted_at"],
    )
