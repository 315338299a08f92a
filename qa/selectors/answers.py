"""A question's answers as its buyer sees them: in the order for this buyer, with why; and side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from core.money import yuan
from core.templatetags.wx import day
from orders.models import QuoteLine
from shops.models import AttributeValue
from shops.selectors import media_url

from .. import ranking
from ..models import Answer, AnswerCard, Question
from ..need import Need
from ..ranking import reasons
from ..ranking.taste import taste_of
from ..ranking.wording import worded
from .publications import badge_in, badges

# So many columns can be compared on a phone.
MOST_COMPARED = 3


@dataclass(frozen=True)
class Shown:
    """An answer in its place.

    Attributes:
        badge: the shop's proven expertise in the question's category (shops.api.serializers.BadgeSerializer).
    """

    answer: Answer
    placed: ranking.Placed
    badge: dict | None


def placed_answers(question: Question) -> list[Shown]:
    """What the buyer may see, best for this buyer first, in a constant number of statements."""
    lines = QuoteLine.objects.select_related("sku")
    values = AttributeValue.objects.select_related("attribute")
    cards = AnswerCard.objects.select_related("product", "quote").defer("product__search", "product__description")
    cards = cards.prefetch_related(Prefetch("quote__lines", lines), Prefetch("product__values", values))
    found = (
        question.answers.for_buyer()
        .select_related("shop", "staff", "conversation")
        .prefetch_related(Prefetch("cards", cards))
    )
    by_pk = {answer.pk: answer for answer in found}
    if not by_pk:
        return []
    shop_ids = [answer.shop_id for answer in by_pk.values()]
    taste = taste_of(question.buyer, shop_ids=shop_ids, apart_from=question.pk)
    placed = ranking.order([_entry(answer) for answer in by_pk.values()], taste)
    known = badges(set(shop_ids))
    return [
        Shown(by_pk[place.pk], place, badge_in(known[by_pk[place.pk].shop_id], question.category)) for place in placed
    ]


def _entry(answer: Answer) -> ranking.Entry:
    cards = list(answer.cards.all())
    first = cards[0] if cards else None
    values = first.product.values.all() if first else ()
    return ranking.Entry(
        pk=answer.pk,
        shop_id=answer.shop_id,
        score=answer.score,
        visible_at=answer.visible_at,
        title=first.product.title if first else "",
        price_fen=_line(first).price_fen if first else None,
        category_id=first.product.category_id if first else None,
        products=frozenset(card.product_id for card in cards),
        values=frozenset((value.attribute.name, value.name) for value in values),
    )


def _line(card: AnswerCard) -> QuoteLine:
    return card.quote.lines.all()[0]


def answer_json(shown: Shown, need: Need) -> dict:
    answer, liking = shown.answer, shown.placed.liking
    shop = answer.shop
    return {
        "id": answer.public_id,
        "status": answer.status,
        "automatic": answer.is_automatic,
        "shop": {"id": shop.public_id, "name": shop.name, "logo": media_url(shop.logo.name)},
        "persona_name": shop.persona_name,
        "badge": shown.badge,
        "text": answer.text,
        "arrive_by": answer.arrive_by,
        "promises": answer.promises,
        "cards": [_card(card) for card in answer.cards.all()],
        "conditions": worded(answer.reasons),
        "met": _met(answer),
        "why": reasons.why(need, answer.reasons),
        "for_you": liking.words,
        "missing": reasons.missing(answer.reasons),
        "broken": reasons.broken(answer.reasons),
        "shortlisted": answer.shortlisted_at is not None,
        "visible_at": answer.visible_at,
        "conversation_id": answer.conversation.public_id if answer.conversation else None,
    }


def _met(answer: Answer) -> int:
    return sum(row["verdict"] == "met" for row in answer.reasons.get("conditions", []))


def _card(card: AnswerCard) -> dict:
    line = _line(card)
    return {
        "quote_id": card.quote.public_id,
        "product_id": card.product.public_id,
        "title": card.product.title,
        "sku_name": line.sku.name,
        "cover": card.product.cover,
        "price_fen": line.price_fen,
        "valid_until": card.quote.valid_until,
        "stock": line.sku.stock,
    }


def comparison(question: Question, wanted: Sequence[str] = ()) -> dict:
    """Up to three answers side by side: rows are the buyer's own conditions, then price, day and promises.

    Args:
        wanted: public ids of answers. None: those the buyer has shortlisted; nobody shortlisted: the best.
    """
    need, shown = Need.from_json(question.need), placed_answers(question)
    columns = _columns(shown, wanted)
    best = _best([one.answer for one in columns])
    return {
        "question_id": question.public_id,
        "text": question.text,
        "total": len(shown),
        "shortlisted": sum(one.answer.shortlisted_at is not None for one in shown),
        "best_id": best.public_id if best else None,
        "best_because": _because(best) if best else "",
        "answers": [answer_json(one, need) for one in columns],
        "rows": [*_conditions(columns), *_facts(columns)],
    }


def _columns(shown: list[Shown], wanted: Sequence[str]) -> list[Shown]:
    chosen = [one for one in shown if one.answer.public_id in wanted] if wanted else []
    kept = chosen or [one for one in shown if one.answer.shortlisted_at is not None]
    return (kept or shown)[:MOST_COMPARED]


def _best(answers: Sequence[Answer]) -> Answer | None:
    """Most conditions met, then the earliest delivery; of equal ones the first in the buyer's order."""
    if len(answers) < 2:
        return None
    known = [answer.arrive_by for answer in answers if answer.arrive_by]
    last = max(known) if known else None

    def rank(answer: Answer) -> tuple:
        return -_met(answer), answer.arrive_by is None, answer.arrive_by or last

    return min(answers, key=rank)


def _because(best: Answer) -> str:
    met = _("meets most of your conditions (%(met)s of %(all)s)") % {
        "met": _met(best), "all": len(best.reasons.get("conditions", [])),
    }  # fmt: skip
    return _(", ").join([met, *([_("there by %(day)s") % {"day": day(best.arrive_by)}] if best.arrive_by else [])])


def _conditions(columns: list[Shown]) -> list[dict]:
    """Every condition that any of them was held against, in the slip's order."""
    by_answer = [{row["slot"]: row for row in worded(one.answer.reasons)} for one in columns]
    slots = list(dict.fromkeys(slot for rows in by_answer for slot in rows))
    return [_condition_row(slot, columns, by_answer) for slot in slots]


def _condition_row(slot: str, columns: list[Shown], by_answer: list[dict]) -> dict:
    known = [rows[slot] for rows in by_answer if slot in rows]
    silent = {"verdict": "unknown", "word": _("not said")}
    cells = [rows.get(slot, silent) for rows in by_answer]
    return {
        "kind": "condition",
        "slot": slot,
        "label": known[0]["wish"],
        "said": next((row["said"] for row in known if row.get("said")), ""),
        "cells": [
            {"answer_id": one.answer.public_id, "verdict": cell["verdict"], "word": cell["word"]}
            for one, cell in zip(columns, cells, strict=True)
        ],
    }


def _facts(columns: list[Shown]) -> list[dict]:
    """What is compared besides: price, day, promises."""
    answers = [one.answer for one in columns]
    texts = {
        "price": (_("Price"), [_price(answer) for answer in answers]),
        "arrive_by": (_("Arrives"), [day(answer.arrive_by) if answer.arrive_by else "" for answer in answers]),
        "promises": (_("Promises"), ["、".join(answer.promises) for answer in answers]),
    }
    return [_fact_row(slot, str(label), answers, words) for slot, (label, words) in texts.items() if any(words)]


def _price(answer: Answer) -> str:
    cards = answer.cards.all()
    return yuan(_line(cards[0]).price_fen) if cards else ""


def _fact_row(slot: str, label: str, answers: list[Answer], words: list[str]) -> dict:
    cells = [
        {"answer_id": answer.public_id, "verdict": "fact" if word else "unknown", "word": word or _("not said")}
        for answer, word in zip(answers, words, strict=True)
    ]
    return {"kind": "fact", "slot": slot, "label": label, "said": "", "cells": cells}
