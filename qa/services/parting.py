"""A shop and a buyer part, because one of them blocks the other, and meet again."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.locks import lock_rows
from shops.models import Shop

from ..models import Answer, Invitation, Question
from . import telling
from .dispatching import advance
from .standing import Event, Noted, note


@transaction.atomic
def part(*, shop: Shop, buyer: User) -> None:
    """What was put to the shop and is still open is taken back, counted against nobody, and others are asked instead.
    Its answers vanish from the buyer's live questions, but for one that was chosen."""
    questions = _live(shop, buyer)
    open_ones = Invitation.objects.open().filter(question__in=questions, shop=shop)
    taken_back = list(open_ones.select_related("shop"))
    open_ones.update(status=Invitation.Status.WITHDRAWN, finished_at=timezone.now(), lease_until=None)
    category_of = {question.pk: question.category_id for question in questions}
    note([Noted(Event.WITHDRAWN, row.shop_id, category_of[row.question_id]) for row in taken_back])
    telling.invitations_changed(taken_back)
    for question in questions:
        _recount(question)
        advance(question)


@transaction.atomic
def meet_again(*, shop: Shop, buyer: User) -> None:
    """Answers that are still of use are seen again. What was not asked meanwhile is not asked now."""
    for question in _live(shop, buyer):
        _recount(question)


def _live(shop: Shop, buyer: User) -> list[Question]:
    """The buyer's questions that the shop was asked and that are not over, locked."""
    asked = Invitation.objects.filter(shop=shop, question__buyer=buyer).order_by().values("question")
    return lock_rows(Question.objects.live().filter(pk__in=asked).select_related("buyer"))


def _recount(question: Question) -> None:
    seen = question.answers.for_buyer().filter(status=Answer.Status.VISIBLE).count()
    question.answer_count = seen
    question.status = Question.Status.ANSWERED if seen else Question.Status.DISPATCHED
    question.save(update_fields=["answer_count", "status"])
    telling.question_changed(question)
