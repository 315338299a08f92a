"""How many more questions each shop takes: at a time, and today. Read freely for choosing, under lock for asking."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from core.locks import lock_rows
from core.prepared import Prepared, any_of
from shops.models import Shop

from ...matching.standing import left_of
from ...models import ShopStanding


@dataclass(frozen=True)
class Capacity:
    """`room`: how many more questions. `is_newcomer`: hardly asked so far."""

    room: int
    is_newcomer: bool


def capacities(shop_ids: Collection[int], now: datetime) -> dict[int, Capacity]:
    """For each shop; one statement."""
    today = timezone.localdate(now)
    return {
        shop_id: Capacity(
            room=max(
                0,
                min(
                    left_of(max_open, settings.QA_SHOP_MAX_OPEN, open_now or 0),
                    left_of(daily_cap, settings.QA_SHOP_DAILY_CAP, asked_today if day == today else 0),
                ),
            ),
            is_newcomer=(asked or 0) < settings.QA_NEWCOMER_INVITATIONS,
        )
        for shop_id, open_now, day, asked_today, asked, max_open, daily_cap in _used.rows(shop_ids=list(shop_ids))
    }


@Prepared(shop_ids=list)
def _used(shop_ids):
    return Shop.objects.filter(any_of("pk", shop_ids)).order_by().values_list(
        "pk", "standing__open_now", "standing__day", "standing__asked_today", "standing__asked",
        "preferences__max_open", "preferences__daily_cap",
    )  # fmt: skip


def locked_capacities(shop_ids: Collection[int], now: datetime) -> dict[int, Capacity]:
    """The same with the shops' standing locked, in the order of qa.services.standing: true until this transaction
    has noted whom it asks."""
    ids = sorted(shop_ids)
    rows = ShopStanding.objects.filter(shop_id__in=ids)
    if missing := sorted(set(ids) - {row.shop_id for row in lock_rows(rows)}):
        # A first invitation needs a row to be counted on.
        ShopStanding.objects.bulk_create([ShopStanding(shop_id=pk) for pk in missing], ignore_conflicts=True)
        lock_rows(rows)
    return capacities(ids, now)
