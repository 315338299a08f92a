"""How a shop has done so far, and how busy it is."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Count, Q

from ..models import Invitation

RECORD_DAYS = 90
# A new shop is believed to answer as often as this, with the weight of as many invitations.
PRIOR_RATE, PRIOR_WEIGHT = 0.5, 4


def records(shop_ids: Collection[int], at: datetime) -> dict[int, float]:
    """Share of recent invitations that each shop answered, smoothed for those with few."""
    since = at - timedelta(days=RECORD_DAYS)
    over = Q(status__in=[Invitation.Status.ANSWERED, Invitation.Status.LAPSED])
    rows = (
        Invitation.objects.filter(over, shop_id__in=shop_ids, created_at__gte=since)
        .values("shop_id")
        .annotate(asked=Count("id"), answered=Count("id", filter=Q(status=Invitation.Status.ANSWERED)))
    )
    known = {row["shop_id"]: (row["answered"], row["asked"]) for row in rows}
    rates = {}
    for shop_id in shop_ids:
        answered, asked = known.get(shop_id, (0, 0))
        rates[shop_id] = (answered + PRIOR_RATE * PRIOR_WEIGHT) / (asked + PRIOR_WEIGHT)
    return rates


def loads(shop_ids: Collection[int]) -> Counter:
    """Questions open at each shop now."""
    rows = Invitation.objects.filter(shop_id__in=shop_ids, status__in=Invitation.OPEN).values("shop_id")
    return Counter({row["shop_id"]: row["n"] for row in rows.annotate(n=Count("id"))})
