"""Of which questions the board tells: those asked in some last days, of all categories or of one with what is below it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import Aggregate, Q, QuerySet
from django.utils import timezone

from shops import categories
from shops.models import Shop

from ...models import Invitation, Question, Wave

# 1 is today; the others are the last so many local days, today among them.
DAYS = (1, 7, 30)


@dataclass(frozen=True)
class Scope:
    """
    Attributes:
        since: local midnight of the first day.
        category_ids: the chosen category and those below it; None is all.
    """

    days: int
    since: datetime
    until: datetime
    category_id: int | None = None
    category_ids: tuple[int, ...] | None = None

    @property
    def by_hour(self) -> bool:
        return self.days == 1

    def questions(self) -> QuerySet[Question]:
        rows = Question.objects.filter(created_at__gte=self.since, created_at__lt=self.until).order_by()
        return rows if self.category_ids is None else rows.filter(category__in=self.category_ids)

    def invitations(self) -> QuerySet[Invitation]:
        """Made in this time by asking somebody: answers that were prepared ask nobody."""
        asked = Invitation.objects.filter(created_at__gte=self.since, created_at__lt=self.until).order_by()
        asked = asked.exclude(wave__number=Wave.AUTOMATIC)
        return asked if self.category_ids is None else asked.filter(question__category__in=self.category_ids)

    def shops(self) -> QuerySet[Shop]:
        """Open shops that could be asked, by their state alone; with a category, those that have it on sale."""
        rows = Shop.objects.taking_questions()
        if self.category_ids is None:
            return rows
        selling = Q(products__category__in=self.category_ids, products__status="published", products__stock__gt=0)
        return rows.filter(selling).distinct()


def scope_of(days: int, category_id: int | None = None, *, now: datetime | None = None) -> Scope:
    """The scope of so many last days."""
    now = now or timezone.now()
    first = timezone.localdate(now) - timedelta(days=days - 1)
    since = timezone.make_aware(datetime.combine(first, time(0)))
    if category_id is None:
        return Scope(days, since, now)
    return Scope(days, since, now, category_id, (category_id, *categories.below(category_id)))


class Percentile(Aggregate):
    """PostgreSQL's percentile_cont: below it lies `share` of the values, none of which is NULL."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression, share: float, **extra):
        super().__init__(expression, share=float(share), **extra)
