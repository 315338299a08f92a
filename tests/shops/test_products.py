"""Products and their variants: bounds, merges with sales made meanwhile, and their own copy for lists."""

import pytest

from core.errors import Invalid, NotFound
from shops import services
from shops.models import Product, Sku
from shops.services import SkuDraft

from .factories import make_category, make_product, make_shop, only_sku

pytestmark = pytest.mark.django_db


def update(product, skus, **changed):
    fields = {"title": product.title, "category": product.category, "description": product.description, "values": []}
    return services.update_product(product=product, by=None, skus=skus, **{**fields, **changed})


def test_create_product_keeps_its_own_copy_of_price_and_stock(shop, owner):
    product = services.create_product(
        shop=shop, by=owner, title="  段泥  西施壶 ", skus=[SkuDraft(52800, 3, "礼盒"), SkuDraft(32800, 4, "一壶")]
    )
    product.refresh_from_db()
    assert (product.title, product.status) == ("段泥 西施壶", "draft")
    assert (product.price_from_fen, product.stock, product.sold, product.cover) == (32800, 7, 0, "")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 61}, "title"),
        ({"title": "壶\x00"}, "title"),
        ({"title": ["壶"]}, "title"),
        ({"description": "长" * 2001}, "description"),
        ({"skus": []}, "skus"),
        ({"skus": [SkuDraft(1, 1, str(number)) for number in range(51)]}, "skus"),
        ({"skus": [SkuDraft(0, 1)]}, "skus"),
        ({"skus": [SkuDraft(-5, 1)]}, "skus"),
        ({"skus": [SkuDraft(100_000_001, 1)]}, "skus"),
        ({"skus": [SkuDraft(1.5, 1)]}, "skus"),
        ({"skus": [SkuDraft("100", 1)]}, "skus"),
        ({"skus": [SkuDraft(True, 1)]}, "skus"),
        ({"skus": [SkuDraft(100, -1)]}, "skus"),
        ({"skus": [SkuDraft(100, 1_000_001)]}, "skus"),
        ({"skus": [SkuDraft(100, 1, "长" * 41)]}, "skus"),
        ({"skus": [SkuDraft(100, 1, "红"), SkuDraft(100, 1, "红 ")]}, "skus"),
        ({"skus": [SkuDraft(100, 1, "红", "A"), SkuDraft(100, 1, "蓝", "A")]}, "skus"),
    ],
)
def test_create_product_refuses_and_moves_nothing(shop, owner, changed, field):
    with pytest.raises(Invalid) as refused:
        services.create_product(**{"shop": shop, "by": owner, "title": "壶", "skus": [SkuDraft(100, 1)], **changed})
    assert field in refused.value.fields
    assert not Product.objects.exists()
    assert not Sku.objects.exists()


def test_code_is_used_once_in_a_shop_and_freely_in_another(shop, owner):
    services.create_product(shop=shop, by=owner, title="壶", skus=[SkuDraft(100, 1, code="TEA-1")])
    with pytest.raises(Invalid) as refused:
        services.create_product(shop=shop, by=owner, title="杯", skus=[SkuDraft(100, 1, code="TEA-1")])
    assert "TEA-1" in refused.value.fields["skus"][0]
    services.create_product(shop=make_shop(), by=None, title="杯", skus=[SkuDraft(100, 1, code="TEA-1")])
    assert Product.objects.count() == 2


def test_values_of_another_category_are_refused(shop, owner):
    tea, shoes = make_category(attributes={"材质": ["紫砂"]}), make_category(attributes={"脚型": ["宽脚"]})
    foreign = shoes.attributes.get().values.all()
    for category in (tea, None):
        with pytest.raises(Invalid) as refused:
            services.create_product(
                shop=shop, by=owner, title="壶", category=category, values=foreign, skus=[SkuDraft(100, 1)]
            )
        assert "values" in refused.value.fields
    assert not Product.objects.exists()


def test_update_product_takes_a_missing_variant_off_sale(shop):
    product = make_product(shop, skus=[SkuDraft(300, 5, "大"), SkuDraft(200, 5, "小")])
    big = product.skus.get(name="大")
    product = update(product, [SkuDraft(350, 5, "大", id=big.public_id), SkuDraft(400, 2, "特大")])
    assert (product.price_from_fen, product.stock) == (350, 7)
    assert Sku.objects.get(name="小").archived_at is not None
    assert list(product.skus.filter(archived_at=None).values_list("name", "price_fen")) == [("大", 350), ("特大", 400)]


def test_update_product_lets_variants_swap_names_and_codes(shop):
    product = make_product(shop, skus=[SkuDraft(100, 1, "红", "R"), SkuDraft(200, 1, "蓝", "B")])
    red, blue = product.skus.all()
    update(product, [SkuDraft(100, 1, "蓝", "B", id=red.public_id), SkuDraft(200, 1, "红", "R", id=blue.public_id)])
    assert Sku.objects.get(pk=red.pk).name == "蓝"
    assert Sku.objects.get(pk=blue.pk).code == "R"


def test_update_product_keeps_sales_made_while_the_form_was_open(shop):
    product = make_product(shop, stock=20)
    sku = only_sku(product)
    services.take_stock(lines=[(sku.pk, 3)])
    product = update(product, [SkuDraft(5000, 25, id=sku.public_id, stock_was=20)])
    assert (product.stock, only_sku(product).stock) == (22, 22)


def test_update_product_refuses_a_foreign_variant(shop):
    product, other = make_product(shop, stock=4), make_product(stock=9)
    with pytest.raises(NotFound):
        update(product, [SkuDraft(1, 1, id=only_sku(other).public_id)])
    assert (only_sku(product).stock, only_sku(other).stock) == (4, 9)


def test_refresh_category_makes_its_new_words_findable(shop):
    from shops import search

    category = make_category("茶具")
    product = make_product(shop, title="西施", category=category)
    category.name = "功夫茶"
    category.save()
    assert not search.products("功夫茶", Product.objects.all())
    services.refresh_category(category)
    assert search.products("功夫茶", Product.objects.all()).get() == product
