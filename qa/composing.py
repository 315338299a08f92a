"""The workbench of one answer: its slip, the shop's products ranked for it, and what the buyer will see."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.models import Conversation
from core.templatetags.wx import day
from shops import placeholders
from shops.models import AttributeValue, Product, Sku
from shops.selectors import LOW_STOCK, searched

from . import matching, ranking
from .drafts import MAX_CARDS, Draft
from .models import Answer, Invitation
from .need import Need
from .understanding import words

PICKS = 8
DAYS_AHEAD = (2, 4, 7)


@dataclass
class Pick:
    """A product of the shop as the answer form shows it.

    Attributes:
        skus: in stock, cheapest first.
        seen_fen: the price at which it was picked, where that is not the price of today.
        gone: what has become of it, in words, where it can't be offered any more.
    """

    product: Product
    skus: list[Sku]
    sku: Sku
    conditions: list[ranking.Condition]
    seen_fen: int | None = None
    gone: str = ""

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
    changed = property(lambda self: any(card.seen_fen or card.gone for card in self.cards))


def compose(invitation: Invitation, draft: Draft, *, query: str = "") -> Composer:
    """Rank the shop's products for this question and lay out the draft. A constant number of queries."""
    need = Need.from_json(invitation.question.need)
    on_sale = Product.objects.published().of_shop(invitation.shop).filter(stock__gt=0)
    found = searched(query, on_sale) if query.strip() else on_sale
    # What staff look for by name counts alone; otherwise the question does.
    wish = Need(words=words(query)) if query.strip() else need
    ranked = matching.rank_products(wish, found, limit=PICKS + MAX_CARDS)
    wanted = [card["product"] for card in draft.cards]
    picks = _picks(on_sale, need, [candidate.product_id for candidate in ranked], wanted)
    gone = _gone(invitation, draft, picks)
    cards = [_card(card, picks, gone) for card in draft.cards if card["product"] in picks or card["product"] in gone]
    order = {candidate.product_id: position for position, candidate in enumerate(ranked)}
    rest = [pick for public_id, pick in picks.items() if public_id not in wanted and pick.product.pk in order]
    return Composer(
        draft=draft,
        cards=cards,
        picks=sorted(rest, key=lambda pick: order[pick.product.pk])[:PICKS],
        preview=_preview(need, draft, [card for card in cards if not card.gone], invitation.question.text),
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


def _card(card: dict, picks: dict[str, Pick], gone: dict[str, Pick]) -> Pick:
    """A picked product in its variant, with what has changed since it was picked."""
    pick = picks.get(card["product"])
    if pick is None:
        return gone[card["product"]]
    chosen = next((sku for sku in pick.skus if sku.public_id == card["sku"]), pick.sku)
    was = card.get("price_fen")
    moved = was is not None and (chosen.price_fen != was or chosen.public_id != card["sku"])
    return Pick(pick.product, pick.skus, chosen, pick.conditions, seen_fen=was if moved else None)


def _gone(invitation: Invitation, draft: Draft, picks: dict[str, Pick]) -> dict[str, Pick]:
    """Picked products of the shop that are sold out or off the shelf by now; they are told, not dropped."""
    missing = [card["product"] for card in draft.cards if card["product"] not in picks]
    if not missing:
        return {}
    rows = Product.objects.of_shop(invitation.shop).filter(public_id__in=missing).prefetch_related("skus")
    wanted = {card["product"]: card["sku"] for card in draft.cards}
    found = {}
    for product in rows:
        skus = list(product.skus.all())
        sku = next((sku for sku in skus if sku.public_id == wanted[product.public_id]), skus[0] if skus else None)
        if sku:
            on_sale = product.status == Product.Status.PUBLISHED and sku.archived_at is None
            words = _("has sold out") if on_sale else _("is no longer on sale")
            found[product.public_id] = Pick(product, [], sku, [], gone=words)
    return found


def filling_of(invitation: Invitation, composer: Composer) -> placeholders.Filling:
    """What a phrase's blanks are filled with while this answer is being written."""
    first = composer.preview.first
    return placeholders.Filling(
        product=first.product.title if first else "",
        price_fen=first.price_fen if first else None,
        arrive_by=composer.preview.arrive_by,
        wish=placeholders.wish_of(invitation.question.text),
    )


def filling_of_chat(talk: Conversation) -> placeholders.Filling:
    """The same in a chat: from the answer by which it was opened last; nothing where no answer did."""
    answer = Answer.objects.filter(conversation=talk).select_related("question").order_by("-pk").first()
    if answer is None:
        return placeholders.Filling()
    card = answer.cards.select_related("product", "quote").first()
    line = card.quote.lines.first() if card else None
    return placeholders.Filling(
        product=card.product.title if card else "",
        price_fen=line.price_fen if line else None,
        arrive_by=answer.arrive_by,
        wish=placeholders.wish_of(answer.question.text),
    )


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
