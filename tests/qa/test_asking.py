import pytest

from core import outbox
from core.errors import NotFound
from core.models import OutboxEvent
from qa import services
from qa.errors import BadChoice, QuestionClosed, QuestionTooLong, QuestionUnclear
from qa.models import Clarification, Question, Ticket, Verdict
from qa.need import Need
from tests.shops.factories import make_category

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


def test_options_come_from_what_is_in_stock():
    for price in (9_900, 29_900, 59_900):
        make_tea_shop(price_fen=price)
    make_tea_shop(price_fen=99_900_00, stock=0)
    question = make_question(text="想买茶具", dispatched=False)
    budget = question.clarifications.get(slot="budget")
    assert [option["value"] for option in budget.options][-1] == ""
    highest = max(int(value) for option in budget.options for value in option["value"].split("-") if value)
    assert highest <= 60_000


def test_attributes_are_asked_only_where_they_split_what_is_there():
    for values in (("普洱", "紫砂"), ("绿茶", "紫砂")):
        make_tea_shop(values=values)
    question = make_question(text="想买茶具，300-900，不着急", dispatched=False)
    slots = [row.slot for row in question.clarifications.all()]
    assert slots == ["attribute:适合"]


def test_an_unclear_category_is_asked_first():
    tea = make_tea_shop(title="礼盒甲").products.get().category
    other = make_category("香薰")
    for n in range(3):
        shop = make_tea_shop(title=f"礼盒乙{n}")
        shop.products.update(category=tea if n % 2 else other)
    question = make_question(text="送人的礼盒", dispatched=False)
    asked = question.clarifications.get(position=1)
    assert asked.slot == "category"
    question = services.answer_clarification(question=question, position=1, value=other.public_id)
    assert question.category == other


def test_nothing_to_ask_sends_it_off_at_once():
    question = make_question(text="想买茶具", dispatched=False)  # No shop has anything.
    assert question.status == Question.Status.DISPATCHED


def test_foreign_and_unknown_choices_move_nothing():
    for price in (9_900, 29_900, 59_900):
        make_tea_shop(price_fen=price)
    question = make_question(text="想买茶具", dispatched=False)
    before = Question.objects.values().get(pk=question.pk), list(Clarification.objects.values())
    for value in ("x", "-", "5-1", "0-0", "1-" + "9" * 20, "-١٢", "<b>"):
        with pytest.raises(BadChoice):
            services.answer_clarification(question=question, position=1, value=value)
    for value in ("2020-01-01", "2999-01-01", "morgen"):
        with pytest.raises(BadChoice):
            services.answer_clarification(question=question, position=2, value=value)
    with pytest.raises(NotFound):
        services.answer_clarification(question=question, position=9, value="")
    assert before == (Question.objects.values().get(pk=question.pk), list(Clarification.objects.values()))


def test_taps_in_any_order_and_a_changed_mind():
    for price, fits in ((9_900, "普洱"), (29_900, "绿茶"), (59_900, "普洱"), (69_900, "绿茶")):
        make_tea_shop(price_fen=price, values=(fits,))
    question = make_question(text="想买茶具", dispatched=False)
    question = services.answer_clarification(question=question, position=2, value="")
    question = services.answer_clarification(question=question, position=1, value="10000-20000")
    question = services.answer_clarification(question=question, position=1, value="20000-30000")
    need = Need.from_json(question.need)
    assert (need.budget_min_fen, need.budget_max_fen) == (20_000, 30_000)
    assert "needed_by" in need.no_matter


def test_a_repeated_tap_is_a_quiet_no_op_even_after_sending():
    for price in (9_900, 59_900):
        make_tea_shop(price_fen=price)
    question = make_question(text="想买茶具", dispatched=False)
    while row := question.clarifications.filter(answered_at=None).first():
        question = services.answer_clarification(question=question, position=row.position, value="")
    assert question.status == Question.Status.DISPATCHED
    assert services.answer_clarification(question=question, position=1, value="").status == Question.Status.DISPATCHED
    with pytest.raises(QuestionClosed):
        services.answer_clarification(question=question, position=1, value=None)


def test_submit_skips_the_rest_and_repeats_quietly():
    make_tea_shop(), make_tea_shop(price_fen=9_900)
    question = services.submit(question=make_question(dispatched=False))
    assert question.status == Question.Status.DISPATCHED
    assert not question.clarifications.filter(answered_at=None).exists()
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
