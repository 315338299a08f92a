"""What a shop's answers were worth so far: how often it is chosen, how it served, and whether it keeps its promises."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Order

from ..matching.rates import RECORD_HALF_LIFE, fade, smoothed
from ..models import ShopStanding
from . import weights

# Promises of the last so many days count.
RECORD_DAYS = 90
# Said in words only when it is worth saying.
LEAST_TOLD, TOLD_SHARE = 3, 0.9


@dataclass(frozen=True)
class Record:
    """
    Attributes:
        answers, adoptions: answers given and chosen; praise, blame: served well and badly. Old ones fade.
        promised, kept: orders with a promised day that is over, and those sent by that day.
    """

    answers: float = 0
    adoptions: float = 0
    praise: float = 0
    blame: float = 0
    promised: int = 0
    kept: int = 0

    @property
    def score(self) -> float:
        """0 to 1, smoothed: a newcomer is neither better nor worse than most."""
        chosen = smoothed(min(self.adoptions, self.answers), self.answers, *weights.CHOSEN_PRIOR)
        served = smoothed(self.praise, self.praise + self.blame, *weights.SERVED_PRIOR)
        kept = smoothed(self.kept, self.promised, *weights.KEPT_PRIOR)
        parts = {"chosen": min(1.0, chosen / weights.CHOSEN_FULL), "served": served, "kept": kept}
        return sum(weights.RECORD_PARTS[name] * part for name, part in parts.items())

    def to_json(self) -> dict[str, float]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict) -> "Record":
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})

    def words(self) -> str:
        """What speaks for the shop, or ""."""
        if self.promised >= LEAST_TOLD and self.kept >= TOLD_SHARE * self.promised:
            return _("sent in time %(kept)s of the %(promised)s orders it promised a day for") % self.to_json()
        return ""


NEWCOMER = Record()


def record_of(shop_id: int, at: datetime) -> Record:
    """The shop's record, in two statements. A promise is kept when the goods were sent by the promised day."""
    row = ShopStanding.objects.filter(shop=shop_id).first() or ShopStanding()

    def left(value: float) -> float:
        return round(max(0.0, fade(value, row.record_at, at, RECORD_HALF_LIFE)), 2)

    promised, kept = _promises(shop_id, at)
    return Record(left(row.answers), left(row.adoptions), left(row.praise), left(row.blame), promised, kept)


def _promises(shop_id: int, at: datetime) -> tuple[int, int]:
    day = F("quote__answer_card__answer__arrive_by")
    over = Order.objects.filter(
        shop=shop_id,
        paid_at__gte=at - timedelta(days=RECORD_DAYS),
        quote__answer_card__answer__arrive_by__lt=timezone.localdate(at),
    ).exclude(status__in=[Order.Status.REFUNDING, Order.Status.REFUNDED])
    # A buyer confirms late or never; sending after the promised day is sure to be too late.
    counts = over.annotate(sent_on=TruncDate("shipped_at")).aggregate(
        promised=Count("pk"), kept=Count("pk", filter=Q(sent_on__lte=day))
    )
    return counts["promised"], counts["kept"]
