"""Asked once more, because the buyer or ops want it so, wider where they say so."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core import audit
from core.errors import Invalid
from core.locks import lock_row

from ...errors import AskedEnough, QuestionClosed
from ...models import Question, Ticket
from ...need import Need
from ...selectors.outlook import Ahead, outlook
from .. import telling
from . import tickets


@transaction.atomic
def ask_again(*, question: Question, by: User, budget_max_fen: int | None = None) -> Question:
    """Ask further shops now, with a wider budget if one is given. Shops that were asked already are not asked again.

    Args:
        budget_max_fen: the new upper end, above the old one.

    Raises:
        QuestionClosed; AskedEnough: it is being asked now, or was asked QA_ASK_AGAIN times more than the schedule
        has waves; Invalid: no wider budget.
    """
    question = lock_row(question)
    found = outlook(question)
    if found.ahead in (Ahead.OVER, Ahead.FULL):
        raise QuestionClosed
    if not found.can_ask_again:
        raise AskedEnough
    number = found.following
    if budget_max_fen is not None:
        _widen(question, budget_max_fen)
    now = timezone.now()
    if not Ticket.objects.filter(question=question, number=number, done_at=None).update(due_at=now, created_at=now):
        tickets.issue(question, number, due_at=now)
    tickets.wake()
    question.no_answer_at = None
    question.save(update_fields=["no_answer_at", "need"])
    audit.record(actor=by, action="qa.asked_again", target=question, widened=budget_max_fen is not None)
    telling.question_changed(question)
    return question


def _widen(question: Question, budget_max_fen: int) -> None:
    need = Need.from_json(question.need)
    if budget_max_fen < 1 or (need.budget_max_fen is not None and budget_max_fen <= need.budget_max_fen):
        raise Invalid(fields={"budget_max_fen": [str(AskedEnough.title)]})
    question.need = replace(need, budget_max_fen=budget_max_fen).to_json()
