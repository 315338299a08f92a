"""Whether a shop may be asked at all. Each refusal has a code; `words` says it to ops and to the shop."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, time
from typing import Protocol

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchants.models import Merchant

from ..need import Need
from .standing import Known

WORDS: dict[str, Promise] = {
    "suspended": _("Suspended by the platform"),
    "closed": _("Closed"),
    "cannot_be_paid": _("Cannot receive money yet"),
    "resting": _("Not taking questions"),
    "quiet_hours": _("Outside its hours"),
    "blocked": _("Buyer and shop don't want each other's questions"),
    "category_out": _("Doesn't take this category's questions"),
    "area": _("Doesn't serve this place"),
    "low_budget": _("The budget is below what it takes"),
    "high_budget": _("The budget is above what it takes"),
    "full": _("Too many open questions"),
    "daily_cap": _("Has had its questions for today"),
    "out_of_stock": _("Out of stock"),
    "too_dear": _("Far above the budget"),
    "too_far": _("Its products don't fit well enough"),
}
# WeChat's account of a shop can take money in this state. Its rates are nobody's business here.
PAYABLE = "active"


@dataclass(frozen=True)
class Ask:
    """What is to be asked of a shop.

    Attributes:
        stocked: it has something in stock that may fit.
        affordable: something of it is not far above the budget.
        fits: something of it is relevant enough.
        blocked: it and the buyer don't want to meet.
    """

    need: Need
    at: datetime
    stocked: bool = True
    affordable: bool = True
    fits: bool = True
    blocked: bool = False


RULES: dict[str, Callable[[Known, Ask], bool]] = {
    "suspended": lambda shop, _ask: shop.merchant_status == Merchant.Status.SUSPENDED,
    "closed": lambda shop, _ask: not shop.is_open or shop.merchant_status != Merchant.Status.ACTIVE,
    "cannot_be_paid": lambda shop, _ask: shop.payee_status != PAYABLE,
    "resting": lambda shop, _ask: not shop.takes_questions,
    "blocked": lambda _shop, ask: ask.blocked,
    "quiet_hours": lambda shop, ask: not awake(shop.asks_from, shop.asks_until, ask.at),
    "category_out": lambda shop, ask: not wants(shop, ask.need.category_id),
    "area": lambda shop, ask: not serves(shop.areas, ask.need.city),
    "low_budget": lambda shop, ask: too_low(shop, ask.need),
    "high_budget": lambda shop, ask: too_high(shop, ask.need),
    "full": lambda shop, _ask: shop.room <= 0,
    "daily_cap": lambda shop, _ask: shop.left_today <= 0,
    "out_of_stock": lambda _shop, ask: not ask.stocked,
    "too_dear": lambda _shop, ask: not ask.affordable,
    "too_far": lambda _shop, ask: not ask.fits,
}


def reason(shop: Known, ask: Ask) -> str:
    """Why this shop may not be asked: the first of RULES that holds, or ""."""
    return next((code for code, holds in RULES.items() if holds(shop, ask)), "")


def awake(start: time, end: time, at: datetime) -> bool:
    """Whether `at` lies in the shop's hours (local time). Equal ends mean all day; they may span midnight."""
    if start == end:
        return True
    now = timezone.localtime(at).time()
    return start <= now < end if start < end else now >= start or now < end


class Wishes(Protocol):
    """Of ShopPreferences and of Known: which questions a shop wants."""

    @property
    def min_budget_fen(self) -> int: ...
    @property
    def max_budget_fen(self) -> int | None: ...
    @property
    def categories_out(self) -> Collection[int]: ...
    @property
    def categories_only(self) -> Collection[int]: ...


def wants(shop: Wishes, category_id: int | None) -> bool:
    """Whether a shop takes questions of this category. Of what kind an unclear one is, is not held against it."""
    if category_id is None:
        return True
    return category_id not in shop.categories_out and (not shop.categories_only or category_id in shop.categories_only)


def too_low(shop: Wishes, need: Need) -> bool:
    """The budget ends below the least that the shop takes."""
    return bool(need.budget_max_fen) and need.budget_max_fen < shop.min_budget_fen


def too_high(shop: Wishes, need: Need) -> bool:
    """The budget begins above the most that the shop takes."""
    return bool(need.budget_min_fen) and shop.max_budget_fen is not None and need.budget_min_fen > shop.max_budget_fen


def serves(areas, city: str) -> bool:
    """Whether a shop that names the areas it serves takes a question from `city`. No area, or no city: yes."""
    return not areas or not city or any(area in city or city in area for area in areas)
