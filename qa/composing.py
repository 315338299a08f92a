"""The workbench of one answer: its slip, the shop's products ranked for it, and what the buyer will see."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.templatetags.wx import day
from shops import search
from shops.models import AttributeValue, Product, Sku
from shops.selectors import LOW_STOCK

from . import matching, ranking
from .drafts import MAX_CARDS, Draft
from .models import Answer, Invitation
from .need import Need
from .understanding import words

PICKS = 8
DAYS_AHEAD = (2, 4, 7)


@dataclass
class Pick:
    """A product of the shop as the answer form shows it. `skus` are in stock, cheapest first."""

    product: Product
    skus: list[Sku]
    sku: Sku
    conditions: list[ranking.Condition]

    price_fen = property(lambda self: self.sku.price_fen)

    @property
    def why(self) -> str:
        """At most two short reasons that speak of this question, then what is left in stock."""
        words = [
            condition.word for condition in self.conditions if condition.slot != "quantity" and _telling(condition)
        ]
        stock = self.sku.stock
        left = _("only %(n)s left") if stock <= LOW_STOCK else _("%(n)s in stock")
        return " · ".join([*(_in_budget(word) for word in words[:2]), left % {"n": stock}])


def _telling(condition: ranking.Condition) -> bool:
    return condition.verdict == "met" or (condition.slot == "budget" and condition.verdict == "missed")


def _in_budget(word: str) -> str:
    return _("within budget") if word == _("fits") else word


@dataclass
class Preview:
    """What the buyer will see of the draft, judged by the buyer's own conditions."""

    first: Pick | None
    others: list[Pick]
    judgement: ranking.Judgement
    arrive_by: date | None
    promises: list[str]
    late_days: int = 0

    total = property(lambda self: len(self.judgement.conditions))


@dataclass
class Composer:
    """Everything the answer form shows besides the slip."""

    draft: Draft
    cards: list[Pick]
    picks: list[Pick]
    preview: Preview
    promises: list[str]
    days: list[tuple[str, str]]

    @property
    def own_day(self) -> date | None:
        """A promised day that is none of the ready-made ones."""
        return None if self.draft.arrive_by in dict(self.days) else _day(self.draft.arrive_by)

    can_add = property(lambda self: len(self.cards) < MAX_CARDS)


def compose(invitation: Invitation, draft: Draft, *, query: str = "") -> Composer:
    """Rank the shop's products for this question and lay out the draft. A constant number of queries."""
    need = Need.from_json(invitation.question.need)
    on_sale = Product.objects.published().of_shop(invitation.shop).filter(stock__gt=0)
    found = search.products(query, on_sale) if query.strip() else on_sale
    # What staff look for by name counts alone; otherwise the question does.
    wish = Need(words=words(query)) if query.strip() else need
    ranked = matching.rank_products(wish, found, limit=PICKS + MAX_CARDS)
    wanted = [card["product"] for card in draft.cards]
    picks = _picks(on_sale, need, [candidate.product_id for candidate in ranked], wanted)
    cards = [_with_sku(picks[card["product"]], card["sku"]) for card in draft.cards if card["product"] in picks]
    order = {candidate.product_id: position for position, candidate in enumerate(ranked)}
    rest = [pick for public_id, pick in picks.items() if public_id not in wanted and pick.product.pk in order]
    return Composer(
        draft=draft,
        cards=cards,
        picks=sorted(rest, key=lambda pick: order[pick.product.pk])[:PICKS],
        preview=_preview(need, draft, cards, invitation.question.text),
        promises=_promises(invitation, draft),
        days=_days(need),
    )


def _picks(on_sale: QuerySet[Product], need: Need, pks: list[int], wanted: list[str]) -> dict[str, Pick]:
    skus = Sku.objects.filter(archived_at=None, stock__gt=0).order_by("price_fen", "pk")
    values = AttributeValue.objects.select_related("attribute")
    products = (on_sale.filter(pk__in=pks) | on_sale.filter(public_id__in=wanted)).prefetch_related(
        Prefetch("skus", skus, to_attr="in_stock"), Prefetch("values", values)
    )
    return {product.public_id: _pick(need, product, product.in_stock[0]) for product in products if product.in_stock}


def _pick(need: Need, product: Product, sku: Sku) -> Pick:
    offer = offer_of(product, sku, sku.price_fen)
    return Pick(product, product.in_stock, sku, ranking.judge(need, ranking.Reply("", (offer,))).conditions)


def _with_sku(pick: Pick, sku_id: str) -> Pick:
    chosen = next((sku for sku in pick.skus if sku.public_id == sku_id), pick.sku)
    return Pick(pick.product, pick.skus, chosen, pick.conditions)


def offer_of(product: Product, sku: Sku, price_fen: int) -> ranking.Offer:
    """A product as ranking sees it; its values come prefetched with their attribute."""
    values = tuple((value.attribute.name, value.name, value.synonyms) for value in product.values.all())
    return ranking.Offer(f"{product.title} {sku.name}", price_fen, sku.stock, values, product.description)


def as_reply(answer: Answer) -> ranking.Reply:
    """What ranking may know of an answer that was sent."""
    cards = answer.cards.select_related("product", "quote").prefetch_related(
        "quote__lines__sku", "product__values__attribute"
    )
    offers = (offer_of(card.product, line.sku, line.price_fen) for card in cards for line in card.quote.lines.all())
    return ranking.Reply(answer.text, tuple(offers), answer.arrive_by, tuple(answer.promises))


def _preview(need: Need, draft: Draft, cards: list[Pick], text: str) -> Preview:
    arrive_by = _day(draft.arrive_by)
    offers = tuple(offer_of(pick.product, pick.sku, pick.price_fen) for pick in cards)
    judgement = ranking.judge(need, ranking.Reply(draft.text, offers, arrive_by, tuple(draft.promises)), text=text)
    late = (arrive_by - need.needed_by).days if arrive_by and need.needed_by else 0
    return Preview(
        first=cards[0] if cards else None,
        others=cards[1:],
        judgement=judgement,
        arrive_by=arrive_by,
        promises=draft.promises,
        late_days=max(0, late),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _promises(invitation: Invitation, draft: Draft) -> list[str]:
    """The shop's own promises, or common ones for a shop that has written none, and what the draft holds already."""
    usual = invitation.shop.promises or [_("Free postage"), _("Returns within 7 days"), _("Handwritten card")]
    return list(dict.fromkeys([*usual, *draft.promises]))


def _days(need: Need) -> list[tuple[str, str]]:
    """Days to promise with one tap: soon, and not later than the buyer needs it."""
    today = timezone.localdate()
    days = {today + timedelta(days=ahead) for ahead in DAYS_AHEAD}
    if need.needed_by:
        days = {found for found in days if found <= need.needed_by} | {max(need.needed_by, today)}
    return [(found.isoformat(), day(found)) for found in sorted(days)]
