"""Search as Chinese people type it."""

import pytest

from shops import search
from shops.models import Product

from .factories import make_category, make_product, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf():
    shop = make_shop()
    tea = make_category("茶具", keywords="茶壶 泡茶", attributes={"材质": ["紫砂", "白瓷"]})
    clothes = make_category("羽绒服")
    attribute = tea.attributes.get()
    return {
        "pot": make_product(
            shop,
            title="段泥西施壶 礼盒装",
            category=tea,
            values=attribute.values.filter(name="紫砂"),
            description="壶口宽，好清洗",
        ),
        "cup": make_product(
            shop, title="高边白瓷盖碗 150ml", category=tea, values=attribute.values.filter(name="白瓷")
        ),
        "coat": make_product(shop, title="女款轻薄羽绒服 短款", category=clothes),
        "draft": make_product(shop, title="紫砂壶 未上架", category=tea, published=False),
    }


def found(query):
    return [product.title for product in search.products(query, Product.objects.published())]


def titles(shelf, *names):
    return [shelf[name].title for name in names]


def test_tokens_are_words_and_characters_folded():
    assert search.tokens("紫砂壺，５００ＭＬ") == ["紫砂", "砂壶", "紫砂壶", "500ml", "500", "ml", "紫", "砂", "壶"]


@pytest.mark.parametrize("text", ["", "   ", "，。！", "😀", "\ud800"])
def test_tokens_of_nothing_to_search_for_are_none(text):
    assert search.tokens(text) == []
    assert list(search.products(text, Product.objects.all())) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("西施壶", ["pot"]),
        ("西施壺 禮盒", ["pot"]),  # traditional
        ("白瓷", ["cup"]),  # from the title and the attribute
        ("１５０ｍｌ", ["cup"]),  # full width
        ("150ML", ["cup"]),
        ("壶", ["pot"]),  # one character
        ("茶具", ["pot", "cup"]),  # the category's name
        ("泡茶", []),  # its keywords are no words of theirs
        ("羽絨服", ["coat"]),
        ("好清洗", ["pot"]),
        ("短款羽绒服", ["coat"]),
        ("跑步鞋", []),
        ("' | !() & <-> :*", []),
    ],
)
def test_search_finds(shelf, query, expected):
    assert sorted(found(query)) == sorted(titles(shelf, *expected))


def test_search_ranks_by_matching_words_then_sales(shelf):
    assert (
        found("紫砂壶 礼盒 送长辈") == titles(shelf, "pot", "cup")[:1]
        or found("紫砂壶 礼盒 送长辈")[0] == shelf["pot"].title
    )
    Product.objects.filter(pk=shelf["cup"].pk).update(sold=9)
    assert found("茶具") == titles(shelf, "cup", "pot")


def test_a_word_is_found_in_a_title_that_is_cut_otherwise(db):
    assert "桌布" not in search.tokens("餐桌布艺") and "桌布" in search.title_tokens("餐桌布艺")
    held = make_product(make_shop(), title="餐桌布艺")
    characters = make_product(make_shop(), title="布面书桌")
    Product.objects.filter(pk=characters.pk).update(sold=9)
    assert found("桌布") == [held.title, characters.title]


def test_search_sees_a_changed_title(shelf):
    from shops import services

    product = shelf["coat"]
    services.update_product(
        product=product, by=None, title="男款冲锋衣", category=product.category, description="", values=[],
        skus=[services.SkuDraft(5000, 3, id=product.skus.get().public_id)],
    )  # fmt: skip
    services.conclude_screening(product=product, passed=True)
    assert found("冲锋衣") == ["男款冲锋衣"]
    assert found("短款") == []


def test_search_of_a_very_long_query_is_bounded(shelf):
    assert len(search.query_tokens("紫砂壶白瓷盖碗" * 2000)) <= search.MAX_QUERY_TOKENS
    assert shelf["pot"].title in found("紫砂壶" + "很" * 5000)
