"""The shop's own pages: who may open them, what they change, and that they never touch another shop."""

import pytest
from django.urls import reverse

from shops.models import Product, ProductImport, Sku

from .factories import make_category, make_picture, make_product, make_upload, only_sku

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"shops:{name}", args=args)


def form(**changed):
    """A product form as the browser sends it."""
    return {
        "title": "段泥西施壶", "category": "", "description": "好清洗", "do": "save", "sku-id": [""], "sku-stock_was": [""],
        "sku-name": [""], "sku-code": [""], "sku-price": ["328.50"], "sku-stock": ["12"], **changed,
    }  # fmt: skip


def test_shelf_shows_counts_and_the_first_shelf_that_has_something(staff, shop):
    make_product(shop, title="在售壶")
    make_product(shop, title="卖完壶", stock=0)
    make_product(shop, title="草稿壶", published=False)
    page = staff.get(url("products")).content.decode()
    assert "在售壶" in page
    assert "草稿壶" not in page
    for view, title in (("sold_out", "卖完壶"), ("draft", "草稿壶")):
        assert title in staff.get(url("products") + f"?view={view}").content.decode()
    assert staff.get(url("products") + "?view=nonsense&page=x&q=" + "长" * 99).status_code == 200


def test_shelf_is_searched_by_words_and_by_exact_code(staff, shop):
    from shops.services import SkuDraft

    make_product(shop, title="段泥西施壶", skus=[SkuDraft(100, 1, code="TEA-1")])
    make_product(shop, title="白瓷盖碗")
    for query, title, other in (("西施壶", "段泥西施壶", "白瓷盖碗"), ("TEA-1", "段泥西施壶", "白瓷盖碗")):
        page = staff.get(url("products"), {"view": "on_sale", "q": query}).content.decode()
        assert title in page
        assert other not in page


def test_shelf_costs_as_many_queries_for_three_rows_as_for_one(staff, shop, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_product(shop, images=1)
    with CaptureQueriesContext(connection) as one:
        staff.get(url("products"))
    for _more in range(2):
        make_product(shop, images=1, category=make_category())
    with CaptureQueriesContext(connection) as three:
        staff.get(url("products"))
    assert len(three) == len(one)


@pytest.mark.parametrize("name", ["products", "product_new", "product_imports", "settings", "product_values"])
def test_pages_open_for_the_owner_only(staff, agent, client, name):
    assert staff.get(url(name)).status_code == 200
    assert agent.get(url(name)).status_code == 403
    assert client.get(url(name)).status_code == 302


def test_foreign_products_pictures_and_imports_are_404_and_unmoved(stranger, shop):
    product = make_product(shop, images=1)
    image = product.images.get()
    job = ProductImport.objects.create(shop=shop, file="imports/x.csv")
    before = Product.objects.filter(pk=product.pk).values().get()
    assert stranger.get(url("product", product.public_id)).status_code == 404
    assert stranger.post(url("product", product.public_id), form()).status_code == 404
    for name in ("product_bulk", "product_publish", "product_withdraw"):
        assert stranger.post(url(name), {"ids": product.public_id, "do": "withdraw"}).status_code == 404
    assert stranger.post(url("product_images", product.public_id), {"images": make_upload()}).status_code == 404
    for act in ("remove", "first"):
        assert stranger.post(url("product_image", product.public_id, image.public_id), {"do": act}).status_code == 404
    for name in ("product_import", "product_import_errors"):
        assert stranger.get(url(name, job.public_id)).status_code == 404
    assert Product.objects.filter(pk=product.pk).values().get() == before
    assert product.images.count() == 1


def test_own_picture_under_another_product_is_404(staff, shop):
    first, second = make_product(shop, images=1), make_product(shop, images=1)
    image = first.images.get()
    assert staff.post(url("product_image", second.public_id, image.public_id), {"do": "remove"}).status_code == 404
    assert first.images.count() == 1


def test_new_product_with_pictures_and_values(staff, shop):
    category = make_category("茶具", attributes={"材质": ["紫砂"]})
    value = category.attributes.get().values.get()
    posted = form(
        category=category.public_id, values=[value.pk], images=[make_upload(), make_upload("b.png", colour="red")]
    )
    reply = staff.post(url("product_new"), posted)
    product = Product.objects.get()
    assert reply.headers["Location"] == url("product", product.public_id)
    assert (product.shop, product.category, product.status, product.price_from_fen) == (shop, category, "draft", 32850)
    assert (list(product.values.all()), product.images.count(), product.stock) == ([value], 2, 12)


@pytest.mark.parametrize(
    "changed",
    [
        {"title": ""},
        {"title": "长" * 61},
        {"description": "长" * 2001},
        {"category": "unknown"},
        {"sku-price": ["贵"]},
        {"sku-price": ["0"]},
        {"sku-price": ["1.234"]},
        {"sku-price": ["1000001"]},
        {"sku-stock": ["-1"]},
        {"sku-stock": ["1.5"]},
        {"sku-name": ["长" * 41]},
        {"sku-name": []},
        {"sku-price": ["1", "2"]},
        {name: ["1"] * 51 for name in ("sku-id", "sku-stock_was", "sku-name", "sku-code", "sku-price", "sku-stock")},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_bad_product_form_is_shown_again_with_what_was_typed(staff, changed):
    reply = staff.post(url("product_new"), form(**changed))
    assert reply.status_code == 422
    assert "wx-error" in reply.content.decode() or "wx-note-error" in reply.content.decode()
    assert not Product.objects.exists()


def test_bad_picture_refuses_the_whole_new_product(staff):
    bad = make_upload()
    bad.name, bad.file = "x.png", type(bad.file)(b"<script>alert(1)</script>")
    assert staff.post(url("product_new"), form(images=[make_upload(), bad])).status_code == 422
    assert not Product.objects.exists()


def test_edit_changes_words_and_variants(staff, shop):
    product = make_product(shop, stock=10)
    sku = only_sku(product)
    posted = form(title="新壶", **{"sku-id": [sku.public_id], "sku-stock_was": ["10"], "sku-stock": ["9"]})
    assert staff.post(url("product", product.public_id), posted).status_code == 302
    sku.refresh_from_db()
    product.refresh_from_db()
    assert (product.title, sku.price_fen, sku.stock) == ("新壶", 32850, 9)


def test_edit_with_a_foreign_variant_is_404(staff, shop):
    product, other = make_product(shop), make_product()
    posted = form(**{"sku-id": [only_sku(other).public_id]})
    assert staff.post(url("product", product.public_id), posted).status_code == 404
    assert Sku.objects.filter(price_fen=5000).count() == 2


def test_publishing_without_category_says_what_is_missing(staff, shop):
    product = make_product(shop, published=False)
    Product.objects.filter(pk=product.pk).update(category=None)
    reply = staff.post(url("product", product.public_id), form(do="publish"), follow=True)
    assert "选一个类目" in reply.content.decode()
    product.refresh_from_db()
    assert product.status == "draft"


def test_bulk_withdraw_can_be_undone(staff, shop):
    products = [make_product(shop) for _number in range(2)]
    ids = [product.public_id for product in products]
    page = staff.post(url("product_bulk"), {"ids": ids, "do": "withdraw"}, follow=True).content.decode()
    assert Product.objects.filter(status="withdrawn").count() == 2
    undo = f"{url('product_publish')}?ids={ids[0]}&amp;ids={ids[1]}"
    assert undo in page or f"{url('product_publish')}?ids={ids[1]}&amp;ids={ids[0]}" in page
    staff.post(undo.replace("&amp;", "&"))
    assert Product.objects.filter(status="published").count() == 2


@pytest.mark.parametrize("posted", [{}, {"do": "delete"}, {"do": "withdraw"}, {"do": "withdraw", "ids": ["x"] * 101}])
def test_bulk_refuses_what_it_does_not_know(staff, shop, posted):
    product = make_product(shop)
    assert staff.post(url("product_bulk"), posted).status_code == 404
    assert Product.objects.get(pk=product.pk).status == "published"


def test_pictures_are_added_ordered_and_removed_in_place(staff, shop):
    product = make_product(shop)
    htmx = {"HX-Request": "true"}
    for colour in ("red", "blue"):
        reply = staff.post(
            url("product_images", product.public_id), {"images": make_upload(colour=colour)}, headers=htmx
        )
        assert reply.status_code == 200
    first, second = product.images.all()
    staff.post(url("product_image", product.public_id, second.public_id), {"do": "earlier"}, headers=htmx)
    assert list(product.images.all()) == [second, first]
    staff.post(url("product_image", product.public_id, second.public_id), {"do": "remove"}, headers=htmx)
    assert list(product.images.all()) == [first]
    bad = make_upload()
    bad.file = type(bad.file)(make_picture()[:30])
    reply = staff.post(url("product_images", product.public_id), {"images": bad}, headers=htmx)
    assert (reply.status_code, product.images.count()) == (422, 1)
    assert staff.post(url("product_image", product.public_id, first.public_id), {"do": "explode"}).status_code == 404


def test_import_runs_and_reports(staff, shop, settings, tmp_path):
    from django.core.files.base import ContentFile

    from shops import services

    settings.PRIVATE_ROOT = tmp_path / "private"
    table = "商品编码,标题,价格,库存\nA,壶,328,3\nB,=1+1,1,1\n".encode("gbk")
    reply = staff.post(url("product_imports"), {"file": ContentFile(table, "货架.csv")})
    job = ProductImport.objects.get()
    assert reply.headers["Location"] == url("product_import", job.public_id)
    assert "hx-get" in staff.get(reply.headers["Location"]).content.decode()
    services.run_import(job.pk)
    page = staff.get(reply.headers["Location"]).content.decode()
    assert "开头像公式" in page
    assert "hx-get" not in page.split('id="progress"')[1].split("</div>")[0]
    assert b"'=1+1" in staff.get(url("product_import_errors", job.public_id)).content


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"a,b\n1,2"])
def test_import_of_what_is_no_table_answers_beside_the_field(staff, content):
    from django.core.files.base import ContentFile

    reply = staff.post(url("product_imports"), {"file": ContentFile(content, "x.csv")})
    assert reply.status_code == 422
    assert not ProductImport.objects.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_template_is_downloaded(staff, kind):
    reply = staff.get(url("product_import_template", kind))
    assert (reply.status_code, "attachment" in reply.headers["Content-Disposition"]) == (200, True)


def settings_form(**changed):
    return {
        "name": "山南茶器", "introduction": "", "city": "宜兴", "persona_name": "阿青", "persona_voice": "懂壶",
        "promises": ["包邮"], "more_promises": "送贺卡、", **changed,
    }  # fmt: skip


def test_settings_are_saved_and_shown(staff, shop):
    assert staff.post(url("settings"), settings_form()).status_code == 302
    shop.refresh_from_db()
    assert (shop.persona_name, shop.promises) == ("阿青", ["包邮", "送贺卡"])
    assert "懂壶" in staff.get(url("settings")).content.decode()


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""},
        {"name": "长" * 31},
        {"promises": [str(number) for number in range(9)]},
        {"more_promises": "长" * 30},
        {"persona_voice": "长" * 201},
    ],
    ids=str,
)
def test_bad_settings_move_nothing(staff, shop, changed):
    before = type(shop).objects.filter(pk=shop.pk).values().get()
    assert staff.post(url("settings"), settings_form(**changed)).status_code == 422
    assert type(shop).objects.filter(pk=shop.pk).values().get() == before


def test_switch_takes_staff_back_to_the_page_and_nowhere_else(agent, shop):
    reply = agent.post(url("taking_questions"), {"on": "0", "next": "/m/orders/"})
    shop.refresh_from_db()
    assert (reply.headers["Location"], shop.takes_questions) == ("/m/orders/", False)
    reply = agent.post(url("taking_questions"), {"on": "1", "next": "https://evil.example/"})
    assert reply.headers["Location"] == reverse("dashboard")
    assert agent.post(url("taking_questions"), {"on": "maybe"}).status_code == 404
    assert agent.get(url("taking_questions")).status_code == 405
