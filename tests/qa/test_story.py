"""The main road: ask, clarify, dispatch, answer, adopt."""

import pytest

from core.models import OutboxEvent
from notifications.models import InboxItem
from qa import services
from qa.models import Answer, Invitation, Question
from tests.shops.factories import owner_of

from .factories import invitation_of, make_answer, make_question, make_tea_shop

pytestmark = pytest.mark.django_db


def test_question_travels_from_words_to_a_conversation(buyer, asks_back):
    shops = [make_tea_shop(f"茶店{n}", price_fen=40_000 + 10_000 * n) for n in range(3)]
    make_tea_shop("便宜店", price_fen=9_900, title="玻璃茶具", values=("绿茶", "玻璃", "一般"))

    question = services.ask(buyer=buyer, text="送爸爸60岁生日的茶具，他爱喝普洱", idempotency_key="first-question")

    assert question.status == Question.Status.CLARIFYING
    assert question.clarifications.get().slot == "budget"
    question = services.answer_clarification(question=question, position=1, value="30000-60000")
    while row := question.clarifications.filter(answered_at=None).first():
        question = services.answer_clarification(question=question, position=row.position, value=None)
    assert question.status == Question.Status.DISPATCHED

    services.dispatch_question(question.pk)
    invitation = invitation_of(question, shops[0])
    assert InboxItem.objects.filter(user=owner_of(shops[0]), kind="invitation").exists()
    services.open_invitation(invitation=invitation, by=owner_of(shops[0]))
    answer = make_answer(question, shops[0], shown=False, promises=["包邮"])
    services.screen_answer(answer.pk)

    answer.refresh_from_db()
    question.refresh_from_db()
    assert (answer.status, question.status, question.answer_count) == ("visible", "answered", 1)
    assert InboxItem.objects.filter(user=buyer, kind="answer_arrived").exists()

    conversation = services.adopt(answer=answer, by=buyer)
    assert conversation.words_of_slip["question_id"] == question.public_id
    assert services.adopt(answer=answer, by=buyer) == conversation
    assert not Invitation.objects.filter(question=question).open().exists()
    assert OutboxEvent.objects.get(kind="qa.expire", key=question.public_id).status == "cancelled"
    assert Answer.objects.get(pk=answer.pk).status == Answer.Status.ADOPTED


def test_factories_reach_an_answer():
    shop = make_tea_shop()
    question = make_question()
    assert make_answer(question, shop).status == Answer.Status.VISIBLE
