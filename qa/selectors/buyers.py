"""The buyer's side: a question with everything that has become of it, as the API shows it."""

from statistics import median

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from core.cache import remembered
from shops.models import Product
from shops.selectors import CARD_FIELDS, blocked_by, media_url, product_card

from .. import clarifying
from ..models import Answer, Clarification, Invitation, Question
from ..need import Need, facts
from .answers import answer_json, placed_answers
from .outlook import outlook
from .publications import beside

# The usual time to a first answer is read from the latest questions that had one.
RECENT, LEAST_KNOWN, CACHED_SECONDS = 200, 3, 60
SUGGESTIONS = 6


def usual_first_answer_seconds() -> int | None:
    """The median of the latest questions that were answered; None while there are too few to tell."""
    return remembered("qa.usual_first_answer", CACHED_SECONDS, _usual_first_answer) or None


def _usual_first_answer() -> int:
    """0 is not known."""
    recent = Question.objects.filter(first_answer_at__isnull=False, dispatched_at__isnull=False)
    times = recent.order_by("-first_answer_at").values_list("first_answer_at", "dispatched_at")[:RECENT]
    seconds = [(first - sent).total_seconds() for first, sent in times]
    return round(median(seconds)) if len(seconds) >= LEAST_KNOWN else 0


def question_card(question: Question) -> dict:
    """One row of the buyer's list."""
    return {
        "id": question.public_id,
        "text": question.text,
        "status": question.status,
        "answer_count": question.answer_count,
        "created_at": question.created_at,
        "expires_at": question.expires_at,
    }


def question_detail(question: Question) -> dict:
    """Everything the buyer may know about a question of theirs, in a constant number of queries."""
    need, rows = Need.from_json(question.need), list(question.clarifications.all())
    shown = placed_answers(question)
    answers = [one.answer for one in shown]
    adopted = next((answer for answer in answers if answer.status == Answer.Status.ADOPTED), None)
    silent = bool(question.no_answer_at or question.note) and not answers
    automatic = sum(answer.is_automatic for answer in answers)
    now, further = timezone.now(), outlook(question)
    return {
        **question_card(question),
        "image": media_url(question.image.name) if question.image else "",
        "city": question.city,
        "category": {"id": question.category.public_id, "name": question.category.name} if question.category else None,
        "facts": facts(need),
        "clarifications": [_clarification(row) for row in rows],
        "fitting_products": _fitting(rows, question),
        "asked": _asked(question, {answer.shop_id for answer in answers}),
        "answers": [answer_json(one, need) for one in shown],
        # Automatic ones beyond their places come on top.
        "max_answers": settings.QA_MAX_ANSWERS + max(0, automatic - settings.QA_AUTOMATIC_PLACES),
        "seconds": int((now - question.dispatched_at).total_seconds()) if question.dispatched_at else 0,
        "usual_first_answer_seconds": usual_first_answer_seconds(),
        "dispatched_at": question.dispatched_at,
        "no_answer_at": question.no_answer_at,
        "suggestions": suggestions(need, question.buyer) if silent else [],
        "public_answers": beside(question.text, need, question.buyer) if silent else [],
        "note": question.note,
        "ahead": further.ahead,
        "can_ask_again": further.can_ask_again,
        "wider_budget_fen": _wider(need),
        "asked_again_at": further.later_at,
        "conversation_id": adopted.conversation.public_id if adopted and adopted.conversation else None,
    }


def _wider(need: Need) -> int | None:
    """Half as much again, in whole tens of yuan; None without an upper end."""
    return -(-need.budget_max_fen * 3 // 2000) * 1000 if need.budget_max_fen else None


def _clarification(row: Clarification) -> dict:
    return {
        "position": row.position,
        "slot": row.slot,
        **row.words,
        "answered": row.answered_at is not None,
        "answer": row.answer,
        "skipped": row.skipped,
        "fitting_before": row.fitting_before,
        "fitting_after": row.fitting_after,
    }


def _fitting(rows: list[Clarification], question: Question) -> int | None:
    """Products that fitted when the open question was asked."""
    return rows[-1].fitting_before if rows and question.status == Question.Status.CLARIFYING else None


def _asked(question: Question, shown: set[int]) -> list[dict]:
    """The shops that were asked and what each really does. An answer the buyer can't see yet is still being written."""
    rows = []
    for invitation in question.invitations.select_related("shop").order_by("pk"):
        state = invitation.status
        if state == Invitation.Status.ANSWERED and invitation.shop_id not in shown:
            state = Invitation.Status.WRITING
        elif state in Invitation.OPEN and not invitation.is_open:
            state = Invitation.Status.LAPSED
        shop = invitation.shop
        rows.append(
            {"shop": {"id": shop.public_id, "name": shop.name, "logo": media_url(shop.logo.name)}, "state": state}
        )
    return rows


def suggestions(need: Need, buyer: User) -> list[dict]:
    """Products on sale that fit, for a question that nobody answered; none of a shop that the buyer has blocked."""
    hidden = set(blocked_by(buyer))
    fitting = [found for found in clarifying.candidates(need) if found.shop_id not in hidden]
    best = [found.product_id for found in fitting[:SUGGESTIONS]]
    rows = {row["id"]: row for row in Product.objects.published().filter(pk__in=best).values(*CARD_FIELDS)}
    return [product_card(rows[pk]) for pk in best if pk in rows]


def export_of(user: User) -> list[dict]:
    """The person's questions with the answers they saw, for the copy of their data."""
    questions = Question.objects.of_buyer(user).prefetch_related("answers")
    return [
        {
            "text": question.text,
            "status": question.status,
            "facts": [f"{row['label']} {row['value']}" for row in facts(Need.from_json(question.need))],
            "created_at": question.created_at.isoformat(),
            "answers": [answer.text for answer in question.answers.all() if answer.visible_at],
        }
        for question in questions
    ]
