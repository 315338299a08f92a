from datetime import time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from merchants.models import Merchant
from notifications.models import InboxItem
from payments.models import SubMerchant
from qa import matching, services
from qa.models import Consideration, Invitation, Question, ShopStanding, Ticket, Wave
from qa.need import Need
from qa.services.dispatching import tickets
from qa.services.dispatching.ending import end_due
from qa.understanding import understand
from shops import search
from shops.models import Product, SearchTerm, Shop
from shops.search.frequencies import count as count_words
from tests.shops.factories import make_category, make_product, make_shop, owner_of

from .factories import invitation_of, make_answer, make_buyer, make_question, make_tea_shop

pytestmark = pytest.mark.django_db


def pass_time(question: Question, seconds: int) -> None:
    """Move everything that happened to the question into the past and do what the clock then makes due."""
    past = timedelta(seconds=seconds)
    for wave in question.waves.all():
        Wave.objects.filter(pk=wave.pk).update(opened_at=wave.opened_at - past, deadline_at=wave.deadline_at - past)
    for invitation in question.invitations.all():
        moved = {name: getattr(invitation, name) - past for name in ("created_at", "deadline_at")}
        Invitation.objects.filter(pk=invitation.pk).update(**moved)
    for wave in question.waves.all():
        services.close_wave(wave.pk)


def run_dispatches(question: Question) -> None:
    services.dispatch_question(question.pk)
    question.refresh_from_db()


def test_first_wave_asks_the_best_and_keeps_the_story(settings):
    settings.QA_WAVES = [(2, 90), (8, 180)]
    best = make_tea_shop("普洱店")
    make_tea_shop("绿茶店", values=("绿茶", "玻璃", "一般"), price_fen=150_000)
    second = make_tea_shop("第二", price_fen=62_000)
    resting = make_tea_shop("休息", takes_questions=False)
    question = make_question(text="送爸爸的茶具，喝普洱，400-600")
    assert [row.shop for row in question.invitations.order_by("pk")] == [best, second]
    assert Consideration.objects.get(question=question, shop=resting).reason == "resting"
    assert Consideration.objects.get(question=question, shop=best).features["price"] == 1.0
    assert question.waves.get().size == 2


def test_wave_deadline_asks_the_next_shops_and_never_one_twice(settings):
    settings.QA_WAVES = [(1, 90), (2, 180), (5, 600)]
    shops = [make_tea_shop(price_fen=price) for price in (52_000, 70_000, 80_000, 90_000)]
    question = make_question()
    pass_time(question, 91)
    run_dispatches(question)
    pass_time(question, 181)
    run_dispatches(question)
    assert sorted(question.invitations.values_list("shop_id", flat=True)) == sorted(shop.pk for shop in shops)
    assert list(question.waves.values_list("number", "size")) == [(1, 1), (2, 2), (3, 1)]


@pytest.mark.parametrize(
    ("each_place", "usual_seconds", "asked"),
    # The silence of those who are slow says nothing yet; who is quick would have answered.
    [(1, 3000, 1), (1, 10, 3), (0, 3000, 4)],
)
def test_a_later_wave_asks_no_more_than_are_needed(settings, each_place, usual_seconds, asked):
    settings.QA_WAVES, settings.QA_MAX_ANSWERS, settings.QA_ENOUGH = [(4, 90), (4, 180)], 4, each_place
    for price in range(52_000, 60_000, 1_000):
        # They have always answered: four of them promise four answers.
        record = {"trials": 500, "answers": 500, "answer_seconds": usual_seconds, "record_at": timezone.now()}
        ShopStanding.objects.create(shop=make_tea_shop(price_fen=price), **record)
    question = make_question()
    pass_time(question, 91)
    run_dispatches(question)
    assert list(question.waves.values_list("number", "size")) == [(1, 4), (2, asked)]


def test_a_shop_of_an_earlier_wave_may_answer_until_the_schedule_ends(settings):
    settings.QA_WAVES = [(1, 90), (1, 180)]
    first = make_tea_shop()
    make_tea_shop(price_fen=80_000)
    question = make_question()
    pass_time(question, 100)
    run_dispatches(question)
    assert make_answer(question, first).status == "visible"


def test_dispatching_again_changes_nothing():
    for _ in range(3):
        make_tea_shop()
    question = make_question()
    for _ in range(3):
        services.dispatch_question(question.pk)
    assert question.waves.count() == 1


def test_without_slots_a_ticket_is_due_at_once_and_nobody_else_is_looked_for(settings):
    question, other = make_question(), make_question()
    counts = []
    for seconds in (2, 0):
        settings.QA_BATCH_SECONDS = seconds
        with CaptureQueriesContext(connection) as queries:
            tickets.issue(question, 10 + seconds)
        counts.append(len(queries))
        tickets.issue(other, 10 + seconds)
    waiting, at_once = Ticket.objects.filter(question=other, number__gte=10).order_by("-number")
    assert waiting.due_at > waiting.created_at
    assert at_once.due_at == at_once.created_at
    assert counts == [2, 1]


def test_everybody_passing_opens_the_next_wave_early(settings):
    settings.QA_WAVES = [(2, 90), (2, 180)]
    shops = [make_tea_shop(price_fen=price) for price in (52_000, 53_000, 80_000)]
    question = make_question()
    for shop in shops[:2]:
        services.pass_on(invitation=invitation_of(question, shop), by=owner_of(shop))
    assert question.waves.get().closed_at is not None
    run_dispatches(question)
    assert question.waves.count() == 2
    services.pass_on(invitation=invitation_of(question, shops[0]), by=owner_of(shops[0]))  # Twice: nothing.
    assert Ticket.objects.filter(question=question).count() == 2


def test_closing_waves_asks_the_database_as_often_for_six_questions_as_for_two(settings):
    settings.QA_WAVES = [(1, 90), (1, 180)]
    make_tea_shop()
    counts = []
    for number in (2, 6):
        questions = [make_question() for _ in range(number)]
        waves = Wave.objects.filter(question__in=questions)
        waves.update(deadline_at=timezone.now() - timedelta(seconds=1))
        with CaptureQueriesContext(connection) as queries:
            assert end_due() == number
        assert Ticket.objects.filter(question__in=questions, number=2, done_at=None).count() == number
        assert not waves.filter(closed_at=None).exists()
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_nobody_answering_is_told_once_with_what_fits(settings):
    settings.QA_WAVES = [(5, 90), (5, 180)]
    shop = make_tea_shop()
    question = make_question()
    pass_time(question, 91)
    run_dispatches(question)
    question.refresh_from_db()
    assert question.no_answer_at is None  # The first shop may still answer.
    pass_time(question, 400)
    pass_time(question, 400)
    question.refresh_from_db()
    assert question.no_answer_at is not None
    assert InboxItem.objects.filter(user=question.buyer, kind="no_answer").count() == 1
    assert invitation_of(question, shop).status == Invitation.Status.LAPSED


def test_no_shop_at_all_is_told_at_once():
    question = make_question(text="想买一台拖拉机")
    assert question.no_answer_at is not None
    assert question.waves.get().size == 0


@pytest.mark.parametrize("counted", [False, True])
def test_single_characters_and_a_price_that_fits_are_no_reason_to_ask(counted):
    """手 stands in 手工 as in 二手, 机 in 机压 as in 挖掘机; neither shop sells excavators."""
    shops = [
        make_tea_shop(title="手工紫砂壶茶具"),
        make_tea_shop(title="手机支架茶盘"),
        make_tea_shop(title="机压茶饼"),
    ]
    if counted:
        count_words()
    question = make_question(text="想买一台二手挖掘机，预算500左右")
    assert not question.invitations.exists()
    assert question.no_answer_at is not None and question.pooled_at is not None
    reasons = Consideration.objects.filter(question=question).values_list("shop_id", "reason")
    assert set(reasons) <= {(shop.pk, "too_far") for shop in shops} and reasons


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize(
    ("words", "title"),
    [("杯子", "手绘茶杯"), ("紫砂壶", "紫砂茶壶"), ("iphone15手机壳", "iPhone15Pro保护壳"), ("茶", "明前龙井茶")],
)
def test_words_and_most_of_their_characters_are(words, title, counted):
    shop, other = (make_shop(name, asks_from=time(0), asks_until=time(0)) for name in ("有", "无"))
    make_product(shop, title=title, category=make_category("这类"))
    make_product(other, title="补水面霜", category=make_category("那类"))
    if counted:
        count_words()
    found = matching.match(Need(words=search.query_tokens(words)), exclude=(), limit=5, at=timezone.now())
    assert [row.shop_id for row in found if not row.reason] == [shop.pk]


@pytest.mark.parametrize(("origin", "asked"), [("said", {"彩妆"}), ("guessed", {"彩妆", "茶"})])
def test_where_the_kind_was_said_another_kind_needs_a_word_of_it(origin, asked):
    """口 and 红 stand in 口味 and 红茶; neither shop sells lipsticks, but one is of their kind."""
    kind = make_category("彩妆")
    shops = {name: make_shop(name, asks_from=time(0), asks_until=time(0)) for name in ("彩妆", "茶")}
    make_product(shops["彩妆"], title="四色眼影盘", category=kind)
    make_product(shops["茶"], title="三种口味红茶", category=make_category("茶叶"))
    need = Need(words=search.query_tokens("口红"), category_id=kind.pk, origins={"category": origin})
    found = matching.match(need, exclude=(), limit=5, at=timezone.now())
    assert {row.shop_id for row in found if not row.reason} == {shops[name].pk for name in asked}


def test_a_word_that_every_product_has_finds_them_all_the_same():
    shop = make_tea_shop()
    SearchTerm.objects.bulk_create(SearchTerm(token=token, documents=100_000) for token in ("", "茶具", "茶", "具"))
    found = matching.match(Need(words=["茶具", "茶", "具"]), exclude=(), limit=5, at=timezone.now())
    assert [row.shop_id for row in found if not row.reason] == [shop.pk]


def test_where_the_nearest_may_not_be_asked_the_others_are_looked_at(monkeypatch):
    monkeypatch.setattr(matching, "LOOKED_AT", 2)
    far = make_tea_shop("远", title="紫砂壶")
    near = [make_tea_shop(title="紫砂壶茶具礼盒", takes_questions=False) for _ in range(2)]
    need = Need(words=["紫砂壶", "茶具", "礼盒"])
    found = matching.match(need, exclude=(), limit=1, at=timezone.now())
    assert [row.shop_id for row in found if not row.reason] == [far.pk]
    assert {row.shop_id for row in found if row.reason == "resting"} == {shop.pk for shop in near}


def test_places_taken_stop_the_waves_and_free_the_others(settings):
    settings.QA_WAVES, settings.QA_MAX_ANSWERS = [(3, 90), (3, 180)], 2
    for price in (52_000, 53_000, 54_000, 55_000):
        make_tea_shop(price_fen=price)
    question = make_question()
    asked = [row.shop for row in question.invitations.order_by("pk")]
    for shop in asked[:2]:
        make_answer(question, shop)
    assert invitation_of(question, asked[2]).status == Invitation.Status.WITHDRAWN
    run_dispatches(question)
    assert question.waves.count() == 1


def test_the_buyers_own_shop_is_not_asked():
    shop = make_tea_shop()
    question = make_question(buyer=owner_of(shop))
    assert not question.invitations.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda shop: Shop.objects.filter(pk=shop.pk).update(is_open=False), "closed"),
        (lambda shop: Shop.objects.filter(pk=shop.pk).update(takes_questions=False), "resting"),
        (lambda shop: Shop.objects.filter(pk=shop.pk).update(asks_from=time(3), asks_until=time(4)), "quiet_hours"),
        (lambda shop: Merchant.objects.filter(pk=shop.merchant_id).update(status="suspended"), "suspended"),
        (lambda shop: SubMerchant.objects.update(status="submitted"), "cannot_be_paid"),
        (lambda shop: Product.objects.filter(shop=shop).update(stock=0), "out_of_stock"),
    ],
)
def test_hard_filters_keep_a_shop_out_and_say_why(change, reason):
    shop = make_tea_shop()
    noon = timezone.localtime().replace(hour=12)
    need = Need(words=["茶具"])
    assert matching.match(need, exclude=(), limit=5, at=noon)[0].reason == ""
    change(shop)
    assert [found.reason for found in matching.match(need, exclude=(), limit=5, at=noon)] == [reason]


def test_hours_may_span_midnight():
    at = timezone.localtime().replace(hour=1)
    assert matching.awake(time(20), time(2), at)
    assert not matching.awake(time(8), time(20), at)
    assert matching.awake(time(8), time(8), at)


def test_what_must_not_be_is_not_matched():
    make_tea_shop(title="玻璃茶具", values=("玻璃",))
    make_tea_shop(title="紫砂茶具")
    found = matching.match(Need(words=["茶具"], avoid=["玻璃"]), exclude=(), limit=5, at=timezone.now())
    assert len(found) == 1


def test_a_good_record_and_a_light_load_win():
    busy, quick = make_tea_shop("忙"), make_tea_shop("快")
    for _ in range(3):
        question = make_question(buyer=make_buyer())
        make_answer(question, quick)
    found = matching.match(Need(words=["茶具"]), exclude=(), limit=5, at=timezone.now())
    assert [row.shop_id for row in found] == [quick.pk, busy.pk]


def test_money_cannot_change_who_is_asked(django_assert_max_num_queries):
    """The rule from the founders' conference: no platform resource can be bought."""
    shops = [make_tea_shop(price_fen=price) for price in (52_000, 60_000, 75_000)]
    need, at = Need(words=["茶具"], budget_max_fen=55_000), timezone.now()
    before = matching.match(need, exclude=(), limit=5, at=at)
    for rate, shop in zip((0, 1500, 3000), shops, strict=True):
        Merchant.objects.filter(pk=shop.merchant_id).update(fee_rate_bp=rate)
    with django_assert_max_num_queries(8) as queries:
        assert matching.match(need, exclude=(), limit=5, at=at) == before
    assert not any("fee" in query["sql"] or "ads_" in query["sql"] for query in queries)


def test_matching_asks_the_database_as_often_for_three_shops_as_for_one(django_assert_num_queries):
    need = Need(words=["茶具"], attributes={"适合": "普洱"})
    make_tea_shop()
    matching.match(need, exclude=(), limit=5, at=timezone.now())  # A process looks now and then which model is in use.
    with django_assert_num_queries(6):
        matching.match(need, exclude=(), limit=5, at=timezone.now())
    make_tea_shop(), make_tea_shop()
    with django_assert_num_queries(6):
        assert len(matching.match(need, exclude=(), limit=5, at=timezone.now())) == 3


def test_the_best_product_speaks_for_its_shop():
    shop = make_shop("杂货", asks_from=time(0), asks_until=time(0))
    tea = make_tea_shop()
    from_tea = tea.products.get()
    Product.objects.filter(pk=from_tea.pk).update(shop=shop)
    found = matching.match(Need(words=["茶具"]), exclude=(), limit=5, at=timezone.now())
    assert [(row.shop_id, row.product_ids) for row in found] == [(shop.pk, [from_tea.pk])]


def first_asked(question: int, *, words: str = "茶具") -> int:
    """The best shop for the same words, put as this question."""
    request = matching.Request(Need(words=search.query_tokens(words)), exclude=(), limit=5, seed=question)
    [found] = matching.match_many([request], at=timezone.now())
    return found[0].shop_id


def test_between_equals_a_lot_decides_and_not_who_sold_more(settings):
    settings.QA_DRAWS = 0  # Nothing else is drawn.
    shops = [make_tea_shop(price_fen=52_000) for _ in range(3)]
    Product.objects.filter(shop=shops[0]).update(sold=10_000)
    first = [first_asked(question) for question in range(300)]
    # Of 300 a third are 100, give or take 8; four times that in either direction.
    assert all(67 < first.count(shop.pk) < 133 for shop in shops)
    assert [first_asked(question) for question in range(20)] == first[:20]


def test_between_equals_the_title_that_says_more_comes_first(settings):
    settings.QA_DRAWS = 0
    says_more = make_shop("细说")
    make_product(make_shop("简说"), title="茶具")
    make_product(says_more, title="茶具一套六只")
    assert {first_asked(question) for question in range(20)} == {says_more.pk}


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("text", ["想买面膜", "想买面膜 30以内", "送她的面膜，要补水的"])
def test_a_keyword_brings_its_category_and_what_has_it_in_the_title_is_nearer(settings, text, counted):
    settings.QA_DRAWS = 0
    category = make_category("护肤", keywords="面霜 面膜 防晒", attributes={"功效": ["补水", "美白"]})
    values = category.attributes.get().values
    masks, creams = (make_shop(name, asks_from=time(0), asks_until=time(0)) for name in ("面膜店", "面霜店"))
    make_product(masks, title="玫瑰面膜", category=category, values=values.filter(name="补水"))
    make_product(creams, title="玫瑰面霜一大罐", category=category, values=values.filter(name="美白"))
    if counted:
        count_words()
    need = understand(text)
    assert need.category_id == category.pk
    found = matching.match(need, exclude=(), limit=5, at=timezone.now())
    assert [(row.shop_id, row.reason) for row in found] == [(masks.pk, ""), (creams.pk, "")]
    assert found[0].features["relevance"] > found[1].features["relevance"]


def match_all_but_666(requests, *, at):
    if any(request.need.budget_max_fen == 66_600 for request in requests):
        raise ZeroDivisionError
    return matching.match_many(requests, at=at)


def test_a_question_that_breaks_the_matcher_keeps_nobody_waiting(settings, caplog):
    settings.QA_MATCHER = f"{__name__}.match_all_but_666"
    shop = make_tea_shop()
    broken = make_question(text="茶具，预算300-666", wave=False)
    fine = make_question(wave=False)
    now = timezone.now()
    Ticket.objects.update(due_at=now)
    services.tick()
    assert (fine.invitations.get().shop, broken.invitations.count()) == (shop, 0)
    later = Ticket.objects.get(question=broken)
    assert (later.done_at, later.due_at > now + timedelta(seconds=25)) == (None, True)
    told = ["a batch of 100 could not be dispatched", "question could not be dispatched"]
    assert [record.message for record in caplog.records] == told
