"""Ranking by the rarity of shared words, within a budget."""

import pytest

from shops import search
from shops.models import Product, SearchTerm
from shops.search.frequencies import COLD_TOTAL, Frequencies, count, frequencies
from shops.search.ranking import affordable

from .factories import make_product, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    shop = make_shop()
    titles = ["红色保温杯", "蓝色保温杯", "绿色保温杯", "红色雨伞", "SUPER-B 自行车工具", "奔驰R50大灯罩"]
    return {title: make_product(shop, title=title).pk for title in titles}


def ranked(query, **options):
    return [hit.product_id for hit in search.rank(query, limit=options.pop("limit", 10), **options)]


def test_count_knows_in_how_many_products_each_word_stands(shelf):
    count()
    assert SearchTerm.objects.get(token="保温杯").documents == 3
    known = frequencies(["保温杯", "雨伞", "红色"])
    assert known == Frequencies(len(shelf), {"保温杯": 3, "雨伞": 1, "红色": 2})
    assert known.rarity("保温杯") < known.rarity("红色") < known.rarity("雨伞")


def test_count_again_forgets_what_is_gone(shelf):
    count()
    Product.objects.filter(pk=shelf["红色雨伞"]).delete()
    count()
    assert not SearchTerm.objects.filter(token="雨伞").exists()
    assert frequencies(["雨伞"]).total == len(shelf) - 1


def test_the_rarer_word_decides(shelf):
    count()
    assert ranked("保温杯 雨伞")[0] == shelf["红色雨伞"]
    assert ranked("红色保温杯")[0] == shelf["红色保温杯"]


def test_ranking_needs_no_count(shelf):
    assert not SearchTerm.objects.exists()
    assert frequencies(["伞"]).total == COLD_TOTAL
    assert ranked("红色雨伞")[0] == shelf["红色雨伞"]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("superb 工具", "SUPER-B 自行车工具"),
        ("r50", "奔驰R50大灯罩"),
        ("Ｒ５０大燈", "奔驰R50大灯罩"),
        ("伞", "红色雨伞"),
    ],
)
def test_rank_finds_names_models_and_single_characters(shelf, query, title):
    assert ranked(query)[0] == shelf[title]


@pytest.mark.parametrize("query", ["", "😀🎉", "' | !() & <-> :*", [], ["' | 'x"]])
def test_rank_of_nothing_to_search_for_is_nothing(shelf, query, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert search.rank(query, limit=10) == []


def test_rank_takes_tokens_and_bounds_two_thousand_characters(shelf):
    assert ranked(["红色", "雨伞"])[0] == shelf["红色雨伞"]
    assert ranked("红色雨伞" + "很好" * 1000)[0] == shelf["红色雨伞"]
    assert len(ranked("保温杯", limit=2)) == 2


def test_rank_leaves_out_what_is_not_on_sale(shelf):
    Product.objects.filter(pk=shelf["红色雨伞"]).update(status=Product.Status.WITHDRAWN)
    assert shelf["红色雨伞"] not in ranked("红色雨伞")
    assert ranked("红色雨伞", among=Product.objects.all())[0] == shelf["红色雨伞"]


def test_rank_is_two_queries(shelf, django_assert_num_queries):
    with django_assert_num_queries(2):
        ranked("红色保温杯 大号")


def test_the_budget_bounds_what_is_looked_at(settings):
    settings.SEARCH_BUDGET = 1000
    known = Frequencies(1_000_000, {"雨伞": 300, "紫砂": 600, "红色": 40_000, "家用": 50_000, "色": 200_000})
    ways = affordable([(token,) for token in known.documents], known)
    assert ways[:2] == [("雨伞",), ("紫砂",)]  # the rarest, and no more than fits
    assert ("红色",) not in ways
    frequent = Frequencies(1_000_000, {"红色": 4_000, "家用": 5_000})
    assert affordable([("红色",), ("家用",)], frequent) == [("红色", "家用")]
    single = Frequencies(1_000_000, {"色": 200_000})
    assert affordable([("色",)], single) == [("色",)]


def test_the_description_is_found_by_its_words_only():
    product = make_product(make_shop(), title="保温杯", description="出门带上它，下雨也不怕")
    assert ranked("下雨") == [product.pk]
    assert ranked("怕") == []
