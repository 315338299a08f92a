"""Why a shop was chosen or not: its own story, in words, and nobody else's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from merchants.models import Membership, Role
from qa import services
from qa.models import CategoryRate, CategoryStanding, Consideration, Invitation, Question, ShopStanding
from qa.selectors import place, why
from qa.wanted import Wanted
from tests.shops.factories import owner_of

from .factories import make_answer, make_buyer, make_question, make_tea_category, make_tea_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器")


@pytest.fixture
def page(client, shop):
    client.force_login(owner_of(shop))
    return lambda query="": client.get(f"/m/why/{query}").content.decode()


def told(shop):
    return why.told(shop, why.looked_at(shop))


def standing(shop, trials, answers, adoptions, seconds=0.0):
    CategoryStanding.objects.create(
        shop=shop, category=make_tea_category(), trials=trials, answers=answers, adoptions=adoptions,
        record_at=timezone.now(),
    )  # fmt: skip
    ShopStanding.objects.create(shop=shop, trials=trials, answers=answers, answer_seconds=seconds)


def test_the_chosen_are_told_what_spoke_for_them(shop, page):
    make_question()
    [one] = told(shop)
    assert one.chosen and "你卖的很贴近需求" in one.reasons and "价格在预算里" in one.reasons
    said = page()
    assert "派给了你" in said and "你卖的很贴近需求" in said


def test_a_good_record_is_named_against_the_categorys_own_rate(shop):
    ShopStanding.objects.create(shop=shop, trials=50, answers=49, record_at=timezone.now(), asked=50)
    CategoryRate.objects.create(category=make_tea_category(), trials=100, answers=40, counted_at=timezone.now())
    make_question()
    assert "你的回答率比这一类的平均高" in told(shop)[0].reasons


def test_the_newcomers_draw_is_named(settings, newcomers):
    settings.QA_WAVES = [[2, 90]]
    for _ in range(3):
        ShopStanding.objects.create(
            shop=make_tea_shop(), asked=99, trials=90, answers=90, adoptions=80, praise=80, record_at=timezone.now()
        )
    newcomer = make_tea_shop("新店", price_fen=59_900, values=())
    question = make_question()
    assert question.invitations.filter(shop=newcomer).exists()
    assert any("新店留一个名额" in line for line in told(newcomer)[0].reasons)


@pytest.mark.parametrize(
    ("wanted", "reason", "target"),
    [
        ({"min_budget_fen": 90_000}, "预算低于你接的范围", "qa:preferences"),
        ({"max_budget_fen": 100}, "预算高于你接的范围", "qa:preferences"),
        ({"areas": ["拉萨"]}, "你设置了不服务这个地方", "qa:preferences"),
    ],
)
def test_a_filter_is_told_with_what_changes_it(shop, page, wanted, reason, target):
    services.save_preferences(shop=shop, by=owner_of(shop), wanted=Wanted(**wanted))
    make_question(text="送爸爸的茶具，400-600，我在上海")
    [one] = told(shop)
    assert (one.chosen, one.reasons, one.place) == (False, [reason], target)
    said = page("?view=not")
    assert reason in said and "没派给你" in said
    assert reason not in page("?view=chosen")


def test_out_of_stock_leads_to_the_products(shop):
    shop.products.update(stock=0)
    make_question()
    [one] = told(shop)
    assert (one.reasons, one.place) == (["合适的货当时没有库存"], "shops:products")


@pytest.mark.parametrize(
    ("behind", "reason"),
    [
        ({"relevance": 0.4}, "别家的货更贴近这个需求"),
        ({"relevance": 0.4, "price": 0.1}, "别家的价格离预算更近"),
        ({"answers": 0.1}, "别家回答得更稳"),
        ({"adoption": 0.01}, "别家的回答更常被选中"),
        ({"service": 0.2}, "买家对别家服务的评价更好"),
        ({"load": 15.0}, "你店里等着回答的问题比别家多"),
        ({"recent": 30.0}, "你刚接到的比别家多，问题会轮着派"),
        ({}, "你和别家一样合适，只是名额满了"),
    ],
)
def test_who_ranked_lower_is_told_by_what(shop, behind, reason):
    others = [make_tea_shop() for _ in range(3)]
    question = make_question(wave=False)
    equal = {
        "relevance": 0.9,
        "price": 1.0,
        "answers": 0.8,
        "adoption": 0.3,
        "service": 0.8,
        "load": 1.0,
        "recent": 0.0,
    }
    for other in others:
        Consideration.objects.create(
            question=question, wave_number=1, shop=other, score=0.5, features=equal, asked=True
        )
    Consideration.objects.create(
        question=question, wave_number=1, shop=shop, score=0.1, features=equal | behind, asked=False
    )
    [one] = told(shop)
    assert (one.chosen, one.reasons) == (False, [reason])


def test_nobody_elses_name_and_no_buyers_words_stand_on_the_page(page, shop):
    others = [make_tea_shop(f"隔壁老王{n}") for n in range(8)]
    buyer = make_buyer("买家小林")
    Invitation.objects.all().delete()
    question = make_question(buyer, text="送爸爸60岁生日的茶具，我家住虹桥路，400-600，喝普洱")
    Invitation.objects.filter(shop=shop).delete()
    Consideration.objects.filter(shop=shop).update(asked=False, reason="")
    assert question.considerations.filter(shop=shop).exists()
    said = page()
    assert "没派给你" in said and "普洱" in said and "¥400–600" in said
    for word in (*(other.name for other in others), "买家小林", "虹桥路", "爸爸", "60岁"):
        assert word not in said


def test_where_matching_did_not_look_it_says_so(shop, page):
    question = make_question()
    Consideration.objects.all().delete()
    Invitation.objects.all().delete()
    assert "没有记录：别家的货更贴近" in page()
    assert question.text not in page()


def test_a_shop_that_was_never_looked_at_is_told_that_nothing_is_stored(page):
    assert "这几天没有记录" in page()
    assert "还没有派过问题给你" in page()


def test_a_block_is_not_given_away(shop):
    question = make_question()
    question.invitations.filter(shop=shop).delete()
    question.considerations.filter(shop=shop).update(asked=False, reason="blocked")
    assert told(shop) == []


def test_old_ones_are_left_out(shop):
    make_question()
    Question.objects.update(dispatched_at=timezone.now() - timedelta(days=31))
    assert told(shop) == []


def test_prepared_pool_and_desk_are_named(shop):
    question = make_question()
    for number, word in ((0, "自动回答"), (90, "问题池"), (91, "平台的人")):
        question.invitations.get(shop=shop).wave.__class__.objects.filter(question=question).update(number=number)
        assert word in told(shop)[0].reasons[0]


def test_telling_costs_the_same_for_one_and_for_many(shop, django_assert_num_queries):
    make_question()
    rows = list(why.looked_at(shop))
    with django_assert_num_queries(5):
        why.told(shop, rows)
    for _ in range(3):
        make_question()
    rows = list(why.looked_at(shop))
    with django_assert_num_queries(5):
        why.told(shop, rows)


def test_own_figures_stand_beside_the_median_of_the_category(shop, page):
    standing(shop, 10, 4, 1, seconds=900)
    for share in (5, 6, 8, 9):
        standing(make_tea_shop(), 10, share, share // 2, seconds=share * 30)
    [kind] = place.kinds(shop)
    assert (kind.own.answers, kind.usual.answers, kind.shops) == (0.4, 0.6, 5)
    assert kind.own.adopted == 0.25 and kind.usual.adopted == pytest.approx(0.444, abs=0.06)
    assert (kind.own.seconds, kind.usual.seconds) == (900, 240)
    said = page()
    assert "40%" in said and "同类中位数" in said and "要么回答，要么跳过" in said and "常用语" in said


def test_few_shops_are_not_compared(shop, page):
    standing(shop, 10, 4, 1, seconds=900)
    standing(make_tea_shop(), 10, 9, 9, seconds=77)
    [kind] = place.kinds(shop)
    assert kind.usual is None and kind.advice == []
    assert "这一类的店还太少" in page() and "90%" not in page()


def test_agents_may_look_and_strangers_not(client, shop):
    make_answer(make_question(), shop)
    agent = make_buyer("店员")
    Membership.objects.create(merchant=shop.merchant, user=agent, role=Role.AGENT)
    client.force_login(agent)
    assert client.get("/m/why/").status_code == 200
    client.force_login(make_buyer("路人"))
    assert client.get("/m/why/").status_code == 404
