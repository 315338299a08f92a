import pytest

from core import outbox
from core.models import OutboxEvent
from qa import services
from qa.errors import QuestionClosed, QuestionTooLong, QuestionUnclear
from qa.models import Question, Ticket, Verdict

from .factories import make_buyer, make_question, make_tea_shop

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["", "   ", "😀😀😀", "！？。", "13812346072", None, 5, "\x00\x01"])
def test_a_question_without_words_is_refused_and_leaves_nothing(text):
    with pytest.raises(QuestionUnclear):
        services.ask(buyer=make_buyer(), text=text, idempotency_key="key-12345678")
    assert not Question.objects.exists()
    assert not OutboxEvent.objects.exists()


@pytest.mark.parametrize("length", [501, 2000])
def test_a_question_too_long_is_refused_and_leaves_nothing(length):
    with pytest.raises(QuestionTooLong):
        services.ask(buyer=make_buyer(), text="茶" * length, idempotency_key="key-12345678")
    assert not Question.objects.exists()


def test_five_hundred_characters_are_taken(buyer):
    question = services.ask(buyer=buyer, text="茶" * 500, idempotency_key="key-12345678")
    assert len(question.text) == 500


def test_risky_words_are_seen_by_nobody(buyer):
    make_tea_shop()
    question = services.ask(buyer=buyer, text="想买茶具，违禁测试", idempotency_key="key-12345678")
    assert (question.status, question.verdict) == (Question.Status.REJECTED, Verdict.RISKY)
    services.dispatch_question(question.pk)
    assert not question.invitations.exists()
    with pytest.raises(QuestionClosed):
        services.submit(question=question)


def test_a_checker_that_is_away_holds_the_question(buyer, wechat):
    make_tea_shop()
    wechat.fault("error", "*msg_sec_check*", count=None)
    question = services.ask(buyer=buyer, text="想买茶具", idempotency_key="key-12345678")
    assert question.status == Question.Status.DRAFT
    event = OutboxEvent.objects.get(kind="qa.screen_question")
    assert event.status == "pending"
    with pytest.raises(outbox.Retry):
        services.screen_question(question.pk)
    wechat.clear_faults()
    services.screen_question(question.pk)
    question.refresh_from_db()
    assert question.status != Question.Status.DRAFT


def test_phone_numbers_are_hidden_for_good(buyer):
    question = services.ask(buyer=buyer, text="想买茶具，电话13812346072", idempotency_key="key-12345678")
    assert question.text == "想买茶具，电话***"


def test_markup_stays_text(buyer):
    question = services.ask(buyer=buyer, text="<script>alert(1)</script>茶具", idempotency_key="key-12345678")
    assert question.text == "<script>alert(1)</script>茶具"


def test_the_same_key_finds_the_first_question(buyer):
    first = services.ask(buyer=buyer, text="想买茶具", idempotency_key="key-12345678")
    again = services.ask(buyer=buyer, text="想买别的", idempotency_key="key-12345678")
    assert (again, Question.objects.count()) == (first, 1)


def test_review_waits_for_ops():
    make_tea_shop()
    question = make_question(dispatched=False)
    Question.objects.filter(pk=question.pk).update(status="draft", verdict="")
    question.refresh_from_db()
    held = services.conclude_check(question=question, verdict=Verdict.REVIEW)
    assert held.status == Question.Status.DRAFT
    services.screen_question(question.pk)  # Asks nobody again.
    through = services.conclude_check(question=question, verdict=Verdict.PASSED)
    assert through.status in (Question.Status.CLARIFYING, Question.Status.DISPATCHED)


def test_submit_skips_the_rest_and_repeats_quietly(asks_back):
    make_tea_shop(), make_tea_shop(price_fen=9_900)
    question = services.submit(question=make_question(dispatched=False))
    assert question.status == Question.Status.DISPATCHED
    assert [row.skipped for row in question.clarifications.all()] == [True]
    assert services.submit(question=question).dispatched_at == question.dispatched_at
    assert Ticket.objects.count() == 1


def test_close_and_expiry_end_it_once():
    shop = make_tea_shop()
    question = make_question()
    closed = services.close_question(question=question, by=question.buyer)
    assert closed.status == Question.Status.CLOSED
    assert [row.status for row in question.invitations.filter(shop=shop)] == ["withdrawn"]
    services.expire_question(question.pk)
    question.refresh_from_db()
    assert question.status == Question.Status.CLOSED


def test_expiry_waits_for_its_time(settings):
    make_tea_shop()
    question = make_question()
    services.expire_question(question.pk)
    question.refresh_from_db()
    assert question.status == Question.Status.DISPATCHED
    Question.objects.filter(pk=question.pk).update(expires_at=question.created_at)
    services.expire_question(question.pk)
    question.refresh_from_db()
    assert question.status == Question.Status.EXPIRED


def test_erasure_leaves_no_words():
    make_tea_shop()
    question = make_question(text="送爸爸的茶具")
    services.forget_questions(user=question.buyer)
    question.refresh_from_db()
    assert (question.text, question.need, question.status) == ("-", {}, Question.Status.CLOSED)
