"""What a shop's answers were worth so far: how often it is chosen, and whether it keeps the day it promises."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Order

from ..models import Answer
from . import weights

RECORD_DAYS = 90
# Said in words only when it is worth saying.
LEAST_TOLD, TOLD_SHARE = 3, 0.9


@dataclass(frozen=True)
class Record:
    """Of the last RECORD_DAYS.

    Attributes:
        answered, adopted: answers that buyers saw, and those they chose.
        promised, kept: orders with a promised day that is over, and those sent by that day.
    """

    answered: int = 0
    adopted: int = 0
    promised: int = 0
    kept: int = 0

    @property
    def score(self) -> float:
        """0 to 1, smoothed: a newcomer is neither better nor worse than most."""
        chosen = (self.adopted + weights.CHOSEN_PRIOR * weights.CHOSEN_WEIGHT) / (self.answered + weights.CHOSEN_WEIGHT)
        kept = (self.kept + weights.KEPT_PRIOR * weights.KEPT_WEIGHT) / (self.promised + weights.KEPT_WEIGHT)
        return weights.CHOSEN_SHARE * min(1.0, chosen / weights.CHOSEN_FULL) + weights.KEPT_SHARE * kept

    def to_json(self) -> dict[str, int]:
        return {"answered": self.answered, "adopted": self.adopted, "promised": self.promised, "kept": self.kept}

    @classmethod
    def from_json(cls, data: dict) -> "Record":
        return cls(**{name: int(data.get(name, 0)) for name in ("answered", "adopted", "promised", "kept")})

    def words(self) -> str:
        """What speaks for the shop, or ""."""
        if self.promised >= LEAST_TOLD and self.kept >= TOLD_SHARE * self.promised:
            return _("sent in time %(kept)s of the %(promised)s orders it promised a day for") % self.to_json()
        return ""


NEWCOMER = Record()


def record_of(shop_id: int, at: datetime) -> Record:
    """The shop's record, in two statements. A promise is kept when the goods were sent by the promised day."""
    since = at - timedelta(days=RECORD_DAYS)
    given = Answer.objects.filter(shop=shop_id, visible_at__gte=since).aggregate(
        answered=Count("pk"), adopted=Count("pk", filter=Q(status=Answer.Status.ADOPTED))
    )
    day = F("quote__answer_card__answer__arrive_by")
    over = Order.objects.filter(
        shop=shop_id, paid_at__gte=since, quote__answer_card__answer__arrive_by__lt=timezone.localdate(at)
    ).exclude(status__in=[Order.Status.REFUNDING, Order.Status.REFUNDED])
    # A buyer confirms late or never; sending after the promised day is sure to be too late.
    sent = over.annotate(sent_on=TruncDate("shipped_at")).aggregate(
        promised=Count("pk"), kept=Count("pk", filter=Q(sent_on__lte=day))
    )
    return Record(**given, **sent)
