"""What this buyer tends to choose, read from their own orders, adopted answers and followed shops.

Read only for those who agreed to personalised ranking (accounts.Consent, withdrawn at any time), at the moment they
look at answers; never written down.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.models import Consent, User
from accounts.selectors import has_consent
from crm.models import Follower
from orders.models import OrderLine
from orders.selectors import SOLD
from shops.models import AttributeValue

from ..models import Answer, AnswerCard
from . import weights

# So many of the latest purchases and choices count.
LOOKED_AT = 50


@dataclass(frozen=True)
class Liking:
    """How far one offer is to the buyer's taste: 0 to 1, and why in words ("" where nothing speaks for it)."""

    share: float = 0.0
    words: str = ""


@dataclass(frozen=True)
class Taste:
    """
    Attributes:
        bought: shop -> orders there; chosen: shops whose answers were adopted; followed: shops followed.
        categories, values: how many of the purchases and choices had it; a value is (attribute, value).
        prices_fen: what they cost, sorted.
    """

    bought: Counter = field(default_factory=Counter)
    chosen: frozenset[int] = frozenset()
    followed: frozenset[int] = frozenset()
    categories: Counter = field(default_factory=Counter)
    values: Counter = field(default_factory=Counter)
    prices_fen: tuple[int, ...] = ()

    def likes(
        self, *, shop_id: int, category_id: int | None, price_fen: int | None, values: Iterable[tuple[str, str]]
    ) -> Liking:
        """How far an offer of this shop is to their taste. Without evidence every part is 0."""
        shop, shop_words = self._shop(shop_id)
        told, value_words = self._values(values)
        near = self._near(price_fen)
        known = float(category_id in self.categories) if category_id else 0.0
        parts = {"shop": shop, "values": told, "price": near, "category": known}
        share = sum(weights.TASTE_PARTS[name] * part for name, part in parts.items())
        words = shop_words or value_words or (_("costs what you usually spend") if near == 1 else "")
        return Liking(round(share, 6), words)

    def _shop(self, shop_id: int) -> tuple[float, str]:
        times = self.bought[shop_id]
        if times:
            return weights.KNOWN_SHOP["bought"], _("you have bought here before (%(n)s)") % {"n": times}
        if shop_id in self.chosen:
            return weights.KNOWN_SHOP["chosen"], _("you chose this shop before")
        if shop_id in self.followed:
            return weights.KNOWN_SHOP["followed"], _("you follow this shop")
        return 0.0, ""

    def _values(self, values: Iterable[tuple[str, str]]) -> tuple[float, str]:
        most = max(self.values.values(), default=0)
        liked = [(self.values[pair], pair) for pair in sorted(values) if self.values[pair] >= weights.LEAST_VALUES]
        if not liked:
            return 0.0, ""
        times, (_attribute, value) = max(liked, key=lambda row: row[0])
        return times / most, _("%(value)s, as you often choose") % {"value": value}

    def _near(self, price_fen: int | None) -> float:
        """1 between the quarters of what they usually spend, falling to 0 at twice or half of that."""
        if price_fen is None or len(self.prices_fen) < weights.LEAST_PRICES:
            return 0.0
        low, high = self.prices_fen[len(self.prices_fen) // 4], self.prices_fen[(3 * len(self.prices_fen)) // 4]
        if price_fen > high:
            return max(0.0, 1 - (price_fen - high) / high)
        return max(0.0, 1 - 2 * (low - price_fen) / low) if price_fen < low else 1.0


def taste_of(buyer: User, *, shop_ids: Collection[int], apart_from: int) -> Taste | None:
    """The buyer's taste in a constant number of statements; None where they have not agreed to its use.

    Args:
        shop_ids: of the answers at hand: only whether these are followed matters.
        apart_from: the question (primary key) that is being ranked; what was chosen there must not move its order.
    """
    if not has_consent(buyer, Consent.Purpose.PERSONALISATION):
        return None
    bought = (
        OrderLine.objects.filter(order__buyer=buyer, order__status__in=SOLD)
        .exclude(order__quote__answer_card__answer__question=apart_from)
        .order_by("-pk")
        .values_list("sku__product_id", "sku__product__category_id", "order__shop_id", "price_fen")
    )[:LOOKED_AT]
    chosen = (
        AnswerCard.objects.filter(answer__question__buyer=buyer, answer__status=Answer.Status.ADOPTED, position=1)
        .exclude(answer__question=apart_from)
        .order_by("-pk")
        .values_list("product_id", "product__category_id", "answer__shop_id", "quote__lines__price_fen")
    )[:LOOKED_AT]
    rows = [*bought, *chosen]
    followed = Follower.objects.active().filter(user=buyer, shop__in=shop_ids).values_list("shop_id", flat=True)
    return Taste(
        bought=Counter(shop for _product, _category, shop, _price in bought),
        chosen=frozenset(shop for _product, _category, shop, _price in chosen),
        followed=frozenset(followed),
        categories=Counter(category for _product, category, _shop, _price in rows if category),
        values=_values_of([product for product, *_rest in rows]),
        prices_fen=tuple(sorted(price for *_rest, price in rows if price)),
    )


def _values_of(product_ids: list[int]) -> Counter:
    times = Counter(product_ids)
    links = AttributeValue.products.through.objects.filter(product_id__in=times).values_list(
        "product_id", "attributevalue__attribute__name", "attributevalue__name"
    )
    counted: Counter = Counter()
    for product_id, attribute, value in links:
        counted[attribute, value] += times[product_id]
    return counted
