"""The category picker: what it finds, what it costs, and what a form makes of what was chosen or only typed."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from shops import categories
from shops.forms import CategoryField, ProductForm
from shops.models import Category, Product
from shops.search import fold

from .factories import grow, make_product
from .test_dashboard import form

pytestmark = pytest.mark.django_db
URL = "/m/categories/"


@pytest.fixture
def tree():
    return grow(
        "礼品 › 护肤 › 面霜",
        "礼品 › 护肤 › 手霜",
        "礼品 › 茶具",
        "美妆 › 面霜",
        "美妆 › 眼霜 › 抗皱眼霜",
        "动物/宠物用品 › 猫粮",
        "Toys › Puzzles",
    )


def found(text: str, **more) -> list[str]:
    return [row.path for row in categories.look_up(text, **more).rows]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("面霜", ["礼品 › 护肤 › 面霜", "美妆 › 面霜"]),
        ("霜", ["礼品 › 护肤 › 面霜", "礼品 › 护肤 › 手霜", "美妆 › 面霜", "美妆 › 眼霜", "美妆 › 眼霜 › 抗皱眼霜"]),
        ("眼霜", ["美妆 › 眼霜", "美妆 › 眼霜 › 抗皱眼霜"]),  # The whole name before its part.
        ("礼品 面霜", ["礼品 › 护肤 › 面霜"]),
        ("面霜　礼品", ["礼品 › 护肤 › 面霜"]),
        ("護膚", ["礼品 › 护肤"]),
        ("宠物", ["动物/宠物用品"]),
        ("puzz", ["Toys › Puzzles"]),
        ("礼品 › ", ["礼品 › 护肤", "礼品 › 茶具"]),
        ("礼品>霜", ["礼品 › 护肤 › 面霜", "礼品 › 护肤 › 手霜"]),
        ("护肤 › 手", ["礼品 › 护肤 › 手霜"]),
        ("礼品 › 护肤 › 面霜", ["礼品 › 护肤 › 面霜"]),
    ],
)
def test_words_paths_and_places_find(tree, typed, expected):
    assert found(typed) == expected


@pytest.mark.parametrize("typed", ["", " ", "›".strip("›")])
def test_nothing_typed_shows_the_top(tree, typed):
    assert found(typed) == ["礼品", "美妆", "动物/宠物用品", "Toys"]


@pytest.mark.parametrize(
    "typed", ["没有这个", "没有 › 这个", "%", "_", "›", "›››››", "\0", "a" * 5000, "？", "面霜 没有这个"]
)
def test_what_nothing_fits_says_so_and_shows_the_top(tree, typed):
    result = categories.look_up(typed)
    if typed in ("\0", "›››››", "›"):
        assert [row.name for row in result.rows] == ["礼品", "美妆", "动物/宠物用品", "Toys"]
    else:
        assert result.none_fits and len(result.rows) == 4


def test_keywords_are_looked_at_too(tree):
    Category.objects.filter(name="茶具").update(keywords="盖碗 紫砂")
    assert found("紫砂") == ["礼品 › 茶具"]


def test_long_lists_are_cut_and_say_so():
    Category.objects.bulk_create(Category(name=f"杯{number}") for number in range(categories.SHOWN + 1))
    result = categories.look_up("杯")
    assert (len(result.rows), result.more) == (categories.SHOWN, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("想要个盖碗", ["茶具"]),
        ("GAIWAN set", ["茶具"]),
        ("送礼", ["礼品", "护肤", "面霜", "手霜", "茶具"]),  # What lies below as well.
        ("面霜", []),  # A name is no keyword.
        ("碗", []),
        ("壶", []),  # One character means too many things.
        ("", []),
    ],
)
def test_a_text_has_keywords_of_categories(tree, text, expected):
    Category.objects.filter(name="茶具").update(keywords="盖碗 Gaiwan 壶")
    Category.objects.filter(name="礼品").update(keywords="送礼")
    found = Category.objects.filter(pk__in=categories.by_keyword(fold(text))).order_by("pk")
    assert [row.name for row in found] == expected


def test_a_knot_in_the_tree_ends(tree):
    Category.objects.filter(pk=tree["礼品"].pk).update(parent=tree["礼品 › 护肤"])
    assert categories.look_up("手霜").rows[0].name == "手霜"
    assert len(categories.below(tree["礼品"].pk)) == len(categories.branch(tree["礼品"].public_id)) == 5


@pytest.mark.parametrize("typed", ["", "霜", "礼品 › ", "礼品 › 护肤 › 霜", "礼品 面霜", "没有这个"])
def test_costs_the_same_for_few_and_for_many(tree, shop, typed, django_assert_max_num_queries):
    make_product(shop, category=tree["礼品 › 护肤 › 面霜"])
    with CaptureQueriesContext(connection) as few:
        categories.look_up(typed, shop=shop)
    grow(*(f"礼品 › 护肤 › 霜{number}" for number in range(60)), *(f"顶{number}" for number in range(60)))
    with CaptureQueriesContext(connection) as many:
        categories.look_up(typed, shop=shop)
    assert len(few) == len(many) <= 4


def test_the_shops_own_come_first_and_nobody_elses(tree, shop, staff, stranger):
    make_product(shop, category=tree["礼品 › 茶具"])
    page = staff.get(URL, {"picker": "id_category"}).content.decode()
    assert "店里在卖的" in page and page.index("id_category_own_1") < page.index("id_category_all_1")
    assert "店里在卖的" not in stranger.get(URL, {"picker": "id_category"}).content.decode()


def test_who_may_call_it(tree, agent, client):
    assert agent.get(URL).status_code == 200  # Who answers prepares answers, too.
    assert client.get(URL).status_code == 302
    buyer = Client()
    buyer.force_login(User.objects.create_user(nickname="路人"))
    assert "礼品" in buyer.get(URL).content.decode()  # The tree is no secret.
    assert agent.post(URL).status_code == 405


@pytest.mark.parametrize("picker", ['"><script>', "x" * 500])
def test_what_is_sent_is_escaped(tree, staff, picker):
    page = staff.get(URL, {"picker": picker, "category_words": '<img src=x>"'}).content.decode()
    assert "<script>" not in page and "<img" not in page and "x" * 41 not in page


def test_leaves_are_chosen_and_others_opened(tree, staff):
    page = staff.get(URL, {"picker": "p", "category_words": "护肤"}).content.decode()
    assert 'data-path="礼品 › 护肤"' in page and "data-value" not in page
    page = staff.get(URL, {"picker": "p", "category_words": "护肤", "inner": "1"}).content.decode()
    assert f'data-value="{tree["礼品 › 护肤"].public_id}"' in page


# --- What a form makes of it ------------------------------------------------------------------------------------------


def cleaned(tree, chosen: str, words: str | None, **field):
    sent = tree[chosen].public_id if chosen in tree else chosen
    return CategoryField(required=False, **field).clean((sent, words))


@pytest.mark.parametrize(
    ("chosen", "words", "expected"),
    [
        ("礼品 › 茶具", None, "礼品 › 茶具"),
        ("礼品 › 茶具", "礼品 › 茶具", "礼品 › 茶具"),
        ("礼品 › 茶具", " ", None),  # The field was emptied.
        ("礼品 › 茶具", "手霜", "礼品 › 护肤 › 手霜"),  # Typed over: what can be read counts.
        ("", "手霜", "礼品 › 护肤 › 手霜"),
        ("", "礼品 > 护肤 > 面霜", "礼品 › 护肤 › 面霜"),
        ("", "护肤›面霜", "礼品 › 护肤 › 面霜"),
        ("", "护肤/面霜", "礼品 › 护肤 › 面霜"),
        ("", "动物/宠物用品/猫粮", "动物/宠物用品 › 猫粮"),
        ("nobody", "美妆 › 面霜", "美妆 › 面霜"),
        ("", "", None),
        ("", None, None),
    ],
)
def test_a_form_takes_what_was_chosen_or_what_the_words_name(tree, chosen, words, expected):
    assert cleaned(tree, chosen, words) == (tree[expected] if expected else None)


@pytest.mark.parametrize(
    ("chosen", "words", "code"),
    [
        ("nobody", None, "unknown"),
        ("\0", None, "unknown"),
        ("", "没有这个", "unknown"),
        ("", "\0", "unknown"),
        ("", "礼品 ›", "unknown"),
        ("", "没有这个/茶具", "unknown"),
        ("", "面霜", "several"),
        ("礼品 › 护肤", None, "inner"),
        ("", "护肤", "inner"),
    ],
)
def test_a_form_says_what_is_wrong(tree, chosen, words, code):
    with pytest.raises(Exception) as caught:
        cleaned(tree, chosen, words)
    assert caught.value.code == code


def test_a_wide_one_may_be_meant_where_the_field_says_so(tree):
    assert cleaned(tree, "礼品 › 护肤", "礼品 › 护肤", inner=True) == tree["礼品 › 护肤"]


def test_a_name_of_a_leaf_and_of_one_that_is_none_means_the_leaf():
    tree = grow("眼霜", "美妆 › 眼霜 › 抗皱")
    assert cleaned(tree, "", "美妆 › 眼霜", inner=True) == tree["美妆 › 眼霜"]
    assert cleaned(tree, "", "眼霜") == tree["眼霜"]


def test_a_product_without_scripts_is_saved_by_the_words_alone(tree, staff):
    staff.post(reverse("shops:product_new"), form(category_words="礼品 › 茶具"))
    assert Product.objects.get().category == tree["礼品 › 茶具"]


def test_a_refused_product_form_keeps_the_words_and_says_what_to_do(tree, staff):
    page = staff.post(reverse("shops:product_new"), form(category_words="面霜")).content.decode()
    assert not Product.objects.exists()
    assert 'value="面霜"' in page and "叫“面霜”的类目不止一个" in page and 'aria-invalid="true"' in page


def test_a_product_form_shows_the_path_and_loads_no_tree(tree, shop, staff):
    product = make_product(shop, category=tree["礼品 › 护肤 › 面霜"])
    url = reverse("shops:product", args=[product.public_id])
    with CaptureQueriesContext(connection) as few:
        page = staff.get(url).content.decode()
    assert 'value="礼品 › 护肤 › 面霜"' in page
    grow(*(f"多{number} › 叶{number}" for number in range(40)))
    with CaptureQueriesContext(connection) as many:
        assert len(staff.get(url).content.decode()) == len(page)
    assert len(many) == len(few)


def test_form_of_a_product_begins_with_its_category(tree, shop):
    product = make_product(shop, category=tree["礼品 › 茶具"])
    assert ProductForm.of(product)["category"].value() == tree["礼品 › 茶具"]


def test_the_import_tells_the_columns_of_one_category(shop, staff):
    from .factories import make_category

    category = make_category("茶具", attributes={"材质": ["紫砂", "白瓷"]})
    url = reverse("shops:product_imports")
    assert "紫砂" not in staff.get(url).content.decode()
    page = staff.get(url, {"category": category.public_id}).content.decode()
    assert "紫砂、白瓷" in page
    assert "紫砂、白瓷" in staff.get(url, {"category_words": "茶具"}).content.decode()
