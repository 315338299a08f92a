from django.db.models import Count, QuerySet

from crm.models import Follower
from shops.models import Shop


def followers(shop: Shop, *, query: str = "", source: str = "") -> QuerySet[Follower]:
    """Who follows a shop, newest first, by part of the nickname and by where they came from."""
    rows = Follower.objects.active().filter(shop=shop).select_related("user").order_by("-followed_at", "-pk")
    if query:
        rows = rows.filter(user__nickname__icontains=query)
    return rows.filter(source=source) if source in Follower.Source.values else rows


def counts_by_source(shop: Shop) -> dict[str, int]:
    rows = Follower.objects.active().filter(shop=shop).order_by().values("source").annotate(n=Count("pk"))
    return {row["source"]: row["n"] for row in rows}
