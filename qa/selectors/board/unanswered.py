"""Where nobody answers, by category: that is where merchants are wanted; and what is in the pool now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils import timezone

from shops.models import Product

from ...models import Question, Ticket, Wave
from .scope import Scope

GAPS_SHOWN = 12
POOL_SHOWN = 6
SOON = timedelta(hours=1)
EXPORTED = 20_000


@dataclass(frozen=True)
class Gap:
    """A category with questions that nobody answered.

    Attributes:
        category_id, name: None and "" where the category isn't known.
        shops: how many open shops have something of it on sale.
    """

    category_id: int | None
    name: str
    dispatched: int
    unanswered: int
    shops: int

    share = property(lambda self: self.unanswered / self.dispatched if self.dispatched else 0.0)


def gaps(scope: Scope, limit: int = GAPS_SHOWN) -> list[Gap]:
    """The categories with the most unanswered questions; two statements."""
    left = Q(pk__in=Question.objects.unanswered().order_by().values("pk"))
    rows = list(
        scope.questions()
        .filter(dispatched_at__isnull=False)
        .values("category", "category__name", "category__parent__name")
        .annotate(dispatched=Count("pk"), unanswered=Count("pk", filter=left))
        .filter(unanswered__gt=0)
        .order_by("-unanswered", "category")[:limit]
    )
    shops = _shops_selling([row["category"] for row in rows if row["category"]])
    return [
        Gap(
            row["category"],
            " / ".join(filter(None, [row["category__parent__name"], row["category__name"]])),
            row["dispatched"],
            row["unanswered"],
            shops.get(row["category"], 0),
        )
        for row in rows
    ]


def _shops_selling(category_ids: list[int]) -> dict[int, int]:
    if not category_ids:
        return {}
    on_sale = Product.objects.published().filter(category__in=category_ids, stock__gt=0).order_by()
    return dict(on_sale.values_list("category").annotate(n=Count("shop", distinct=True)))


@dataclass(frozen=True)
class Pool:
    """What any shop may take up now, and what is still in its waves.

    Attributes:
        oldest: since when the longest waiting one is in the pool.
        rows: the longest waiting ones without an answer: public id, pk, words, category, since.
    """

    waiting: int
    unanswered: int
    ending: int
    oldest: datetime | None
    in_waves: int
    rows: list[dict]


def pool_now(category_ids: tuple[int, ...] | None = None) -> Pool:
    """Two statements, however much is over already."""
    now = timezone.now()
    live = Question.objects.live().filter(expires_at__gt=now).order_by()
    if category_ids is not None:
        live = live.filter(category__in=category_ids)
    pooled, bare = Q(pooled_at__isnull=False), Q(answer_count=0)
    going_on = Exists(Wave.objects.filter(question=OuterRef("pk"), closed_at=None)) | Exists(
        Ticket.objects.filter(question=OuterRef("pk"), done_at=None)
    )
    counts = live.annotate(going_on=going_on).aggregate(
        waiting=Count("pk", filter=pooled),
        unanswered=Count("pk", filter=pooled & bare),
        ending=Count("pk", filter=pooled & Q(expires_at__lte=now + SOON)),
        oldest=Min("pooled_at"),
        in_waves=Count("pk", filter=~pooled & Q(going_on=True)),
    )
    columns = ("pk", "public_id", "text", "category__name", "pooled_at")
    rows = list(live.filter(pooled & bare).order_by("pooled_at", "pk").values(*columns)[:POOL_SHOWN])
    return Pool(**counts, rows=rows)


def unanswered_rows(scope: Scope) -> Iterator[dict]:
    """The unanswered questions of the scope, newest first, with how many shops were asked; EXPORTED at most.

    Nothing of them says who asked.
    """
    rows = (
        scope.questions()
        .filter(pk__in=Question.objects.unanswered().order_by().values("pk"))
        .annotate(shops_asked=Count("invitations"))
        .order_by("-pk")
    )
    columns = ("public_id", "created_at", "text", "category__parent__name", "category__name", "city", "need", "status")
    return rows.values(*columns, "shops_asked")[:EXPORTED].iterator(chunk_size=500)
