"""Which questions a shop wants, and when: what ShopPreferences and the shop's own row hold together, in one piece."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from shops.models import Shop

from .matching.filters import awake, serves, too_high, too_low, wants
from .matching.standing import preferences_of
from .need import Need

# When a shop that is asked all day begins again after a night off.
MORNING = time(8)


@dataclass(frozen=True)
class Wanted:
    """A shop's preferences.

    Attributes:
        categories_out, categories_only: primary keys; the second wins where it isn't empty.
        min_budget_fen, max_budget_fen: per item; None has no upper end.
        areas: names of cities or provinces; none is everywhere.
        quiet_from, quiet_until: local times between which nobody is asked; they may span midnight, equal is never.
        max_open, daily_cap: None is the platform's own limit.
    """

    categories_out: list[int] = field(default_factory=list)
    categories_only: list[int] = field(default_factory=list)
    min_budget_fen: int = 0
    max_budget_fen: int | None = None
    areas: list[str] = field(default_factory=list)
    quiet_from: time = time(0)
    quiet_until: time = time(0)
    max_open: int | None = None
    daily_cap: int | None = None

    @classmethod
    def of(cls, shop: Shop) -> "Wanted":
        row = preferences_of(shop)
        own = {name: getattr(row, name) for name in cls.__dataclass_fields__ if not name.startswith("quiet")}
        return cls(**own, quiet_from=shop.asks_until, quiet_until=shop.asks_from)

    @property
    def open_limit(self) -> int:
        return min(self.max_open or settings.QA_SHOP_MAX_OPEN, settings.QA_SHOP_MAX_OPEN)

    @property
    def day_limit(self) -> int:
        return min(self.daily_cap or settings.QA_SHOP_DAILY_CAP, settings.QA_SHOP_DAILY_CAP)

    def refuses(self, need: Need, at: datetime) -> str:
        """The code of filters.RULES by which a question of that moment is not put to the shop, or "". Its limits, its
        goods and its switch are another matter."""
        if not awake(self.quiet_until, self.quiet_from, at):
            return "quiet_hours"
        if not wants(self, need.category_id):
            return "category_out"
        if not serves(self.areas, need.city):
            return "area"
        return "low_budget" if too_low(self, need) else "high_budget" if too_high(self, need) else ""


def next_morning(shop: Shop, now: datetime) -> datetime:
    """When questions come again after a night off: as the shop's hours begin tomorrow (UTC in, UTC out)."""
    begins = MORNING if shop.asks_from == shop.asks_until else shop.asks_from
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, begins))
