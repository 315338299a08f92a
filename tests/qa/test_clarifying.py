"""Asking back: one question at a time, drawn from what is in stock."""

import pytest
from django.utils import translation

from core.errors import NotFound
from qa import clarifying, services
from qa.errors import BadChoice, NotAskedNow, QuestionClosed
from qa.models import Clarification, Question
from qa.need import Need, facts
from qa.stories import timeline
from qa.understanding import understand
from shops.models import Shop
from tests.accounts.factories import api_of
from tests.shops.factories import make_category, make_product, make_shop

from .factories import TEA, make_buyer, make_question, make_tea_category, make_tea_shop, values_of

pytestmark = pytest.mark.django_db


def stock(*rows, category=None, shop=None, **fields):
    """Products (title, price in fen, values) on sale at one shop."""
    shop = shop or make_shop("茶叶铺")
    return [
        make_product(
            shop, title=title, price_fen=price, category=category, values=values_of(category, *values), **fields
        )
        for title, price, values in rows
    ]


def teas(count: int = 12):
    """`count` pots of one price, half of them for pu'er; every third of porcelain."""
    category = make_tea_category()
    rows = [(f"茶壶{n}号", 30_000, (TEA["适合"][n % 2], "白瓷" if n % 3 == 0 else "紫砂")) for n in range(count)]
    stock(*rows, category=category)
    return category


def tap(question: Question, value: str | None) -> Question:
    row = question.clarifications.get(answered_at=None)
    return services.answer_clarification(question=question, position=row.position, value=value)


def values(row: Clarification) -> list[str]:
    return [option["value"] for option in row.options]


def test_one_question_at_a_time_and_each_after_the_answer():
    teas(24)
    question = make_question(text="想买茶壶", dispatched=False)
    [first] = question.clarifications.all()
    assert (first.slot, first.position, first.fitting_before, first.fitting_after) == ("attribute:适合", 1, 24, None)
    question = tap(question, "普洱")
    first, second = question.clarifications.all()
    assert (first.answer, first.fitting_after) == ("普洱", 12)
    assert (second.slot, second.position, second.fitting_before) == ("attribute:材质", 2, 12)
    assert {option["value"]: option["count"] for option in second.options} == {"紫砂": 8, "白瓷": 4, "": 12}


PROMPTS = {
    "category": ("你想找的是哪一种？", "Which of these are you looking for?"),
    "budget": ("大概想花多少钱？", "About how much do you want to spend?"),
    "facet:colour": ("要什么颜色？", "Which colour?"),
    "needed_by": ("最晚哪天要到？", "When do you need it at the latest?"),
}


def asked_about(slot: str) -> Clarification:
    """A question about `slot`, asked in a request whose language is Chinese."""
    if slot == "category":
        stock(*[(f"礼盒{n}", 10_000, ()) for n in range(12)], category=make_tea_category())
        stock(*[(f"礼盒香{n}", 10_000, ()) for n in range(8)], category=make_category("香薰"), shop=make_shop("香铺"))
        text = "送人的礼盒"
    elif slot == "budget":
        stock(*[("茶具", price * 100, ()) for price in range(100, 1300, 100)])
        text = "想买茶具"
    else:
        colour = ("黑色", "白色", "蓝色") if slot == "facet:colour" else ("黑色",)
        stock(*[(f"羽毛球拍{colour[n % len(colour)]}款{n}", 20_000, ()) for n in range(15)])
        text = "想买一副羽毛球拍"
    with translation.override("zh-hans"):
        return make_question(text=text, dispatched=False).clarifications.get(slot=slot)


@pytest.mark.parametrize("slot", PROMPTS)
def test_it_is_read_in_each_readers_language(slot):
    row, said = asked_about(slot), {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said[language] = row.words
    assert tuple(said[language]["prompt"] for language in said) == PROMPTS[slot]
    chinese, english = ({one["value"]: one["label"] for one in said[language]["options"]} for language in said)
    assert list(chinese) == list(english) == values(row)
    assert english[""] == ("Any day will do" if slot == "needed_by" else "Any will do") != chinese[""]
    named = {value for value in chinese if chinese[value] == english[value]}
    if slot == "category":  # What ops call it has one language.
        assert set(chinese.values()) >= {"茶具", "香薰"} and named == set(chinese) - {""}
    elif slot == "budget":
        [low, high] = [value for value in chinese if value.startswith("-") or value.endswith("-")]
        assert english[low].startswith("within ¥") and english[high].startswith("from ¥") and low not in named
    elif slot == "needed_by":
        assert not named and all(label.startswith("by ") for value, label in english.items() if value)
    else:
        assert named == {"黑色", "白色", "蓝色"}


def test_the_api_and_ops_read_it_in_their_own_language():
    row = asked_about("facet:colour")
    question = row.question
    # A request leaves its language behind.
    with translation.override(None):
        for language, (prompt, any_will_do) in {
            "en": ("Which colour?", "Any will do"),
            "zh-Hans": ("要什么颜色？", "都可以"),
        }.items():
            told = api_of(question.buyer).get(
                f"/api/v1/questions/{question.public_id}", headers={"Accept-Language": language}
            )
            [asked] = told.json()["clarifications"]
            assert (asked["prompt"], asked["options"][-1]["label"]) == (prompt, any_will_do)
    tap(question, "")
    with translation.override("en"):
        assert any("Which colour? Any will do" in moment.detail for moment in timeline(question))


def test_the_question_of_an_attribute_is_as_ops_wrote_it():
    teas(24)
    asked = make_question(text="想买茶壶", dispatched=False).clarifications.get()
    with translation.override("en"):
        assert (asked.slot, asked.words["prompt"]) == ("attribute:适合", asked.asked)
    assert asked.asked


def test_it_stops_at_ten_products():
    teas(20)
    question = tap(make_question(text="想买茶壶", dispatched=False), "普洱")
    assert question.status == Question.Status.DISPATCHED
    assert question.clarifications.get().fitting_after == 10


def test_ten_products_are_few_enough_not_to_ask():
    teas(10)
    assert make_question(text="想买茶壶", dispatched=False).status == Question.Status.DISPATCHED


def test_it_stops_at_three_questions(asks_back):
    teas(24)
    question = make_question(text="想买茶壶", dispatched=False)
    for _ in range(3):
        assert question.status == Question.Status.CLARIFYING
        question = tap(question, None)
    assert (question.status, question.clarifications.count()) == (Question.Status.DISPATCHED, 3)


def test_the_category_comes_first_where_products_spread_over_several():
    tea, scent = make_tea_category(), make_category("香薰")
    stock(*[(f"礼盒{n}", 10_000 * (n + 1), ()) for n in range(12)], category=tea)
    stock(*[(f"礼盒香{n}", 10_000 * (n + 1), ()) for n in range(8)], category=scent, shop=make_shop("香铺"))
    question = make_question(text="送人的礼盒", dispatched=False)
    asked = question.clarifications.get()
    assert (asked.slot, values(asked)) == ("category", [tea.public_id, scent.public_id, ""])
    question = tap(question, scent.public_id)
    assert (question.category, Need.from_json(question.need).origins["category"]) == (scent, "tapped")
    assert question.clarifications.get(position=1).fitting_after == 8


def test_a_category_that_was_named_is_not_asked():
    teas(24)
    stock(*[("茶壶垫", 1_000, ())] * 5, category=make_category("杯垫"), shop=make_shop("垫铺"))
    assert make_question(text="想买茶具", dispatched=False).clarifications.get().slot != "category"


def test_options_come_from_what_is_in_stock_and_within_reach():
    teas(24)
    category = make_tea_category()
    stock(("茶壶无货", 9_900_000, ("玻璃",)), category=category, shop=make_shop("空铺"), stock=0)
    resting = make_shop("歇业")
    stock(("茶壶歇业", 9_900_000, ("玻璃",)), category=category, shop=resting)
    Shop.objects.filter(pk=resting.pk).update(is_open=False)
    question = tap(make_question(text="想买茶壶", dispatched=False), "")
    assert values(question.clarifications.get(position=2)) == ["紫砂", "白瓷", ""]


def test_prices_split_what_nothing_else_does(asks_back):
    for price in (9_900, 29_900, 59_900):
        make_tea_shop(price_fen=price)
    make_tea_shop(price_fen=99_900_00, stock=0)
    budget = make_question(text="想买茶具", dispatched=False).clarifications.get()
    assert budget.slot == "budget"
    assert max(int(value) for band in values(budget) for value in band.split("-") if value) <= 60_000
    assert sum(option["count"] for option in budget.options if option["value"]) == 3


@pytest.mark.parametrize(
    "prices",
    [
        [100, 200, 300],
        [99, 100, 100, 100, 200, 200, 300, 300, 300],
        [100, 300, 300, 300, 300, 600],
        [*range(1, 13)],
        [*range(270, 340, 10)],
        [0.5, 1, 1.5, 2, 3],
    ],
    ids=str,
)
def test_each_price_lies_in_one_band_and_a_tap_leaves_as_many_as_was_said(prices, asks_back):
    stock(*[("茶具", round(price * 100), ()) for price in prices])
    budget = make_question(text="想买茶具", dispatched=False).clarifications.get(slot="budget")
    bands = [option for option in budget.options if option["value"]]
    assert sum(band["count"] for band in bands) == len(prices)
    for band in bands:
        need = Need(words=["茶具"])
        assert clarifying.apply(need, "budget", band["value"])
        assert len(clarifying.candidates(need)) == band["count"] > 0


def test_words_of_titles_are_asked_where_there_are_no_attributes():
    colours = ["黑色", "白色", "蓝色"]
    stock(*[(f"羽毛球拍{colours[n % 3]}款{n}", 20_000, ()) for n in range(15)])
    question = make_question(text="想买一副羽毛球拍", dispatched=False)
    asked = question.clarifications.get()
    assert (asked.slot, sorted(values(asked))) == ("facet:colour", ["", *sorted(colours)])
    question = tap(question, "蓝色")
    need = Need.from_json(question.need)
    assert need.facets == {"colour": "蓝色"}
    assert "蓝色" in need.words
    assert {"slot": "facet:colour", "label": "颜色", "value": "蓝色", "origin": "tapped"} in facts(need)
    assert question.clarifications.get().fitting_after == 5


def test_options_are_of_one_kind():
    from qa.clarifying.titles import facets

    found = facets("Sony 索尼 WH-1000 黑色无线蓝牙耳机 头戴式 30毫米", ["耳机"])
    assert found == {"brand": {"索尼"}, "colour": {"黑色"}, "feature": {"无线", "蓝牙"}, "length": {"30 毫米"}}
    assert facets("华为 Mate X3 手机", ["手机"])["brand"] == {"华为"}
    assert facets("学生书包 双肩包", ["包"])["type"] == {"书包", "双肩包"}
    assert "brand" not in facets("缤肌沁润免蒸护理发膜", ["发膜"])
    assert facets("蓝色耳机", ["蓝色", "耳机"]) == {}  # Asked for already.


def test_none_of_these_leaves_the_others():
    from qa.clarifying import facets

    brands = [f"牌{chr(0x4E00 + n)}" for n in range(15)]
    stock(*[(f"{brand} 羽毛球拍", 20_000, ()) for brand in brands])
    question = make_question(text="想买羽毛球拍", dispatched=False)
    asked = question.clarifications.get()
    assert asked.slot == "facet:brand"
    assert len(asked.options) == facets.MOST_OPTIONS + 2
    question = tap(question, "~")
    assert question.clarifications.get().fitting_after == 3
    assert question.status == Question.Status.DISPATCHED


def test_any_will_do_is_said_and_skipping_is_not(asks_back):
    teas(24)
    question = tap(make_question(text="想买茶壶", dispatched=False), "")
    question = tap(question, None)
    need = Need.from_json(question.need)
    assert need.no_matter == ["attribute:适合"]
    assert (need.origins["attribute:适合"], "attribute:材质" in need.origins) == ("tapped", False)
    assert [row.skipped for row in question.clarifications.filter(position__lt=3)] == [False, True]


def test_a_skipped_day_is_not_shown_as_said(asks_back):
    make_tea_shop()
    question = make_question(text="想买茶具", dispatched=False)
    assert question.clarifications.get().slot == "needed_by"
    question = tap(question, None)
    assert "不着急" not in str(facts(Need.from_json(question.need)))
    other = tap(make_question(text="想买茶具", dispatched=False), "")
    assert {"slot": "needed_by", "label": "最晚到", "value": "不着急", "origin": "tapped"} in facts(
        Need.from_json(other.need)
    )


def test_what_was_said_narrows_but_silence_of_a_product_is_no_contradiction():
    category = teas(12)
    stock(("茶壶无名", 30_000, ()), category=category, shop=make_shop("无名"))
    found = clarifying.candidates(understand("想买喝普洱的茶壶"))
    assert len(found) == 7
    assert any(one.title == "茶壶无名" for one in found)


def test_what_must_not_be_is_no_candidate():
    teas(12)
    found = clarifying.candidates(understand("想买茶壶，不要白瓷的"))
    assert found
    assert all("白瓷" not in one.values["材质"] for one in found)


def test_nothing_to_ask_sends_it_off_at_once():
    question = make_question(text="想买茶具", dispatched=False)  # No shop has anything.
    assert question.status == Question.Status.DISPATCHED
    assert not question.clarifications.exists()


def moved(question: Question) -> tuple:
    return Question.objects.values().get(pk=question.pk), list(question.clarifications.values())


@pytest.mark.parametrize("value", ["x", "-", "5-1", "0-0", "1-" + "9" * 20, "-١٢", "<b>", "~"])
def test_choices_that_mean_nothing_move_nothing(value, asks_back):
    for price in (9_900, 29_900, 59_900):
        make_tea_shop(price_fen=price)
    question = make_question(text="想买茶具", dispatched=False)
    before = moved(question)
    with pytest.raises(BadChoice):
        tap(question, value)
    assert moved(question) == before


@pytest.mark.parametrize("value", ["2020-01-01", "2999-01-01", "morgen", "~"])
def test_days_that_mean_nothing_move_nothing(value, asks_back):
    make_tea_shop()
    question = make_question(text="想买茶具", dispatched=False)
    before = moved(question)
    with pytest.raises(BadChoice):
        tap(question, value)
    assert moved(question) == before


def test_an_option_that_was_not_offered_is_refused():
    teas(24)
    question = make_question(text="想买茶壶", dispatched=False)
    before = moved(question)
    for value in ("玻璃", "紫砂"):
        with pytest.raises(BadChoice):
            tap(question, value)
    assert moved(question) == before


def test_only_the_open_question_takes_an_answer():
    teas(24)
    question = tap(make_question(text="想买茶壶", dispatched=False), "普洱")
    before = moved(question)
    for value in ("绿茶", "", None):
        with pytest.raises(NotAskedNow):
            services.answer_clarification(question=question, position=1, value=value)
    for position in (0, 3, 9):
        with pytest.raises(NotFound):
            services.answer_clarification(question=question, position=position, value="")
    assert moved(question) == before


def test_the_same_tap_twice_changes_nothing_even_after_sending():
    teas(20)
    question = tap(make_question(text="想买茶壶", dispatched=False), "普洱")
    before = moved(question)
    again = services.answer_clarification(question=question, position=1, value="普洱")
    assert (again.status, moved(question)) == (Question.Status.DISPATCHED, before)
    with pytest.raises(QuestionClosed):
        services.answer_clarification(question=question, position=1, value="绿茶")
    assert moved(question) == before


def test_over_http_with_counts_and_refusals():
    teas(24)
    question = make_question(text="想买茶壶", dispatched=False)
    path = f"/api/v1/questions/{question.public_id}"
    api = api_of(question.buyer)
    told = api.get(path).json()
    assert (told["status"], told["fitting_products"]) == ("clarifying", 24)
    [row] = told["clarifications"]
    assert row["options"][0] == {"value": "普洱", "label": "普洱", "count": 12}
    before = moved(question)
    assert api_of(make_buyer()).post(f"{path}/clarifications/1", {"value": "普洱"}).status_code == 404
    assert api.post(f"{path}/clarifications/1", {"value": "没有的"}).json()["code"] == "bad_choice"
    assert api.post(f"{path}/clarifications/2", {"value": ""}).status_code == 404
    assert moved(question) == before
    told = api.post(f"{path}/clarifications/1", {"value": "普洱"}).json()
    assert (told["fitting_products"], told["clarifications"][0]["fitting_after"]) == (12, 12)
    late = api.post(f"{path}/clarifications/1", {"skip": True})
    assert (late.status_code, late.json()["code"]) == (409, "clarification_not_current")


def test_the_story_tells_each_tap_and_where_a_slot_comes_from():
    teas(24)
    question = tap(tap(make_question(text="送爸爸的茶壶", dispatched=False), "普洱"), None)
    told = [moment for moment in timeline(question) if moment.what in ("点选", "跳过了")]
    assert [moment.what for moment in told] == ["点选", "跳过了"]
    assert "普洱" in told[0].detail
    assert "24 → 12" in told[0].detail
    origins = {fact["slot"]: fact["origin"] for fact in facts(Need.from_json(question.need))}
    assert origins == {"recipient": "said", "attribute:适合": "tapped"}


def test_a_category_guessed_from_titles_says_so():
    stock(*[(f"紫砂壶{n}", 30_000, ()) for n in range(5)], category=make_category("壶具"))
    need = understand("想买紫砂壶")
    assert (need.category_id is not None, need.origins["category"]) == (True, "guessed")


def test_candidates_cost_the_same_for_few_and_many(django_assert_num_queries):
    category = teas(3)
    need = understand("想买茶壶")
    with django_assert_num_queries(4):
        clarifying.candidates(need)
    stock(*[("茶壶", 100, ("普洱",))] * 30, category=category, shop=make_shop("另一家"))
    with django_assert_num_queries(4):
        clarifying.candidates(need)
