"""How answers are judged, ordered, explained and compared for one buyer."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.services import grant_consent, withdraw_consent
from crm.models import Follower
from orders.models import Order
from qa import ranking, selectors, services
from qa.errors import ShortlistFull
from qa.models import Answer
from qa.need import Need
from qa.ranking import Entry, Offer, Record, Reply, Taste, reasons, weights, wishes
from qa.ranking.record import record_of
from qa.ranking.taste import taste_of
from qa.ranking.wording import worded
from tests.accounts.factories import api_of
from tests.orders.factories import make_order

from .factories import make_answer, make_buyer, make_question, make_tea_shop

NEED = Need(
    budget_min_fen=40_000,
    budget_max_fen=60_000,
    needed_by=timezone.localdate() + timedelta(days=7),
    attributes={"适合": "普洱"},
    avoid=["玻璃"],
)
TEAPOT = Offer("紫砂壶", 52_800, 10, (("适合", "普洱", ""), ("材质", "紫砂", "")))


def verdicts(reply: Reply, need: Need = NEED) -> dict[str, str]:
    return {row.slot: row.verdict for row in ranking.judge(need, reply).conditions}


def test_each_condition_is_met_missed_or_unknown():
    soon = timezone.localdate() + timedelta(days=3)
    late = timezone.localdate() + timedelta(days=9)
    assert set(verdicts(Reply("好", (TEAPOT,), soon)).values()) == {"met"}
    assert verdicts(Reply("好", (), None)) == dict.fromkeys(
        ("budget", "needed_by", "attribute:适合", "avoid"), "unknown"
    )
    glass = Offer("玻璃壶", 70_000, 10, (("适合", "绿茶", ""),))
    assert set(verdicts(Reply("好", (glass,), late)).values()) == {"missed"}


def test_the_buyers_words_are_cited():
    rows = {row.slot: row for row in ranking.judge(NEED, Reply("好", (Offer("壶", 68_800, 1),))).conditions}
    assert (rows["budget"].wish, rows["budget"].word) == ("预算 ¥400–600", "超 ¥88")
    assert rows["attribute:适合"].word == "没说"


def test_the_shops_words_count_where_its_data_is_silent():
    assert verdicts(Reply("很适合普洱", (Offer("壶", 50_000, 1),)))["attribute:适合"] == "met"


def test_more_conditions_win_then_price_then_the_earlier_day():
    soon, later = timezone.localdate() + timedelta(days=2), timezone.localdate() + timedelta(days=6)
    full = ranking.judge(NEED, Reply("好", (TEAPOT,), soon)).score
    slower = ranking.judge(NEED, Reply("好", (TEAPOT,), later)).score
    silent = ranking.judge(NEED, Reply("好", (TEAPOT,), None)).score
    assert 1 >= full > slower > silent > ranking.judge(NEED, Reply("好")).score >= 0


def test_shares_sum_to_one_and_no_taste_outweighs_a_broken_wish():
    total = weights.NEED + weights.PRICE + weights.EARLY + weights.RECORD + weights.TASTE
    assert total == pytest.approx(1)
    assert weights.NEED * weights.WORTH["unknown"] / 5 > weights.TASTE
    assert sum(weights.TASTE_PARTS.values()) == pytest.approx(1)


NOW = timezone.now()


def entry(pk: int, score: float = 0.8, **fields) -> Entry:
    given = {"shop_id": pk, "title": f"商品{pk}", "price_fen": 10_000, "products": frozenset({pk}), **fields}
    return Entry(pk=pk, score=score, visible_at=NOW + timedelta(seconds=pk), **given)


def pks(placed) -> list[int]:
    return [place.pk for place in placed]


def test_the_order_is_the_same_whatever_order_they_come_in():
    entries = [entry(1), entry(2), entry(3, 0.9), entry(4, 0.2)]
    orders = {tuple(pks(ranking.order(list(some)))) for some in permutations(entries)}
    assert orders == {(3, 1, 2, 4)}


def test_five_equal_offers_do_not_fill_the_list():
    same = [entry(n, 0.8, title="紫砂壶茶具礼盒", values=frozenset({("材质", "紫砂")})) for n in range(1, 6)]
    other = entry(6, 0.78, title="白瓷盖碗", values=frozenset({("材质", "白瓷")}), price_fen=6_000)
    placed = ranking.order([*same, other])
    assert pks(placed)[:2] == [1, 6]
    assert placed[2].stepped_back > 0


def test_a_second_answer_of_the_same_shop_steps_back():
    assert pks(ranking.order([entry(1, 0.80), entry(2, 0.79, shop_id=1), entry(3, 0.75, price_fen=90_000)])) == [
        1,
        3,
        2,
    ]


def test_likeness_passes_over_no_kept_condition():
    """A step back costs less than one open condition of seven."""
    assert weights.NEED * (1 - weights.WORTH["unknown"]) / 7 > weights.DIVERSITY


def test_taste_moves_equal_answers_and_says_why():
    taste = Taste(bought=Counter({2: 3}))
    first, second = ranking.order([entry(1), entry(2)], taste)
    assert (first.pk, first.liking.words) == (2, "你在这家买过（3 次）")
    assert (second.pk, second.liking.words) == (1, "")


def test_taste_needs_evidence():
    once = Taste(values=Counter({("材质", "紫砂"): 1}), prices_fen=(10_000, 10_000))
    liking = once.likes(shop_id=1, category_id=None, price_fen=10_000, values=[("材质", "紫砂")])
    assert (liking.share, liking.words) == (0, "")
    often = Taste(values=Counter({("材质", "紫砂"): 4}), prices_fen=(9_000, 10_000, 11_000))
    liking = often.likes(shop_id=1, category_id=None, price_fen=10_000, values=[("材质", "紫砂")])
    assert (round(liking.share, 2), liking.words) == (0.5, "紫砂，你常选的")


def test_a_newcomer_is_as_good_as_most():
    assert Record().score == pytest.approx(0.4 * 0.5 + 0.3 * 0.8 + 0.3 * 0.9)
    assert Record(answers=20, adoptions=10, praise=9, promised=10, kept=10).score > Record().score
    assert Record(answers=40, blame=5, promised=10).score < Record().score


counts = st.floats(0, 500)
records = st.builds(Record, counts, counts, counts, counts, st.integers(0, 500), st.integers(0, 500)).map(
    lambda record: replace(record, kept=min(record.kept, record.promised))
)


@settings(max_examples=50, deadline=None)
@given(records, st.integers(1, 200_000), st.integers(-5, 20))
def test_every_score_lies_between_nothing_and_one(record, price_fen, days):
    offer = replace(TEAPOT, price_fen=price_fen)
    found = ranking.judge(NEED, Reply("好", (offer,), timezone.localdate() + timedelta(days=days)), record=record)
    assert 0 <= found.score <= 1 - weights.TASTE
    assert all(0 <= part <= 1 for part in found.parts.values())


def test_services_are_asked_for_offered_and_refused():
    assert [wish.name for wish in wishes.asked("想要能刻字的，不用开发票")] == ["engraving"]
    engraving = wishes.WISHES[0]
    assert wishes.offered(engraving, "免费刻字") is True
    assert wishes.offered(engraving, "这款不能刻字") is False
    assert wishes.offered(engraving, "壶口宽") is None


def test_reasons_are_concrete_cite_the_buyer_and_name_what_is_open():
    text = "送爸爸的茶具，他爱喝普洱，不要玻璃，能不能刻字"
    soon = timezone.localdate() + timedelta(days=3)
    told = ranking.judge(NEED, Reply("好", (TEAPOT,), soon), text=text, record=Record(promised=12, kept=12)).to_json()
    assert len(reasons.why(NEED, told)) == 2
    assert reasons.why(NEED, told)[0].startswith("在你 ¥400–600 的预算里，")
    assert reasons.why(NEED, told)[1] == "你说“他爱喝普洱”：普洱"
    assert reasons.missing(told) == ["没说能不能刻字"]
    silent = ranking.judge(NEED, Reply("好", (replace(TEAPOT, price_fen=68_800),)), text=text).to_json()
    assert reasons.broken(silent) == ["你的预算 ¥400–600，这件超 ¥88"]
    assert "没说哪天到" in reasons.missing(silent)


YEAR = timezone.localdate().year
GREEN = Offer("玻璃壶", 70_000, 3, (("适合", "绿茶", ""), ("材质", "玻璃", "")))


@pytest.mark.parametrize(
    ("need", "text", "reply", "chinese", "english"),
    [
        (
            Need(attributes={"适合": "普洱"}), "", Reply("好", (GREEN,)),
            "适合：你要普洱，这件是绿茶", "适合: you want 普洱, this is 绿茶",
        ),
        (
            Need(budget_max_fen=60_000), "", Reply("好", (GREEN,)),
            "你的预算 ¥600 内，这件超 ¥100", "your budget: within ¥600, this is ¥100 over",
        ),
        (
            Need(needed_by=date(YEAR, 12, 3)), "", Reply("好", (GREEN,), date(YEAR, 12, 5)),
            "你最晚 12月3日要，这件 12月5日才到", "you need it by Dec 3, this arrives Dec 5",
        ),
        (Need(quantity=5), "", Reply("好", (GREEN,)), "你要 5 件，只剩 3 件", "you want 5, only 3 left"),
        (
            Need(quantity=5), "", Reply("好", (replace(GREEN, stock=0),)),
            "你要 5 件，已经卖完", "you want 5, it is sold out",
        ),
        (
            Need(avoid=["塑料", "玻璃"]), "", Reply("好", (GREEN,)),
            "你不要玻璃，这件有", "you don’t want 玻璃, this has it",
        ),
        (
            Need(), "能不能刻字", Reply("这款不能刻字", (GREEN,)),
            "你要刻字，店家说不提供", "you want engraving, the shop says no",
        ),
    ],
)  # fmt: skip
def test_each_kind_of_broken_wish_has_its_own_sentence(need, text, reply, chinese, english):
    stored = ranking.judge(need, reply, text=text).to_json()
    assert reasons.broken(stored) == [chinese]
    with translation.override("en"):
        assert reasons.broken(stored) == [english]


@pytest.mark.parametrize(
    ("need", "offer", "chinese", "english"),
    [
        (Need(attributes={"适合": "普洱"}), TEAPOT, "适合：你要普洱，这件就是", "适合: you want 普洱, this is it"),
        (Need(facets={"material": "紫砂"}), TEAPOT, "材质：你要紫砂，这件就是", "Material: you want 紫砂, this is it"),
        (Need(quantity=5), TEAPOT, "你要 5 件，有货", "you want 5, they are in stock"),
        (Need(avoid=["玻璃"]), TEAPOT, "你不要玻璃，这件没有", "you don’t want 玻璃, this is without"),
    ],
)
def test_each_kind_of_kept_wish_has_its_own_sentence(need, offer, chinese, english):
    stored = ranking.judge(need, Reply("好", (offer,))).to_json()
    assert reasons.why(need, stored)[0] == chinese
    with translation.override("en"):
        assert reasons.why(need, stored)[0] == english


def test_what_was_judged_before_its_find_was_kept_names_all_that_was_to_be_avoided():
    stored = ranking.judge(Need(avoid=["塑料", "玻璃"]), Reply("好", (GREEN,))).to_json()
    stored["conditions"][0]["detail"] = None
    assert reasons.broken(stored) == ["你不要塑料、玻璃，这件有"]


def test_the_record_speaks_where_nothing_else_does():
    told = ranking.judge(Need(), Reply("好"), record=Record(promised=12, kept=11)).to_json()
    assert reasons.why(Need(), told) == ["答应了到货日的 12 单里，11 单按时发了"]


@pytest.fixture
def shops():
    return [make_tea_shop(f"茶店{n}", price_fen=price) for n, price in enumerate((48_000, 52_000, 90_000, 50_000))]


@pytest.fixture
def question(db, shops):
    return make_question(text="送爸爸的茶具，爱喝普洱，400-600")


def test_compare_shows_the_buyers_conditions_and_the_best(question, shops):
    soon = timezone.localdate() + timedelta(days=3)
    for shop, day in zip(shops, (soon + timedelta(days=2), soon, soon, None), strict=True):
        make_answer(question, shop, arrive_by=day)
    told = api_of(question.buyer).get(f"/api/v1/questions/{question.public_id}/compare").json()
    assert (told["total"], len(told["answers"])) == (4, 3)
    names = {answer["id"]: answer["shop"]["name"] for answer in told["answers"]}
    assert names[told["best_id"]] == "茶店1"
    budget = next(row for row in told["rows"] if row["slot"] == "budget")
    assert (budget["kind"], budget["label"]) == ("condition", "预算 ¥400–600")
    assert [row["slot"] for row in told["rows"] if row["kind"] == "fact"] == ["price", "arrive_by"]
    assert all(len(row["cells"]) == 3 for row in told["rows"])


def test_the_shortlist_is_what_is_compared(question, shops):
    answers = [make_answer(question, shop) for shop in shops]
    api, path = api_of(question.buyer), f"/api/v1/questions/{question.public_id}/compare"
    dear = answers[2]
    assert api.put(f"/api/v1/answers/{dear.public_id}/shortlist").json() == {"id": dear.public_id, "shortlisted": True}
    told = api.get(path).json()
    assert ([answer["id"] for answer in told["answers"]], told["best_id"]) == ([dear.public_id], None)
    assert told["answers"][0]["broken"] == ["你的预算 ¥400–600，这件超 ¥300"]
    named = api.get(path, {"answers": f"{answers[0].public_id},{answers[1].public_id},unknown"}).json()
    assert {answer["id"] for answer in named["answers"]} == {answers[0].public_id, answers[1].public_id}
    for answer in answers[:2]:
        services.shortlist(answer=answer, by=question.buyer, on=True)
    assert api.put(f"/api/v1/answers/{answers[3].public_id}/shortlist").json()["code"] == "shortlist_full"
    with pytest.raises(ShortlistFull):
        services.shortlist(answer=answers[3], by=question.buyer, on=True)
    assert Answer.objects.exclude(shortlisted_at=None).count() == 3
    assert api.delete(f"/api/v1/answers/{dear.public_id}/shortlist").json()["shortlisted"] is False
    assert len(api.get(path).json()["answers"]) == 2


def test_comparing_nothing_is_an_empty_table(question):
    told = selectors.comparison(question)
    assert (told["answers"], told["rows"], told["best_id"]) == ([], [], None)


def test_strangers_find_no_comparison_and_shortlist_nothing(question, shops):
    answer, stranger = make_answer(question, shops[0]), api_of(make_buyer("路人"))
    assert stranger.get(f"/api/v1/questions/{question.public_id}/compare").status_code == 404
    assert stranger.put(f"/api/v1/answers/{answer.public_id}/shortlist").status_code == 404
    answer.refresh_from_db()
    assert answer.shortlisted_at is None


def statements(read) -> int:
    with CaptureQueriesContext(connection) as queries:
        read()
    return len(queries)


def test_reading_and_comparing_cost_the_same_with_one_answer_and_with_four(question, shops):
    grant_consent(user=question.buyer, purpose="personalisation", version="1")
    make_answer(question, shops[0], arrive_by=timezone.localdate() + timedelta(days=3))
    api, path = api_of(question.buyer), f"/api/v1/questions/{question.public_id}"
    reads = [lambda: api.get(path), lambda: api.get(f"{path}/compare")]
    reads[0]()  # The usual time to an answer is cached.
    before = [statements(read) for read in reads]
    for shop in shops[1:]:
        make_answer(question, shop, arrive_by=timezone.localdate() + timedelta(days=3))
    assert [statements(read) for read in reads] == before


def test_taste_is_used_only_by_consent_and_stored_nowhere(question, shops):
    answers = [make_answer(question, shop) for shop in shops[:2]]
    Answer.objects.update(score=0.5, visible_at=timezone.now())
    buyer = question.buyer
    order = make_order(buyer=buyer, product=shops[1].products.get())
    Order.objects.filter(pk=order.pk).update(status=Order.Status.RECEIVED)
    path = f"/api/v1/questions/{question.public_id}"
    kept = list(Answer.objects.order_by("pk").values())

    told = api_of(buyer).get(path).json()["answers"]
    assert [answer["id"] for answer in told] == [answers[0].public_id, answers[1].public_id]
    assert {answer["for_you"] for answer in told} == {""}

    assert api_of(buyer).put("/api/v1/me/consents/personalisation", {"version": "1"}).status_code in (200, 201)
    told = api_of(buyer).get(path).json()["answers"]
    assert [answer["id"] for answer in told] == [answers[1].public_id, answers[0].public_id]
    assert told[0]["for_you"] == "你在这家买过（1 次）"
    assert list(Answer.objects.order_by("pk").values()) == kept

    withdraw_consent(user=buyer, purpose="personalisation")
    with CaptureQueriesContext(connection) as queries:
        told = api_of(buyer).get(path).json()["answers"]
    assert [answer["id"] for answer in told] == [answers[0].public_id, answers[1].public_id]
    assert not any("orders_orderline" in query["sql"] for query in queries)


def test_what_is_chosen_here_does_not_move_this_question(question, shops):
    answer = make_answer(question, shops[0])
    grant_consent(user=question.buyer, purpose="personalisation", version="1")
    services.adopt(answer=answer, by=question.buyer)
    here = taste_of(question.buyer, shop_ids=[shops[0].pk], apart_from=question.pk)
    assert not here.chosen
    elsewhere = taste_of(question.buyer, shop_ids=[shops[0].pk], apart_from=0)
    assert elsewhere.chosen == {shops[0].pk}
    Follower.objects.create(shop=shops[1], user=question.buyer, source="shop", followed_at=timezone.now())
    assert taste_of(question.buyer, shop_ids=[shops[1].pk], apart_from=0).followed == {shops[1].pk}


def test_the_record_counts_promises_by_the_day_of_sending(question, shops):
    today = timezone.localdate()
    for sent_after, number in ((1, 0), (4, 1)):
        asked = make_question(text="送爸爸的茶具，爱喝普洱，400-600")
        answer = make_answer(asked, shops[0], arrive_by=today + timedelta(days=2))
        Answer.objects.filter(pk=answer.pk).update(arrive_by=today - timedelta(days=5))
        order = make_order(buyer=asked.buyer, product=shops[0].products.get())
        paid = timezone.now() - timedelta(days=8)
        Order.objects.filter(pk=order.pk).update(
            quote=answer.cards.get().quote, status="shipped", paid_at=paid, shipped_at=paid + timedelta(days=sent_after)
        )
        assert number == record_of(shops[0].pk, timezone.now()).promised - 1
    found = record_of(shops[0].pk, timezone.now())
    assert (round(found.answers), found.adoptions, found.promised, found.kept) == (2, 0, 2, 1)


def test_the_most_a_comparison_costs(question, shops):
    """Ten statements, whatever there is to compare; more of them would be felt on the phone that polls."""
    grant_consent(user=question.buyer, purpose="personalisation", version="1")
    for shop in shops:
        make_answer(question, shop)
    assert statements(lambda: selectors.comparison(question)) <= 10


def test_conditions_are_stored_in_codes_and_read_in_the_readers_language():
    reply = Reply("好", (replace(TEAPOT, price_fen=68_800),), timezone.localdate())
    stored = ranking.judge(NEED, reply, text="能刻字吗").to_json()
    codes = {row["slot"]: (row["code"], row["detail"]) for row in stored["conditions"]}
    assert codes["budget"] == ("over", 8_800)
    assert codes["service:engraving"] == ("not_said", None)
    told = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            told[language] = {row["slot"]: (row["wish"], row["word"]) for row in worded(stored)}
    assert told["zh-hans"]["budget"] == ("预算 ¥400–600", "超 ¥88")
    assert told["en"]["budget"] == ("Budget ¥400–600", "¥88 over")
    assert told["en"]["service:engraving"] == ("engraving", "not said")
    assert told["zh-hans"]["service:engraving"] == ("刻字", "没说")
