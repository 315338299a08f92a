"""Public answers over HTTP: found by anybody, judged and decided by those who may."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qa import services
from qa.models import PublicAnswer, PublicFeedback
from qa.selectors import publications
from shops.models import Product, Sku
from tests.accounts.factories import api_of
from tests.shops.factories import make_category, owner_of

from .factories import make_answer, make_buyer, make_publication, make_question, make_tea_shop, say

pytestmark = pytest.mark.django_db
LIST = "/api/v1/public-questions"


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器")


def get(path: str, **query):
    return Client().get(path, query)


def test_anybody_finds_what_is_like_the_words_typed(shop):
    public = make_publication(shop)
    make_publication(make_tea_shop(), wording="给女朋友买口红，200 左右", answer="这支显白")
    make_publication(make_tea_shop(), public=False)
    [found] = get(LIST, q="送爸爸的茶具").json()["results"]
    assert (found["id"], found["question"], found["shop"]["name"]) == (public.public_id, public.question, "山南茶器")
    assert found["products"][0]["price_fen"] == 52_800
    assert found["url"].endswith(f"/q/{public.public_id}/")
    assert len(get(LIST).json()["results"]) == 2


@pytest.mark.parametrize(
    "typed", ["送", "?", "😀😀", "的的的", "长" * 3000, "茶具" * 1500, "' | !", "a & b:*", "\u202e", "\\"]
)
def test_whatever_is_typed_is_answered_with_what_is_like_it(shop, typed):
    make_publication(shop)
    reply = get(LIST, q=typed)
    assert reply.status_code == 200
    assert len(reply.json()["results"]) == ("茶具" in typed)


def test_nothing_typed_is_the_list_and_pages_by_cursor(shop):
    ids = [make_publication(shop).public_id for _ in range(3)]
    first = get(LIST, q=" ", limit=2).json()
    assert [row["id"] for row in first["results"]] == ids[:0:-1]
    second = Client().get(first["next"]).json()
    assert [row["id"] for row in second["results"]] == ids[:1]
    assert get(LIST, category=PublicAnswer.objects.first().category.public_id).json()["results"]
    assert get(LIST, category="nowhere").json()["results"] == get(LIST, shop="x" * 900).json()["results"] == []


def test_a_category_brings_all_below_it(shop):
    category = make_publication(shop).category
    for name in ("茶", "饮", "食"):
        above = make_category(name)
        type(above).objects.filter(pk=category.pk).update(parent=above)
        category = above
        for query in ({}, {"q": "茶具"}):
            assert len(get(LIST, category=above.public_id, **query).json()["results"]) == 1
    assert get(LIST, category=make_category("鞋").public_id).json()["results"] == []


def test_finding_and_listing_cost_the_same_for_one_and_for_three(shop):
    def statements(**query) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert get(LIST, **query).status_code == 200
        return len(queries)

    make_publication(shop)
    before = statements(), statements(q="茶具")
    make_publication(make_tea_shop())
    make_publication(shop)
    assert (statements(), statements(q="茶具")) == before
    assert max(before) <= 6


def test_products_are_shown_as_they_are_today(shop):
    public = make_publication(shop)
    path = f"{LIST}/{public.public_id}"
    sku = Sku.objects.get(product__shop=shop)
    Sku.objects.filter(pk=sku.pk).update(price_fen=39_900, stock=0)
    [product] = get(path).json()["products"]
    assert (product["on_sale"], product["price_fen"], product["stock_state"]) == (True, 39_900, "sold_out")
    Product.objects.filter(shop=shop).update(status=Product.Status.WITHDRAWN)
    [product] = get(path).json()["products"]
    assert (product["on_sale"], product["price_fen"]) == (False, None)


def test_what_is_gone_says_so_and_what_never_was_public_does_not(shop):
    public, hidden = make_publication(shop), make_publication(make_tea_shop(), public=False)
    services.withdraw(public=public, by=public.answer.question.buyer)
    gone = get(f"{LIST}/{public.public_id}")
    assert (gone.status_code, gone.json()["code"]) == (410, "public_answer_withdrawn")
    for unknown in (hidden.public_id, "x", "长" * 500):
        assert get(f"{LIST}/{unknown}").status_code == 404


def test_feedback_over_http(shop):
    public, reader = make_publication(shop), make_buyer("读者")
    path = f"{LIST}/{public.public_id}"
    told = api_of(reader).get(path).json()
    assert (told["my_feedback"], told["can_judge"], get(path).json()["can_judge"]) == (None, True, False)
    told = api_of(reader).put(f"{path}/feedback", {"helped": True}).json()
    assert (told["my_feedback"], told["helped"]) == (True, 1)
    told = api_of(reader).put(f"{path}/feedback", {"helped": False}).json()
    assert (told["my_feedback"], told["helped"], told["not_helped"]) == (False, 0, 1)
    told = api_of(reader).delete(f"{path}/feedback").json()
    assert (told["my_feedback"], told["not_helped"]) == (None, 0)
    refused = api_of(public.answer.question.buyer).put(f"{path}/feedback", {"helped": True})
    assert (refused.status_code, refused.json()["code"]) == (403, "feedback_not_yours")
    assert Client().put(f"{path}/feedback", {}).status_code == 401
    assert not PublicFeedback.objects.exists()


def test_the_buyer_decides_over_http(shop):
    buyer = make_buyer()
    question = make_question(buyer)
    answer = make_answer(question, shop)
    path = f"/api/v1/answers/{answer.public_id}/publication"
    api = api_of(buyer)
    assert api.get(path).json()["can_propose"] is False
    assert api.post(path).json()["code"] == "answer_not_publishable"
    services.adopt(answer=answer, by=buyer)
    assert api.get(path).json()["can_propose"] is True
    proposed = api.post(path).json()
    assert (proposed["status"], proposed["question"]) == ("proposed", question.text)
    assert api.put(path, {"question": "送爸爸的茶具"}).status_code == 400
    agreed = api.put(path, {"question": "送爸爸的茶具", "version": "2026-11"}).json()
    assert (agreed["status"], agreed["question"]) == ("checking", "送爸爸的茶具")
    services.conclude_public(public=PublicAnswer.objects.get(), verdict="pass")
    assert api.get(path).json()["url"].endswith("/")
    [row] = api.get("/api/v1/me/publications").json()
    assert (row["answer_id"], row["status"], row["order_ids"]) == (answer.public_id, "public", [])
    assert api.delete(path).json()["status"] == "withdrawn"
    assert api.delete(path).json()["can_propose"] is True
    # Somebody else's is not there.
    stranger = api_of(make_buyer("路人"))
    for method in (stranger.get, stranger.post, stranger.put, stranger.delete):
        assert method(path).status_code == 404
    assert stranger.get("/api/v1/me/publications").json() == []


def test_the_shop_sees_declines_and_switches_over_http(shop):
    public = make_publication(shop)
    api, rival = api_of(owner_of(shop)), api_of(owner_of(make_tea_shop()))
    assert [row["id"] for row in api.get("/api/v1/shop/public-answers").json()["results"]] == [public.public_id]
    assert rival.get("/api/v1/shop/public-answers").json()["results"] == []
    path = f"/api/v1/shop/public-answers/{public.public_id}/decline"
    assert rival.post(path).status_code == 404
    assert PublicAnswer.objects.visible().exists()
    assert api.post(path).json()["status"] == "withdrawn"
    assert api.get("/api/v1/shop/publishing").json() == {"on": True}
    assert api.put("/api/v1/shop/publishing", {"on": False}).json() == {"on": False}
    assert rival.get("/api/v1/shop/publishing").json() == {"on": True}
    assert api_of(make_buyer()).put("/api/v1/shop/publishing", {"on": False}).status_code == 403


def test_what_only_the_buyer_has_seen_the_shop_does_not_see(shop):
    question = make_question()
    answer = make_answer(question, shop)
    services.adopt(answer=answer, by=question.buyer)
    row = services.propose(answer=answer, by=question.buyer)
    api = api_of(owner_of(shop))
    assert api.get("/api/v1/shop/public-answers").json()["results"] == []
    assert api.post(f"/api/v1/shop/public-answers/{row.public_id}/decline").status_code == 404


def test_badges_stand_on_the_shops_page_and_on_answers(shop, settings):
    settings.QA_BADGE_ANSWERS, settings.QA_PROVEN_VOICES = 1, 1
    public = say(make_publication(shop), helped=1)
    badge = {
        "category": {"id": public.category.public_id, "name": "茶具"},
        "answers": 1,
        "words": "茶具 · 1 个回答帮到了人",
    }
    assert get(f"/api/v1/shops/{shop.public_id}").json()["badges"] == [badge]
    assert get(f"{LIST}/{public.public_id}").json()["badge"] == badge
    question = make_question()
    make_answer(question, shop)
    told = api_of(question.buyer).get(f"/api/v1/questions/{question.public_id}").json()
    assert told["answers"][0]["badge"] == badge


def test_who_gets_no_answer_sees_what_helped_others(shop):
    public = make_publication(shop)
    question = make_question(text="送爸爸的茶具，预算 5000")
    type(question).objects.filter(pk=question.pk).update(no_answer_at=question.created_at)
    told = api_of(question.buyer).get(f"/api/v1/questions/{question.public_id}").json()
    assert [row["id"] for row in told["public_answers"]] == [public.public_id]
    make_answer(question, shop)
    told = api_of(question.buyer).get(f"/api/v1/questions/{question.public_id}").json()
    assert told["public_answers"] == []


def test_where_nothing_is_similar_the_category_helps(shop):
    public = make_publication(shop)
    need = type("Need", (), {"category_id": public.category_id})
    assert [row["id"] for row in publications.beside("zzz", need, make_buyer())] == [public.public_id]


def test_typing_is_throttled(settings, shop, monkeypatch):
    from core.api.throttling import FloodLimit

    monkeypatch.setitem(FloodLimit.THROTTLE_RATES, "public", "2/min")
    assert [get(LIST, q="茶具").status_code for _ in range(3)] == [200, 200, 429]
