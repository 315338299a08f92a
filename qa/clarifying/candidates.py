"""The products in stock that fit a need so far: its words, what it says, and each answer that was tapped."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from merchants.models import Merchant
from shops import search
from shops.models import AttributeValue, Product
from shops.search.ranking import UNIT, scored

from ..matching import avoids
from ..matching.filters import PAYABLE
from ..need import ATTRIBUTE, FACET, GUESSED, TAPPED, Need
from . import titles
from .answers import in_band

# Products looked at for one need, at most.
MOST = 1500
# A product fits words that give it this share of what the nearest product gets.
FITTING_SHARE = 0.2
# What the place of the words in a title adds to their score: the word ends there (手机 in 手机壳 does not), it stands
# early, the title is short. As shares of the nearest product's score; docs/matching.md, "Clarifying".
ENDS, EARLY, LONG = 0.3, 0.3, 0.1
EARLY_CHARACTERS, LONGEST_TITLE = 10, 60
FIELDS = ("id", "title", "price_from_fen", "category_id", "shop_id")


@dataclass
class Candidate:
    """A product in stock. `values`: attribute name -> value names; `score`: how well its title fits the words."""

    product_id: int
    shop_id: int
    title: str
    price_fen: int
    category_id: int | None
    score: float = 0.0
    values: dict[str, list[str]] = field(default_factory=dict)
    _words: dict[str, set[str]] | None = None

    def words(self, asked_for: Sequence[str]) -> dict[str, set[str]]:
        """Facets of the title; see titles.facets."""
        if self._words is None:
            self._words = titles.facets(self.title, asked_for)
        return self._words


def on_offer() -> QuerySet[Product]:
    """What a buyer could be answered with now, whatever the hour: in stock, at a shop that takes questions."""
    return Product.objects.filter(
        status=Product.Status.PUBLISHED,
        stock__gt=0,
        shop__is_open=True,
        shop__takes_questions=True,
        shop__merchant__status=Merchant.Status.ACTIVE,
        shop__merchant__sub_merchant__status=PAYABLE,
    )


def candidates(need: Need) -> list[Candidate]:
    """Best first, at most MOST. Four indexed reads."""
    return narrowed(need, _by_words(need))


def narrowed(need: Need, found: Iterable[Candidate]) -> list[Candidate]:
    """Those of `found` that also fit what was said and tapped."""
    return [one for one in found if _fits(need, one)]


def _by_words(need: Need) -> list[Candidate]:
    """By the words, or by the category that was named, or anything at all where the words say nothing."""
    words = need.own_words
    rows: list[dict] = []
    if words:
        hits = (
            scored(words, on_offer(), most=MOST).order_by("-matches", "-sold", "-pk").values(*FIELDS, "matches")[:MOST]
        )
        rows = list(hits)
        least = FITTING_SHARE * rows[0]["matches"] if rows else 0
        rows = [row for row in rows if row["matches"] >= least]
    if need.category_id and need.origins.get("category") != TAPPED and len(rows) < MOST:
        same = on_offer().filter(category_id=need.category_id).exclude(pk__in=[row["id"] for row in rows])
        rows += same.order_by("-sold", "-pk").values(*FIELDS)[: MOST - len(rows)]
    if not rows and not words:
        rows = list(on_offer().order_by("-sold", "-pk").values(*FIELDS)[:MOST])
    return _ordered(words, [_read(row) for row in rows])


def _read(row: dict) -> Candidate:
    score = row.get("matches", 0) / UNIT
    return Candidate(row["id"], row["shop_id"], row["title"], row["price_from_fen"], row["category_id"], score)


def _ordered(words: Sequence[str], found: list[Candidate]) -> list[Candidate]:
    best = max((one.score for one in found), default=0) or 1.0
    whole = [word for word in words if len(word) > 1] or list(words)
    for one in found:
        one.score = one.score / best + _place(search.fold(one.title), whole)
    found.sort(key=lambda one: (-one.score, one.product_id))
    values: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    links = AttributeValue.products.through.objects.filter(product_id__in=[one.product_id for one in found])
    named = links.values_list("product_id", "attributevalue__attribute__name", "attributevalue__name")
    for product_id, attribute, name in named:
        values[product_id][attribute].append(name)
    for one in found:
        one.values = dict(values[one.product_id])
    return found


def _place(title: str, words: Sequence[str]) -> float:
    places = [title.find(word) for word in words if word in title]
    early = EARLY / (1 + min(places) / EARLY_CHARACTERS) if places else 0.0
    ends = ENDS * any(_ends(title, word) for word in words)
    return early + ends - LONG * len(title) / LONGEST_TITLE


def _ends(title: str, word: str) -> bool:
    """Whether a word of the title ends with `word`: no Chinese character follows it."""
    return any(
        not search.is_chinese(title[at.end() : at.end() + 1] or " ") for at in re.finditer(re.escape(word), title)
    )


def _fits(need: Need, one: Candidate) -> bool:
    if not in_band(one.price_fen, need.budget_min_fen, need.budget_max_fen):
        return False
    if need.category_id and need.origins.get("category") != GUESSED and one.category_id != need.category_id:
        return False
    if not all(_has(need, one, name, value) for name, value in need.attributes.items()):
        return False
    if not all(value in said_of(need, one, f"{FACET}{kind}") for kind, value in need.facets.items()):
        return False
    if not all(_other(values, said_of(need, one, slot)) for slot, values in need.not_these.items()):
        return False
    values = [(name, value, "") for name, said in one.values.items() for value in said]
    return not need.avoid or not avoids(need, one.title, values)


def _has(need: Need, one: Candidate, name: str, wanted: str) -> bool:
    """What was tapped must be stated, as the option's count promised; what was said must not be contradicted."""
    said = one.values.get(name)
    return wanted in said if said else need.origins.get(f"{ATTRIBUTE}{name}") != TAPPED


def said_of(need: Need, one: Candidate, slot: str) -> Collection[str]:
    """The options of an attribute's or facet's slot that hold for a candidate; none of any other slot."""
    if slot.startswith(FACET):
        return one.words(need.own_words).get(slot.removeprefix(FACET), ())
    return one.values.get(slot.removeprefix(ATTRIBUTE), ())


def _other(shown: Collection[str], said: Collection[str]) -> bool:
    return bool(said) and not set(shown) & set(said)
