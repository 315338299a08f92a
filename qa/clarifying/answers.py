"""What a tap does to a need."""

from collections.abc import Callable
from datetime import date, timedelta

from django.utils import timezone

from shops.models import Category

from ..need import ATTRIBUTE, FACET, TAPPED, Need

# Any value is fine: settled, and never asked again. Not answering at all is no value.
NO_MATTER = ""
# None of the options that were shown.
OTHER = "~"
MOST_FEN = 10**10
DAYS = 366


def apply(need: Need, slot: str, value: str, *, shown: tuple[str, ...] = ()) -> bool:
    """Fill `slot` with a tapped or typed value. False, and nothing changed, when the value means nothing there.

    Args:
        shown: the values that could be tapped; OTHER is none of them.
    """
    if value == NO_MATTER:
        clear(need, slot)
        need.no_matter.append(slot)
    elif value == OTHER:
        if not shown:
            return False
        clear(need, slot)
        need.not_these[slot] = list(shown)
    elif not _setter(slot)(need, value):
        return False
    else:
        need.no_matter = [name for name in need.no_matter if name != slot]
    need.origins[slot] = TAPPED
    return True


def clear(need: Need, slot: str) -> None:
    """Forget what a slot was filled with."""
    if slot == "budget":
        need.budget_min_fen = need.budget_max_fen = None
    elif slot == "needed_by":
        need.needed_by = None
    elif slot == "category":
        need.category_id = None
    elif slot.startswith(FACET):
        word = need.facets.pop(slot.removeprefix(FACET), None)
        need.words = [one for one in need.words if one != word]
    else:
        need.attributes.pop(slot.removeprefix(ATTRIBUTE), None)
    need.no_matter = [name for name in need.no_matter if name != slot]
    need.not_these.pop(slot, None)
    need.origins.pop(slot, None)


def in_band(price_fen: int, low: int | None, high: int | None) -> bool:
    return (not low or price_fen >= low) and (not high or price_fen <= high)


def band(value: str) -> tuple[int | None, int | None]:
    """The ends in fen of "30000-60000"; either may be open, as "" or 0.

    Raises:
        ValueError: no such band.
    """
    low, dash, high = value.partition("-")
    if not dash or not (low or high) or any(part and not (part.isascii() and part.isdigit()) for part in (low, high)):
        raise ValueError(value)
    return int(low or 0) or None, int(high or 0) or None


def _setter(slot: str) -> Callable[[Need, str], bool]:
    named: dict[str, Callable[[Need, str], bool]] = {
        "category": _set_category,
        "budget": _set_budget,
        "needed_by": _set_needed_by,
    }
    if slot in named:
        return named[slot]
    return _set_facet(slot.removeprefix(FACET)) if slot.startswith(FACET) else _set_attribute(slot)


def _set_category(need: Need, value: str) -> bool:
    category = Category.objects.filter(public_id=value).first()
    if category is None:
        return False
    need.category_id, need.attributes = category.pk, {}
    return True


def _set_budget(need: Need, value: str) -> bool:
    try:
        low, high = band(value)
    except ValueError:
        return False
    if not (low or high) or max(low or 0, high or 0) > MOST_FEN or (low and high and low > high):
        return False
    need.budget_min_fen, need.budget_max_fen = low, high
    return True


def _set_needed_by(need: Need, value: str) -> bool:
    """A day from today on, at most a year ahead, as YYYY-MM-DD."""
    try:
        wanted = date.fromisoformat(value)
    except ValueError:
        return False
    today = timezone.localdate()
    if not today <= wanted <= today + timedelta(days=DAYS):
        return False
    need.needed_by = wanted
    return True


def _set_attribute(slot: str) -> Callable[[Need, str], bool]:
    def setter(need: Need, value: str) -> bool:
        need.attributes[slot.removeprefix(ATTRIBUTE)] = value
        return True

    return setter


def _set_facet(kind: str) -> Callable[[Need, str], bool]:
    def setter(need: Need, value: str) -> bool:
        need.facets[kind] = value
        # Whoever matches by words shall find it, too. A measure is written in many ways, so it is none.
        if value.isalpha() and value not in need.words:
            need.words = [value, *need.words]
        return True

    return setter
