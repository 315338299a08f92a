"""Cards of an answer: held against the shelf as it is at this moment, and frozen in a quote each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Invalid
from core.money import yuan
from orders.models import Quote
from orders.services import QuoteItem, make_quote
from shops.models import Product, Shop, Sku

from ..drafts import MAX_CARDS
from ..errors import CardChanged, NotYoursToSell
from ..handing_over import promised
from ..models import Answer, AnswerCard, Question
from ..need import slip_of

# The price of a card holds this long.
QUOTE_VALID = timedelta(days=3)


@dataclass(frozen=True)
class Card:
    """A product to show. Its price is the variant's own unless `price_fen` names another.

    Attributes:
        seen_fen: the price at which staff picked it; where the shelf says another now, sending is refused.
    """

    sku: Sku
    price_fen: int | None = None
    seen_fen: int | None = None


def check_cards(shop: Shop, cards: Sequence[Card]) -> list[Card]:
    """The cards with their variants as they are on the shelf now.

    Raises:
        Invalid: too many, the same twice, or a price that cannot be; NotYoursToSell: another shop's, or not on sale.
        CardChanged: sold out, or not at the price at which it was picked.
    """
    if len(cards) > MAX_CARDS or len({card.sku.product_id for card in cards}) < len(cards):
        raise Invalid(fields={"cards": [_("At most %(n)s different products") % {"n": MAX_CARDS}]})
    if any(card.price_fen is not None and card.price_fen < 1 for card in cards):
        raise Invalid(fields={"cards": [_("A price is at least ¥0.01")]})
    own = Sku.objects.filter(pk__in=[card.sku.pk for card in cards], product__shop=shop)
    shelf = {sku.pk: sku for sku in own.select_related("product__shop")}
    fresh = [replace(card, sku=shelf[card.sku.pk]) for card in cards if card.sku.pk in shelf]
    if len(fresh) < len(cards):
        raise NotYoursToSell(fields={"cards": [NotYoursToSell.title]})
    changes = [change for card in fresh if (change := change_of(card.sku, card.seen_fen))]
    if changes:
        raise CardChanged(fields={"cards": changes})
    return fresh


def change_of(sku: Sku, seen_fen: int | None) -> str:
    """What has become of a picked variant, in words; "" while it can be offered as it was picked."""
    name = f"{sku.product.title} {sku.name}".strip()
    if sku.archived_at or sku.product.status != Product.Status.PUBLISHED:
        return _("%(name)s is no longer on sale") % {"name": name}
    if sku.stock < 1:
        return _("%(name)s has sold out") % {"name": name}
    if seen_fen is not None and seen_fen != sku.price_fen:
        prices = {"name": name, "was": yuan(seen_fen), "now": yuan(sku.price_fen)}
        return _("%(name)s was %(was)s when you picked it and is %(now)s now") % prices
    return ""


def freeze(answer: Answer, question: Question, cards: Sequence[Card], *, by: User) -> None:
    """A quote for each card: price and promises hold for this buyer from now on. Inside the answer's transaction."""
    said = promised(answer.arrive_by, answer.promises)
    for position, card in enumerate(cards, start=1):
        quote = make_quote(
            shop=answer.shop,
            buyer=question.buyer,
            by=by,
            source=Quote.Source.ANSWER,
            lines=[QuoteItem(sku=card.sku, quantity=1, price_fen=card.price_fen)],
            promises=said,
            valid_until=timezone.now() + QUOTE_VALID,
            slip=slip_of(question),
        )
        AnswerCard.objects.create(answer=answer, position=position, product=card.sku.product, quote=quote)
