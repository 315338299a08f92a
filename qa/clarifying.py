"""What to ask back: at most three questions, each with a few answers to tap, drawn from what is really in stock.

Pure but for reading: services write the rows. The order is category (where it is unclear), then budget, the day, and
the attributes of the category that split the products found most evenly.
"""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from core.money import yuan
from core.templatetags.wx import day
from shops.models import Attribute, Category

from . import matching
from .need import ATTRIBUTE, Need

MAX_QUESTIONS = 3
MAX_OPTIONS = 4
# An attribute is worth a question when this share of the products states it and the answers split them this much (bits).
LEAST_COVERAGE, LEAST_GAIN = 0.4, 0.5
# Fewer products than this need no further narrowing.
FEW = 2
DAYS_AHEAD = (3, 7, 14)
NO_MATTER = ""


@dataclass
class TapQuestion:
    """A question and its options, each {"value", "label"}; the value "" means that it makes no difference."""

    slot: str
    prompt: str
    options: list[dict[str, str]]


def next_questions(need: Need, *, limit: int = MAX_QUESTIONS, today: date | None = None) -> list[TapQuestion]:
    """The questions still worth asking about `need`, most telling first, at most `limit`."""
    if limit <= 0:
        return []
    found = matching.in_stock(need)
    if len(found) < FEW and not need.category_options:
        return []
    questions = []
    if not need.settled("category"):
        questions.append(_category(need))
    if not need.settled("budget"):
        questions.append(_budget([candidate.price_fen for candidate in found]))
    if not need.settled("needed_by"):
        questions.append(_needed_by(today or timezone.localdate()))
    if need.category_id:
        questions += _attributes(need, found)
    return [question for question in questions if question][:limit]


def apply(need: Need, slot: str, value: str) -> bool:
    """Fill `slot` with a tapped or typed value. False, and nothing changed, when the value means nothing there."""
    reading = {"category": _set_category, "budget": _set_budget, "needed_by": _set_needed_by}
    if value != NO_MATTER:
        setter = _set_attribute(slot) if slot.startswith(ATTRIBUTE) else reading[slot]
        if not setter(need, value):
            return False
    else:
        clear(need, slot)
    need.no_matter = [name for name in need.no_matter if name != slot] + ([slot] if value == NO_MATTER else [])
    return True


def clear(need: Need, slot: str) -> None:
    """Forget what a slot was filled with."""
    if slot == "budget":
        need.budget_min_fen = need.budget_max_fen = None
    elif slot == "needed_by":
        need.needed_by = None
    elif slot == "category":
        need.category_id = None
    else:
        need.attributes.pop(slot.removeprefix(ATTRIBUTE), None)


def _option(value: str, label: str) -> dict[str, str]:
    return {"value": value, "label": label}


def _category(need: Need) -> TapQuestion | None:
    names = {category.pk: category for category in Category.objects.filter(pk__in=need.category_options)}
    options = [_option(names[pk].public_id, names[pk].name) for pk in need.category_options if pk in names]
    if len(options) < 2:
        return None
    return TapQuestion("category", _("Which of these are you looking for?"), [*options[:MAX_OPTIONS], _any()])


def _any() -> dict[str, str]:
    return _option(NO_MATTER, _("Any will do"))


def _budget(prices: list[int]) -> TapQuestion | None:
    edges = _edges(sorted(prices))
    bounds = list(zip([None, *edges], [*edges, None], strict=True))
    options = []
    for low, high in bounds:
        if any((low is None or price >= low) and (high is None or price <= high) for price in prices):
            options.append(_option(f"{low or ''}-{high or ''}", _band(low, high)))
    if len(options) < 2:
        return None
    return TapQuestion("budget", _("About how much do you want to spend?"), [*options, _any()])


def _edges(prices: list[int]) -> list[int]:
    """One or two round prices that cut the products found into thirds."""
    edges = {_round_price(prices[len(prices) * part // 3]) for part in (1, 2)} if prices else set()
    return sorted(edge for edge in edges if prices[0] < edge <= prices[-1])


def _round_price(fen: int) -> int:
    """The nearest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten, in whole yuan."""
    power = 10 ** max(2, len(str(fen)) - 1)
    return min((round(step * power) for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10)), key=lambda round_: abs(round_ - fen))


def _band(low: int | None, high: int | None) -> str:
    if low and high:
        return f"{yuan(low)}–{yuan(high).removeprefix('¥')}"
    return _("within %(money)s") % {"money": yuan(high)} if high else _("from %(money)s") % {"money": yuan(low or 0)}


def _needed_by(today: date) -> TapQuestion:
    days = [today + timedelta(days=ahead) for ahead in DAYS_AHEAD]
    options = [_option(found.isoformat(), _("by %(day)s") % {"day": day(found)}) for found in days]
    return TapQuestion(
        "needed_by", _("When do you need it at the latest?"), [*options, _option(NO_MATTER, _("No hurry"))]
    )


def _attributes(need: Need, found: list[matching.Candidate]) -> list[TapQuestion]:
    """Attributes that split the products found, by information gain times coverage."""
    ranked = []
    for attribute in Attribute.objects.filter(category_id=need.category_id):
        if need.settled(f"{ATTRIBUTE}{attribute.name}"):
            continue
        counts = Counter(value for candidate in found for value in candidate.values.get(attribute.name, ()))
        stated = sum(attribute.name in candidate.values for candidate in found)
        coverage = stated / len(found) if found else 0
        total = sum(counts.values())
        gain = -sum(n / total * math.log2(n / total) for n in counts.values()) if total else 0
        if coverage >= LEAST_COVERAGE and gain >= LEAST_GAIN:
            ranked.append((-gain * coverage, attribute.position, attribute, counts))
    ranked.sort(key=lambda entry: entry[:2])
    return [_attribute(attribute, counts) for _, _, attribute, counts in ranked]


def _attribute(attribute: Attribute, counts: Counter) -> TapQuestion:
    common = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MAX_OPTIONS]]
    options = [_option(name, name) for name in common]
    return TapQuestion(f"{ATTRIBUTE}{attribute.name}", attribute.question, [*options, _any()])


def _set_category(need: Need, value: str) -> bool:
    category = Category.objects.filter(public_id=value).first()
    if category is None:
        return False
    need.category_id, need.attributes = category.pk, {}
    return True


def _set_budget(need: Need, value: str) -> bool:
    """ "30000-60000" in fen; either side may be empty."""
    low, dash, high = value.partition("-")
    if not dash or not (low or high) or any(part and not (part.isascii() and part.isdigit()) for part in (low, high)):
        return False
    bounds = [int(part) if part and int(part) else None for part in (low, high)]
    if (
        bounds == [None, None]
        or any(bound and bound > 10**10 for bound in bounds)
        or (all(bounds) and bounds[0] > bounds[1])
    ):
        return False
    need.budget_min_fen, need.budget_max_fen = bounds
    return True


def _set_needed_by(need: Need, value: str) -> bool:
    """A day from today on, at most a year ahead, as YYYY-MM-DD."""
    try:
        wanted = date.fromisoformat(value)
    except ValueError:
        return False
    today = timezone.localdate()
    if not today <= wanted <= today + timedelta(days=366):
        return False
    need.needed_by = wanted
    return True


def _set_attribute(slot: str):
    name = slot.removeprefix(ATTRIBUTE)

    def setter(need: Need, value: str) -> bool:
        known = Attribute.objects.filter(category_id=need.category_id, name=name, values__name=value).exists()
        if known:
            need.attributes[name] = value
        return known

    return setter
