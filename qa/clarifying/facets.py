"""The ways in which candidates differ, and how much asking about each would tell."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NotRequired, TypedDict

from shops.models import Attribute, Category

from .. import lexicon
from ..need import ATTRIBUTE, FACET, GUESSED, Need
from .answers import NO_MATTER, OTHER, in_band
from .candidates import Candidate

# A facet is worth a question when its answer takes away so many bits on average.
LEAST_WORTH = 0.2
# Options at most; a page shows the first few and the rest behind a tap. Categories are all named.
MOST_OPTIONS, MOST_CATEGORIES = 12, 200
# A guessed category is asked about unless this share of the candidates is of one.
CLEAR_SHARE = 0.8
BUDGET_PARTS = 3


class Option(TypedDict):
    """What may be tapped, said by clarifying.wording; `name`: where the value is no word; `count`: candidates it leaves."""

    value: str
    name: NotRequired[str]
    count: NotRequired[int]


@dataclass
class Facet:
    """One way to tell candidates apart: `says` gives the options that hold for one.

    Attributes:
        asked: the question, where it is not one of ours.
        names: option -> what the buyer reads, where the option is no word.
        most: options shown.
        closed: every candidate that says anything has one of the options: there is no other.
        order: of the options; the most frequent first without it.
    """

    slot: str
    says: Callable[[Candidate], Iterable[str]]
    asked: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    most: int = MOST_OPTIONS
    closed: bool = False
    order: Sequence[str] = ()

    def counts(self, found: Sequence[Candidate]) -> list[tuple[str, int]]:
        counted = Counter(value for one in found for value in self.says(one))
        common = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[: self.most]
        return sorted(common, key=lambda item: self.order.index(item[0])) if self.order else common

    def tells(self, found: Sequence[Candidate]) -> bool:
        return self.worth(found) >= LEAST_WORTH

    def worth(self, found: Sequence[Candidate]) -> float:
        """Information gain × coverage: the bits that an answer takes away, on average over all candidates.

        Whoever wants a candidate taps the first option that holds for it, or none of these; where it says nothing,
        nothing is gained. Options that hold together count as what they leave, not as if each stood alone.
        """
        left = dict(self.counts(found))
        if len(left) < 2:
            return 0.0
        taps = Counter(self._tap(one, left) for one in found)
        left[OTHER] = taps[OTHER]
        gained = sum(taps[value] * math.log2(len(found) / left[value]) for value in left if taps[value])
        return gained / len(found)

    def options(self, found: Sequence[Candidate]) -> list[Option]:
        counted = self.counts(found)
        options = [self._option(value, count) for value, count in counted]
        others = Counter(self._tap(one, dict(counted)) for one in found)[OTHER]
        if others:
            options.append({"value": OTHER, "count": others})
        return [*options, {"value": NO_MATTER, "count": len(found)}]

    def _option(self, value: str, count: int) -> Option:
        option: Option = {"value": value, "count": count}
        if value in self.names:
            option["name"] = self.names[value]
        return option

    def _tap(self, one: Candidate, listed: Mapping[str, int]) -> str | None:
        said = set(self.says(one))
        first = next((value for value in listed if value in said), None)
        return first or (OTHER if said and not self.closed else None)


def category(need: Need, found: Sequence[Candidate]) -> Facet | None:
    """None where it is known well enough."""
    if need.settled("category") and need.origins.get("category") != GUESSED:
        return None
    counted = Counter(one.category_id for one in found if one.category_id)
    if need.settled("category") and max(counted.values(), default=0) >= CLEAR_SHARE * len(found):
        return None
    rows = Category.objects.filter(pk__in=counted).values_list("pk", "public_id", "name")
    public = {pk: public_id for pk, public_id, _name in rows}
    names = {public_id: name for _pk, public_id, name in rows}
    return Facet(
        "category",
        lambda one: [public[one.category_id]] if one.category_id in public else [],
        names=names,
        most=MOST_CATEGORIES,
        closed=True,
    )


def others(need: Need, found: Sequence[Candidate]) -> list[Facet]:
    """Attributes, price and what titles say; those that the need has settled are left out."""
    made = [*_attributes(found), *_of_titles(need, found)]
    budget = _budget(found)
    return [facet for facet in [*made, *([budget] if budget else [])] if not need.settled(facet.slot)]


def _attributes(found: Sequence[Candidate]) -> list[Facet]:
    names = {name for one in found for name in one.values}
    categories = {one.category_id for one in found if one.category_id}
    asked = Attribute.objects.filter(category_id__in=categories, name__in=names).order_by("position", "pk")
    prompts: dict[str, str] = {}
    for name, question in asked.values_list("name", "question"):
        prompts.setdefault(name, question)
    return [Facet(f"{ATTRIBUTE}{name}", _stated(name), question) for name, question in prompts.items()]


def _of_titles(need: Need, found: Sequence[Candidate]) -> list[Facet]:
    words = need.own_words
    kinds = {kind for one in found for kind in one.words(words)}
    return [Facet(f"{FACET}{kind}", _in_title(kind, words)) for kind in lexicon.NAMES if kind in kinds]


def _stated(name: str) -> Callable[[Candidate], Iterable[str]]:
    return lambda one: one.values.get(name, ())


def _in_title(kind: str, words: Sequence[str]) -> Callable[[Candidate], Iterable[str]]:
    return lambda one: one.words(words).get(kind, ())


def _budget(found: Sequence[Candidate]) -> Facet | None:
    edges = _edges(sorted(one.price_fen for one in found))
    bands = list(zip([None, *edges], [*edges, None], strict=True))
    if not edges:
        return None
    values = [f"{low or ''}-{high or ''}" for low, high in bands]
    return Facet(
        "budget",
        lambda one: [
            value for value, (low, high) in zip(values, bands, strict=True) if in_band(one.price_fen, low, high)
        ],
        closed=True,
        order=values,
    )


def _edges(prices: list[int]) -> list[int]:
    """One or two round prices that cut the products found into thirds; none costs just as much."""
    taken = set(prices)
    near = {prices[len(prices) * part // BUDGET_PARTS] for part in range(1, BUDGET_PARTS)} if prices else set()
    edges = {_round_price(fen, taken) for fen in near}
    return sorted(edge for edge in edges if edge and prices[0] < edge < prices[-1])


def _round_price(fen: int, taken: Collection[int]) -> int | None:
    """The nearest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten.

    What costs just as much would lie in two bands: then it is the nearest that nothing costs, a tenth of that power
    away, else some hundredths.
    """
    power = 10 ** max(2, len(str(fen)) - 1)
    nearest = min((round(step * power) for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10)), key=lambda step: abs(step - fen))
    beside = [nearest + sign * n * power // 100 for n in (10, *range(1, 10)) for sign in (-1, 1)]
    return next((edge for edge in [nearest, *beside] if edge > 0 and edge not in taken), None)
