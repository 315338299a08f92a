"""What is known of shops, for filters and score: read for a whole batch of questions at once, in five statements."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, time

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from core.prepared import Prepared, any_of
from shops.models import Block, Shop

from ..models import CategoryRate, CategoryStanding, ShopPreferences, ShopStanding
from .rates import RECENT_HALF_LIFE, RECORD_HALF_LIFE, Record, fade

STATE = (
    "id", "is_open", "takes_questions", "asks_from", "asks_until", "merchant__status", "merchant__sub_merchant__status",
)  # fmt: skip
RECORD = ("trials", "answers", "adoptions")
STANDING = (
    *RECORD, "praise", "blame", "record_at", "recent", "open_now", "day", "asked_today", "last_asked_at",
    "answer_seconds",
)  # fmt: skip
PREFERENCES = (
    "max_open", "daily_cap", "min_budget_fen", "max_budget_fen", "categories_out", "categories_only", "areas",
)  # fmt: skip


COLUMNS = (*STATE, *(f"standing__{name}" for name in STANDING), *(f"preferences__{name}" for name in PREFERENCES))


@dataclass(slots=True)
class Known:
    """One shop: whether it may be asked, and how it has done.

    Attributes:
        record: of all its questions, faded to now.
        room: how many more questions it takes now, by its own capacity or the platform's.
        left_today: the same by its cap for a day.
        since_asked: hours, None when it never was.
        answer_seconds: the usual time to its answers, 0 where it has given none.
    """

    shop_id: int
    is_open: bool = True
    merchant_status: str = "active"
    payee_status: str = "active"
    takes_questions: bool = True
    asks_from: time = time(0)
    asks_until: time = time(0)
    record: Record = field(default_factory=Record)
    praise: float = 0.0
    blame: float = 0.0
    open_now: int = 0
    recent: float = 0.0
    since_asked: float | None = None
    answer_seconds: float = 0.0
    room: int = 1
    left_today: int = 1
    min_budget_fen: int = 0
    max_budget_fen: int | None = None
    categories_out: Collection[int] = ()
    categories_only: Collection[int] = ()
    areas: Collection[str] = ()


@dataclass
class Knowledge:
    """Of the shops that a batch looks at."""

    shops: dict[int, Known]
    by_category: dict[tuple[int, int], Record]
    rates: dict[int | None, Record]
    blocked: set[tuple[int, int]]


def read(
    shop_ids: Collection[int], *, category_ids: Collection[int], buyer_ids: Collection[int], at: datetime
) -> Knowledge:
    """What is known of these shops, alone and together with these categories and buyers."""
    shops, categories, buyers = list(shop_ids), list(category_ids), list(buyer_ids)
    rows = (dict(zip(COLUMNS, row, strict=True)) for row in _shops.rows(shop_ids=shops))
    together = _together.rows(shop_ids=shops, category_ids=categories) if categories else []
    return Knowledge(
        shops={row["id"]: _known(row, at) for row in rows},
        by_category=dict(_records(together, at)),
        rates={category: Record(*record) for category, *record in _rates.rows(category_ids=categories)},
        blocked=set(_blocks.rows(shop_ids=shops, buyer_ids=buyers)) if buyers else set(),
    )


@Prepared(shop_ids=list)
def _shops(shop_ids):
    return Shop.objects.filter(any_of("pk", shop_ids)).order_by().values_list(*COLUMNS)


@Prepared(shop_ids=list, category_ids=list)
def _together(shop_ids, category_ids):
    rows = CategoryStanding.objects.filter(any_of("shop_id", shop_ids), any_of("category_id", category_ids))
    return rows.order_by().values_list("shop_id", "category_id", "record_at", *RECORD)


@Prepared(category_ids=list)
def _rates(category_ids):
    rows = CategoryRate.objects.filter(Q(any_of("category_id", category_ids)) | Q(category=None))
    return rows.order_by().values_list("category_id", *RECORD)


@Prepared(shop_ids=list, buyer_ids=list)
def _blocks(shop_ids, buyer_ids):
    rows = Block.objects.filter(any_of("shop_id", shop_ids), any_of("buyer_id", buyer_ids))
    return rows.order_by().values_list("shop_id", "buyer_id")


def _known(row: dict, at: datetime) -> Known:
    standing = {name: row[f"standing__{name}"] for name in STANDING}
    wishes = {name: row[f"preferences__{name}"] for name in PREFERENCES}
    open_now = standing["open_now"] or 0
    today = standing["asked_today"] if standing["day"] == timezone.localdate(at) else 0
    since, last = standing["record_at"], standing["last_asked_at"]

    def kept(name: str) -> float:
        return fade(standing[name] or 0.0, since, at, RECORD_HALF_LIFE)

    return Known(
        shop_id=row["id"],
        is_open=row["is_open"],
        merchant_status=row["merchant__status"],
        payee_status=row["merchant__sub_merchant__status"] or "",
        takes_questions=row["takes_questions"],
        asks_from=row["asks_from"],
        asks_until=row["asks_until"],
        record=Record(*(kept(name) for name in RECORD)),
        praise=kept("praise"),
        blame=kept("blame"),
        open_now=open_now,
        recent=fade(standing["recent"] or 0.0, since, at, RECENT_HALF_LIFE),
        since_asked=None if last is None else max(0.0, (at - last).total_seconds() / 3600),
        answer_seconds=standing["answer_seconds"] or 0.0,
        room=left_of(wishes["max_open"], settings.QA_SHOP_MAX_OPEN, open_now),
        left_today=left_of(wishes["daily_cap"], settings.QA_SHOP_DAILY_CAP, today or 0),
        min_budget_fen=wishes["min_budget_fen"] or 0,
        max_budget_fen=wishes["max_budget_fen"],
        # As PostgreSQL gives JSON to a prepared statement.
        categories_out=json.loads(wishes["categories_out"] or "[]"),
        categories_only=json.loads(wishes["categories_only"] or "[]"),
        areas=json.loads(wishes["areas"] or "[]"),
    )


def left_of(own: int | None, platforms: int, used: int) -> int:
    """What is left of a shop's own limit. It may want less than the platform allows, not more."""
    return min(own or platforms, platforms) - used


def _records(rows: Iterable[tuple], at: datetime) -> list[tuple[tuple[int, int], Record]]:
    return [
        ((shop, category), Record(*(fade(value, since, at, RECORD_HALF_LIFE) for value in values)))
        for shop, category, since, *values in rows
    ]


def preferences_of(shop: Shop) -> ShopPreferences:
    """The shop's own, or those of a shop that has never said anything."""
    return ShopPreferences.objects.filter(shop=shop).first() or ShopPreferences(shop=shop)


def standing_of(shop: Shop) -> ShopStanding:
    return ShopStanding.objects.filter(shop=shop).first() or ShopStanding(shop=shop)
