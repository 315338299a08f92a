"""The buyers' API: exactly what OpenAPI says, one query a page, nothing of what isn't on sale."""

from urllib.parse import quote

import pytest
from django.test import Client

from shops import selectors, services
from shops.api import serializers
from shops.models import Category, Product
from shops.services import SkuDraft

from .factories import make_category, make_product, make_shop

pytestmark = pytest.mark.django_db


def get(url, status=200):
    reply = Client().get(url)
    assert reply.status_code == status, reply.content
    return reply.json()


def assert_shape(serializer, data):
    """Every field that the description names, and no other, with a value that it allows."""
    if getattr(serializer, "many", False):
        for row in data:
            assert_shape(serializer.child, row)
        return
    assert set(data) == set(serializer.fields)
    for name, field in serializer.fields.items():
        if data[name] is None:
            assert field.allow_null, name
        elif hasattr(field, "fields") or getattr(field, "many", False):
            assert_shape(field, data[name])
        elif data[name] != "":
            assert field.run_validation(data[name]) == data[name], name


@pytest.fixture
def pot(shop):
    category = make_category("茶具", attributes={"适合": ["普洱", "绿茶"], "材质": ["紫砂"]})
    values = [value for attribute in category.attributes.all() for value in attribute.values.all()]
    skus = [SkuDraft(32800, 3, "一壶"), SkuDraft(52800, 9, "礼盒")]
    return make_product(
        shop, title="段泥西施壶", category=category, values=values, skus=skus, description="好清洗", images=2
    )


def test_product_list_has_the_described_shape(pot, shop):
    body = get("/api/v1/products")
    assert_shape(serializers.ProductCardSerializer(many=True), body["results"])
    image = pot.images.first()
    assert body == {
        "results": [
            {
                "id": pot.public_id, "title": "段泥西施壶", "price_from_fen": 32800, "cover": image.thumbnail.url,
                "stock_state": "in_stock", "sold": 0, "shop": {"id": shop.public_id, "name": "山南茶器"},
            }
        ],
        "next": None, "previous": None,
    }  # fmt: skip


def test_product_detail_has_the_described_shape(pot):
    body = get(f"/api/v1/products/{pot.public_id}")
    assert_shape(serializers.ProductDetailSerializer(), body)
    assert [sku["price_fen"] for sku in body["skus"]] == [32800, 52800]
    assert body["values"] == [{"name": "适合", "values": ["普洱", "绿茶"]}, {"name": "材质", "values": ["紫砂"]}]
    assert [image["thumbnail"] for image in body["images"]] == [image.thumbnail.url for image in pot.images.all()]
    assert body["category"]["name"] == "茶具"


def test_product_without_category_pictures_and_values_has_the_described_shape(pot, shop):
    Product.objects.filter(pk=pot.pk).update(category=None)
    pot.values.clear()
    pot.images.all().delete()
    body = get(f"/api/v1/products/{pot.public_id}")
    assert_shape(serializers.ProductDetailSerializer(), body)
    assert (body["category"], body["values"], body["images"]) == (None, [], [])


def test_shop_and_categories_have_the_described_shape(pot, shop):
    assert_shape(serializers.ShopSerializer(), get(f"/api/v1/shops/{shop.public_id}"))
    assert_shape(serializers.CategorySerializer(many=True), get("/api/v1/categories"))
    assert get(f"/api/v1/shops/{shop.public_id}")["product_count"] == 1
    assert get(f"/api/v1/shops/{shop.public_id}/products")["results"][0]["id"] == pot.public_id


def test_categories_come_in_whole_levels_and_branch_by_branch(monkeypatch):
    tea = make_category("茶")
    things, _leaves = [make_category(name, parent=tea) for name in ("茶具", "茶叶")]
    make_category("壶", parent=things)
    wine = make_category("酒")

    def names(query=""):
        return [row["name"] for row in get(f"/api/v1/categories{query}")]

    assert names() == ["茶", "酒", "茶具", "茶叶", "壶"]
    assert names(f"?parent={tea.public_id}") == ["茶具", "茶叶"]
    assert names("?parent=") == ["茶", "酒"]
    assert names(f"?parent={wine.public_id}") == names("?parent=nothing") == []
    assert get("/api/v1/categories")[2] == {
        "id": things.public_id, "name": "茶具", "parent_id": tea.public_id, "has_children": True
    }  # fmt: skip
    for most, expected in ((4, 4), (3, 2), (2, 2), (1, 2)):
        monkeypatch.setattr(selectors, "CATEGORIES_AT_ONCE", most)
        assert len(names()) == expected
    assert get("/api/v1/categories?parent=" + "x" * 21, 400)["code"] == "invalid"


def test_categories_cost_a_statement_for_each_level_and_bring_no_values(django_assert_num_queries):
    above = None
    for name in ("茶", "茶具", "壶"):
        above = make_category(name, parent=above, attributes={"材质": ["紫砂"]})
        make_category(name + "配件", parent=above.parent)
    with django_assert_num_queries(3):
        assert len(get("/api/v1/categories")) == 6
    with django_assert_num_queries(1):
        get(f"/api/v1/categories?parent={above.parent.public_id}")


def test_category_tells_what_its_products_can_be(pot, django_assert_num_queries):
    url = f"/api/v1/categories/{pot.category.public_id}"
    with django_assert_num_queries(3):
        body = get(url)
    assert_shape(serializers.CategoryDetailSerializer(), body)
    assert body["attributes"] == [
        {"name": "适合", "values": ["普洱", "绿茶"]}, {"name": "材质", "values": ["紫砂"]}
    ]  # fmt: skip
    assert get("/api/v1/categories/unknown", 404)["code"] == "not_found"


def test_archived_variant_is_not_shown(pot):
    small, _large = pot.skus.all()
    services.update_product(
        product=pot, by=None, title=pot.title, category=pot.category, description="", values=[],
        skus=[SkuDraft(30000, 3, "一壶", id=small.public_id)],
    )  # fmt: skip
    services.conclude_screening(product=pot, passed=True)
    assert [sku["name"] for sku in get(f"/api/v1/products/{pot.public_id}")["skus"]] == ["一壶"]


@pytest.mark.parametrize(("stock", "state"), [(0, "sold_out"), (1, "low"), (5, "low"), (6, "in_stock")])
def test_stock_state(stock, state):
    make_product(stock=stock)
    assert get("/api/v1/products")["results"][0]["stock_state"] == state


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1/products", 1),
        (f"/api/v1/products?q={quote('壶')}", 3),
        (f"/api/v1/products?q={quote('伴手礼')}", 5),
        ("/api/v1/categories", 1),
    ],
)
def test_list_costs_as_many_queries_for_three_rows_as_for_one(path, expected, django_assert_num_queries, shop, pot):
    Category.objects.update(keywords="伴手礼")
    with django_assert_num_queries(expected):
        get(path)
    for _more in range(2):
        make_product(shop, title="紫砂壶", category=make_category(attributes={"材质": ["紫砂"]}), images=1)
    with django_assert_num_queries(expected):
        get(path)


def test_a_category_costs_one_statement_more_however_deep_it_is(shop, django_assert_num_queries):
    leaf = top = make_category("茶")
    for depth in range(3):
        leaf = make_category(f"茶{depth}", parent=leaf)
        make_product(shop, category=leaf)
        with django_assert_num_queries(2):
            assert len(get(f"/api/v1/products?category={top.public_id}")["results"]) == depth + 1


def test_detail_is_one_query(pot, django_assert_num_queries):
    get(f"/api/v1/products/{pot.public_id}")
    with django_assert_num_queries(1):
        get(f"/api/v1/products/{pot.public_id}")


def test_search_pages_by_cursor_best_first_and_shows_each_once(shop):
    best = make_product(shop, title="紫砂壶 礼盒装 西施").public_id
    ids = [best, *[make_product(shop, title="紫砂壶 礼盒装").public_id for _number in range(3)][::-1]]
    ids += [make_product(shop, title="紫砂茶杯").public_id for _number in range(2)][::-1]
    page, seen = get(f"/api/v1/products?limit=2&q={quote('紫砂壶礼盒西施')}"), []
    while page:
        seen += [row["id"] for row in page["results"]]
        page = page["next"] and get(page["next"])
    assert seen == ids


def test_list_pages_by_cursor_newest_first_and_keeps_its_place(shop):
    ids = [make_product(shop).public_id for _number in range(5)]
    first = get("/api/v1/products?limit=2")
    make_product(shop)
    second = get(first["next"])
    third = get(second["next"])
    seen = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert (seen, third["next"]) == (ids[::-1], None)
    assert [row["id"] for row in get(third["previous"])["results"]] == [row["id"] for row in second["results"]]


def test_search_pages_by_rank(shop):
    titles = ["紫砂壶 礼盒 包邮", "紫砂壶 礼盒", "紫砂壶"]
    for title in reversed(titles):
        make_product(shop, title=title)
    page, seen = get(f"/api/v1/products?q={quote('紫砂壶礼盒包邮')}&limit=1"), []
    while True:
        seen += [row["title"] for row in page["results"]]
        if not page["next"]:
            break
        page = get(page["next"])
    assert seen == titles


@pytest.fixture
def presents(shop):
    """What 伴手礼 finds, the nearest first: one title has it, three stand in or below the category that has it."""
    above = make_category("特产", keywords="伴手礼 土产")
    below = make_category("糕点", parent=above)
    newest = [make_product(shop, title="桃酥", category=category) for category in (above, below, below)][::-1]
    Product.objects.filter(pk=newest[1].pk).update(sold=3)
    return [make_product(shop, title="伴手礼盒", category=make_category("盒")), newest[1], newest[0], newest[2]]


def pages(path):
    page = get(path)
    while page:
        yield [row["id"] for row in page["results"]]
        page = page["next"] and get(page["next"])


@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_a_keyword_finds_its_categories_after_what_has_it_in_the_title(presents, pot, limit):
    expected = [product.public_id for product in presents]
    found = list(pages(f"/api/v1/products?q={quote('伴手禮')}&limit={limit}"))
    assert [one for page in found for one in page] == expected
    assert len(found) == -(-len(expected) // limit)


@pytest.mark.parametrize("query", ["伴手", "手礼", "产", "特产店", "礼"])
def test_other_words_bring_no_category(presents, query):
    assert {presents[1].public_id, presents[2].public_id}.isdisjoint(
        row["id"] for row in get(f"/api/v1/products?q={quote(query)}")["results"]
    )


def test_what_a_keyword_brings_is_narrowed_as_well(presents, shop):
    of_shop = make_product(make_shop("别家"), title="桃酥", category=presents[1].category)
    Product.objects.filter(pk=presents[2].pk).update(status=Product.Status.WITHDRAWN)

    def ids(**filters):
        rows = selectors.product_cards(query="土产", **filters)
        return {row["public_id"] for row in rows}

    own = {presents[1].public_id, presents[3].public_id}
    assert ids() == own | {of_shop.public_id}
    assert ids(shop=shop.public_id) == ids(hidden=[of_shop.shop_id]) == own
    assert ids(category=presents[1].category.public_id) == {presents[1].public_id, of_shop.public_id}


def test_a_keyword_brings_only_so_many(presents, monkeypatch):
    monkeypatch.setattr(selectors, "FOLLOWING", 2)
    assert [row["public_id"] for row in selectors.product_cards(query="伴手礼")] == [
        product.public_id for product in presents[:3]
    ]


def test_filters_narrow_by_shop_and_category_with_those_below(shop, pot):
    other = make_product(make_shop("别家"), category=make_category("鞋"))
    top = make_category("食")
    parent = make_category("茶", parent=make_category("饮", parent=top))
    type(parent).objects.filter(pk=pot.category_id).update(parent=parent)

    def ids(query):
        return [row["id"] for row in get(f"/api/v1/products?{query}")["results"]]

    assert ids(f"shop={shop.public_id}") == [pot.public_id]
    for above in (top, parent.parent, parent):
        assert ids(f"category={above.public_id}") == ids(f"category={above.public_id}&q=壶") == [pot.public_id]
    assert ids(f"category={other.category.public_id}&q=") == [other.public_id]
    assert ids("shop=nobody") == ids("category=nothing") == []


@pytest.mark.parametrize("status", ["draft", "screening", "rejected", "withdrawn"])
def test_what_is_not_on_sale_is_not_there(status, pot):
    Product.objects.filter(pk=pot.pk).update(status=status)
    assert get("/api/v1/products")["results"] == []
    assert get(f"/api/v1/products/{pot.public_id}", 404)["code"] == "not_found"


def test_suspended_shop_is_not_there(shop, pot):
    type(shop.merchant).objects.filter(pk=shop.merchant_id).update(status="suspended")
    for path in (f"products/{pot.public_id}", f"shops/{shop.public_id}", f"shops/{shop.public_id}/products"):
        assert get(f"/api/v1/{path}", 404)["code"] == "not_found"


@pytest.mark.parametrize(
    "query",
    ["q=" + "长" * 61, "category=" + "x" * 21, "shop=" + "x" * 21],
)
def test_bad_filters_are_refused(query):
    assert get(f"/api/v1/products?{query}", 400)["code"] == "invalid"


@pytest.mark.parametrize("path", ["products/unknown", "shops/unknown", "shops/unknown/products"])
def test_unknown_ids_are_not_found(path):
    assert get(f"/api/v1/{path}", 404)["code"] == "not_found"


@pytest.mark.parametrize("query", ["cursor=broken", "cursor=%ff", "limit=-1", "limit=x", "limit=100000"])
def test_broken_cursors_and_limits_don_t_break(query):
    assert Client().get(f"/api/v1/products?{query}").status_code in (200, 404)


def test_nothing_can_be_written_here(pot):
    for method in ("post", "put", "patch", "delete"):
        assert getattr(Client(), method)(f"/api/v1/products/{pot.public_id}").status_code == 405
