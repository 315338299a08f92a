"""The category picker by keyboard and by touch, at the desk and on a phone; and on ops' board, which has another htmx."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from shops.models import Category, Product
from tests.shops.factories import make_category, make_product, make_shop, owner_of
from tests.shops.test_categories import grow

from .conftest import NARROW, WIDE
from .test_answers import seen
from .test_face import AUDIT, CLEAN, log_in, no_websocket, use_theme
from .test_ops import open_desk, ops

__all__ = ["no_websocket", "ops"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tree():
    names = ["面霜", "手霜", "眼霜", "防晒霜"]
    made = grow(
        *(f"礼品 › 护肤 › {name}" for name in names),
        *(f"美妆 › 面部保养与清洁用品 › 保湿修护 › {name}" for name in names),
        *(f"大类{number}" for number in range(24)),
    )
    tea = make_category("茶具", attributes={"材质": ["紫砂", "白瓷"]})
    return {**made, "茶具": tea}


def open_form(open_window, live_server, size, theme="light"):
    shop = make_shop("山南茶器")
    make_product(shop, category=Category.objects.get(name="茶具"))
    page = open_window(size)
    log_in(page, live_server, owner_of(shop))
    use_theme(page, live_server, theme)
    page.goto(live_server.url + reverse("shops:product_new"))
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_open_list_is_readable(open_window, live_server, tree, size, theme):
    page = open_form(open_window, live_server, size, theme)
    field = page.locator("#id_category")
    for typed, name in (("", "top"), ("霜", "words"), ("没有这个", "none")):
        field.fill(typed)
        field.focus()
        page.locator(
            {"": "text=店里在卖的", "霜": "text=礼品 › 护肤", "没有这个": "text=没有叫"}[typed]
        ).first.wait_for()
        assert page.evaluate(AUDIT) == CLEAN
        seen(page, f"picker-{name}-{size[0]}-{theme}")


def test_the_keyboard_opens_a_place_and_chooses_in_it(open_window, live_server, tree):
    page = open_form(open_window, live_server, WIDE)
    field = page.locator("#id_category")
    field.focus()
    page.locator("[role=option]").first.wait_for()
    page.keyboard.type("护肤")
    expect(page.locator("[aria-selected=true]")).to_have_attribute("data-path", "礼品 › 护肤")
    page.keyboard.press("Enter")
    expect(page.locator("[role=option]")).to_have_count(4)
    assert field.input_value() == "礼品 › 护肤 › "
    page.keyboard.type("手")
    expect(page.locator("[role=option]")).to_have_count(1)
    expect(page.locator("[aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Enter")
    assert field.input_value() == "礼品 › 护肤 › 手霜"
    assert page.locator("#id_category_chosen").input_value() == tree["礼品 › 护肤 › 手霜"].public_id
    expect(field).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowDown")
    page.locator("[role=option]").first.wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("[role=option]").first).to_be_hidden()
    page.keyboard.press("Tab")
    assert field.input_value() == "礼品 › 护肤 › 手霜"


def test_a_tap_chooses_brings_the_attributes_and_is_saved(open_window, live_server, tree):
    page = open_form(open_window, live_server, NARROW)
    page.locator("#id_title").fill("段泥西施壶")
    page.locator("#id_category").click()
    page.locator("[role=option][data-path=茶具]").first.click()
    page.locator("#values .wx-chip >> text=紫砂").click()
    page.locator("[name=sku-price]").fill("328")
    page.locator("button[value=save]").click()
    page.wait_for_url(lambda url: "/products/" in url and "/new/" not in url)
    product = Product.objects.get(title="段泥西施壶")
    assert (product.category, [value.name for value in product.values.all()]) == (tree["茶具"], ["紫砂"])
    assert page.locator("#id_category").input_value() == "茶具"
    # Emptied, it takes its attributes along.
    page.locator("#id_category").fill("")
    expect(page.locator("#values .wx-chip")).to_have_count(0)


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "dark"), (NARROW, "light")])
def test_ops_board_shows_what_was_chosen(open_window, live_server, tree, ops, size, theme):
    page = open_desk(open_window, live_server, ops, size, theme)
    page.goto(live_server.url + reverse("admin:qa_board"))
    field = page.locator("#id_category")
    field.click()
    field.press_sequentially("护肤")
    page.locator("[role=option]").first.wait_for()
    expect(page.locator("[role=option]").first).to_have_attribute("data-path", "礼品 › 护肤")
    assert page.evaluate(AUDIT) == CLEAN
    seen(page, f"picker-board-{size[0]}-{theme}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**category={tree['礼品 › 护肤'].public_id}*")
    assert field.input_value() == "礼品 › 护肤"
