"""Wave 0: answers that shops have prepared for this kind of question go out at once, labelled as automatic.

They pass what a person's answer passes: the goods are on sale and in stock, no condition of the buyer's is broken,
the words have been checked (once, when they were written), and they rank like any other. They take QA_AUTOMATIC_PLACES
of the places at most, so that people are asked as before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from core import audit
from core.errors import DomainError
from core.locks import lock_row, lock_rows
from merchants.models import Membership, Merchant
from payments.models import SubMerchant
from shops import placeholders, search
from shops.models import AttributeValue, Block, Product

from .. import matching, ranking
from ..composing import offer_of
from ..drafts import MAX_TEXT
from ..matching.filters import serves, too_high, too_low, wants
from ..models import (
    Answer,
    Consideration,
    Invitation,
    PreparedAnswer,
    PreparedCard,
    Question,
    ShopPreferences,
    Verdict,
    Wave,
)
from ..need import Need
from . import judging, telling
from .freezing import Card, check_cards, freeze
from .preparing import digest

# Prepared answers of the category that are looked at, whose turn is nearest; and of these, those judged.
LOOKED_AT, JUDGED = 300, 40
WAVE = 0


@dataclass
class Fit:
    """A prepared answer that may go out."""

    prepared: PreparedAnswer
    card: PreparedCard
    relevance: float
    score: float
    text: str
    arrive_by: date | None


def answer_automatically(question: Question) -> list[Answer]:
    """Send the prepared answers that fit this question best, one a shop; [] where none does. A repeat adds nothing.

    Called before the first wave. The shops that answer so are not asked again: each has an invitation of wave 0.
    """
    if settings.QA_AUTOMATIC_ANSWERS < 1 or not question.is_live or question.category_id is None:
        return []
    found = _fitting(question, timezone.now())
    return _send(question, found) if found else []


def _fitting(question: Question, now: datetime) -> list[Fit]:
    need = Need.from_json(question.need)
    said = search.fold(question.text)
    of_the_kind = [row for row in _in_turn(question, need)[:LOOKED_AT] if _is_kind(row, need, said)]
    offered = [(row, card) for row in of_the_kind if (card := _first_card(row, need))][:JUDGED]
    products = Product.objects.filter(pk__in=[card.sku.product_id for _row, card in offered])
    near = {found.product_id: found.relevance for found in matching.rank_products(need, products, limit=JUDGED)}
    fits = [_judged(question, need, row, card, near.get(card.sku.product_id, 0.0), now) for row, card in offered]
    good = [fit for fit in fits if fit is not None]
    # Equal to the second decimal is equal: then whose turn it is, which is the order they came in.
    good.sort(key=lambda fit: -round(fit.score, 2))
    best: dict[int, Fit] = {}
    for fit in good:
        best.setdefault(fit.prepared.shop_id, fit)
    return list(best.values())[: settings.QA_AUTOMATIC_ANSWERS]


def _in_turn(question: Question, need: Need) -> QuerySet[PreparedAnswer]:
    """Those that may answer by state, shop and budget; who waited longest first."""
    own = Membership.objects.filter(merchant=OuterRef("shop__merchant"), user=question.buyer_id, removed_at=None)
    cards = PreparedCard.objects.select_related("sku__product").prefetch_related(
        Prefetch("sku__product__values", AttributeValue.objects.select_related("attribute"))
    )
    blocked = Block.objects.filter(shop=OuterRef("shop"), buyer=question.buyer_id)
    rows = PreparedAnswer.objects.in_use().filter(
        ~Exists(own),
        ~Exists(blocked),
        category=question.category_id,
        shop__is_open=True,
        shop__takes_questions=True,
        shop__merchant__status=Merchant.Status.ACTIVE,
        shop__merchant__sub_merchant__status=SubMerchant.Status.ACTIVE,
    )
    if need.budget_max_fen is not None:
        rows = rows.filter(Q(budget_min_fen=None) | Q(budget_min_fen__lte=need.budget_max_fen))
    if need.budget_min_fen is not None:
        rows = rows.filter(Q(budget_max_fen=None) | Q(budget_max_fen__gte=need.budget_min_fen))
    turn = F("last_used_at").asc(nulls_first=True)
    return (
        rows.select_related("shop__preferences", "created_by")
        .prefetch_related(Prefetch("cards", cards))
        .order_by(turn, "pk")
    )


def _is_kind(prepared: PreparedAnswer, need: Need, said: str) -> bool:
    wanted = all(need.attributes.get(name) == value for name, value in prepared.attributes.items())
    named = not prepared.words or any(search.fold(word) in said for word in prepared.words)
    return wanted and named and _is_welcome(getattr(prepared.shop, "preferences", None), need)


def _is_welcome(wishes: ShopPreferences | None, need: Need) -> bool:
    """What the shop's people don't want to be asked is not answered in their name either. Quiet hours and limits are
    about people: those may be asleep."""
    if wishes is None:
        return True
    of_budget = not too_low(wishes, need) and not too_high(wishes, need)
    return wants(wishes, need.category_id) and serves(wishes.areas, need.city) and of_budget


def _first_card(prepared: PreparedAnswer, need: Need) -> PreparedCard | None:
    """The first of its goods that the buyer could have now, in the budget."""
    return next((card for card in prepared.cards.all() if _can_be_had(card, need)), None)


def _can_be_had(card: PreparedCard, need: Need) -> bool:
    sku = card.sku
    on_sale = sku.archived_at is None and sku.product.status == Product.Status.PUBLISHED
    dear = need.budget_max_fen is not None and sku.price_fen > need.budget_max_fen
    return on_sale and sku.stock >= (need.quantity or 1) and not dear


def _judged(
    question: Question, need: Need, prepared: PreparedAnswer, card: PreparedCard, relevance: float, now: datetime
) -> Fit | None:
    if relevance < settings.QA_AUTOMATIC_RELEVANCE:
        return None
    sku = card.sku
    days = prepared.arrive_days
    arrive_by = None if days is None else timezone.localdate(now) + timedelta(days=days)
    wish = placeholders.wish_of(question.text)
    text = placeholders.fill(prepared.text, placeholders.Filling(sku.product.title, sku.price_fen, arrive_by, wish))
    offer = offer_of(sku.product, sku, sku.price_fen)
    reply = ranking.Reply(text, (offer,), arrive_by, tuple(prepared.promises))
    judgement = ranking.judge(need, reply, text=question.text)
    if judgement.missed or placeholders.blanks(text):
        return None
    return Fit(prepared, card, relevance, judgement.score, text[:MAX_TEXT], arrive_by)


@transaction.atomic
def _send(question: Question, fits: Sequence[Fit]) -> list[Answer]:
    question = lock_row(question)
    if not question.is_live or question.waves.exists():
        return []
    blocked = set(Block.objects.filter(buyer=question.buyer_id).values_list("shop_id", flat=True))
    fits = [fit for fit in fits if fit.prepared.shop_id not in blocked]
    # Paused, stopped, changed, sold out or blocked while we were choosing: those stay behind.
    now = timezone.now()
    rows = {row.pk: row for row in lock_rows(PreparedAnswer.objects.filter(pk__in=[f.prepared.pk for f in fits]))}
    ready = [(fit, cards) for fit in fits if (cards := _ready(fit, rows[fit.prepared.pk]))]
    if not ready:
        return []
    wave = Wave.objects.create(
        question=question, number=WAVE, size=len(ready), opened_at=now, deadline_at=now, closed_at=now
    )
    answers = [_write(question, wave, fit, cards, now) for fit, cards in ready]
    PreparedAnswer.objects.filter(pk__in=[fit.prepared.pk for fit, _cards in ready]).update(last_used_at=now)
    telling.question_changed(question)
    audit.record(actor=None, action="qa.answered_automatically", target=question, shops=len(answers))
    return answers


def _ready(fit: Fit, row: PreparedAnswer) -> list[Card]:
    if row.status != PreparedAnswer.Status.ON or row.text != fit.prepared.text or row.passed_digest != digest(row):
        return []
    try:
        return check_cards(fit.prepared.shop, [Card(fit.card.sku, seen_fen=fit.card.sku.price_fen)])
    except DomainError:
        return []


def _write(question: Question, wave: Wave, fit: Fit, cards: Sequence[Card], now: datetime) -> Answer:
    prepared = fit.prepared
    invitation = Invitation.objects.create(
        question=question,
        wave=wave,
        shop=prepared.shop,
        status=Invitation.Status.ANSWERED,
        deadline_at=now,
        finished_at=now,
    )
    Consideration.objects.create(
        question=question,
        wave_number=WAVE,
        shop=prepared.shop,
        score=round(fit.relevance, 4),
        features={"relevance": round(fit.relevance, 3)},
        products=[fit.card.sku.product_id],
        asked=True,
    )
    answer = Answer.objects.create(
        question=question,
        invitation=invitation,
        shop=prepared.shop,
        staff=prepared.created_by,
        prepared=prepared,
        text=fit.text,
        promises=prepared.promises,
        arrive_by=fit.arrive_by,
        # Its words passed when they were prepared; the goods' title and the buyer's words passed on their own.
        verdict=Verdict.PASSED,
    )
    freeze(answer, question, cards, by=prepared.created_by)
    judging.show(question, answer)
    return answer
