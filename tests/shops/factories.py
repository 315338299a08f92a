"""Shops and products for tests, made by the services themselves."""

import io
from itertools import count

from django.core.files.base import ContentFile
from PIL import Image

from accounts.models import User
from merchants.models import Membership, Merchant, Role
from payments.models import SubMerchant
from shops import services
from shops.models import Attribute, AttributeValue, Category, PictureCheck, Product, Shop, Sku
from shops.services import SkuDraft

numbers = count(1)


def make_category(
    name: str = "",
    *,
    parent: Category | None = None,
    keywords: str = "",
    attributes: dict[str, list[str]] | None = None,
) -> Category:
    """A leaf of the tree. `attributes`: {"适合": ["普洱", "绿茶"]}."""
    category = Category.objects.create(parent=parent, name=name or f"类目{next(numbers)}", keywords=keywords)
    for attribute_name, values in (attributes or {}).items():
        attribute = Attribute.objects.create(category=category, name=attribute_name, question=f"{attribute_name}？")
        for position, value in enumerate(values):
            AttributeValue.objects.create(attribute=attribute, name=value, position=position)
    return category


def grow(*paths: str) -> dict[str, Category]:
    """Categories by their paths, those above them included."""
    made = {}
    for path in paths:
        above, so_far = None, []
        for name in path.split(" › "):
            so_far.append(name)
            above, _made = Category.objects.get_or_create(parent=above, name=name)
            made[" › ".join(so_far)] = above
    return made


def make_shop(name: str = "", *, owner: User | None = None, can_sell: bool = True, **fields) -> Shop:
    """A shop with its merchant and owner (`owner_of(shop)`). `fields` as for update_shop."""
    number = next(numbers)
    name = name or f"店铺{number}"
    sub_merchant = None
    if can_sell:
        sub_merchant = SubMerchant.objects.create(
            out_request_no=f"APPLY{number:08d}", sub_mchid=f"16{number:08d}", status=SubMerchant.Status.ACTIVE
        )
    merchant = Merchant.objects.create(name=name, sub_merchant=sub_merchant)
    owner = owner or User.objects.create_user(nickname=f"店主{number}")
    Membership.objects.create(merchant=merchant, user=owner, role=Role.OWNER)
    shop = services.create_shop(merchant=merchant, name=name)
    takes_questions = fields.pop("takes_questions", True)
    if fields:
        shop = services.update_shop(shop=shop, by=owner, **fields)
    if not takes_questions:
        services.set_taking_questions(shop=shop, on=False, by=owner)
    return shop


def owner_of(shop: Shop) -> User:
    return User.objects.get(memberships__merchant=shop.merchant_id, memberships__role=Role.OWNER)


def make_product(
    shop: Shop | None = None,
    *,
    title: str = "",
    price_fen: int = 5000,
    stock: int = 10,
    skus: list[SkuDraft] | None = None,
    category: Category | None = None,
    values=(),
    description: str = "",
    published: bool = True,
    images: int = 0,
) -> Product:
    """A product on sale, with one variant unless `skus` says otherwise; `only_sku(product)` is that variant."""
    shop = shop or make_shop()
    by = owner_of(shop)
    category = category or Category.objects.first() or make_category()
    product = services.create_product(
        shop=shop,
        by=by,
        title=title or f"商品{next(numbers)}",
        category=category,
        description=description,
        values=values,
        skus=skus or [SkuDraft(price_fen=price_fen, stock=stock)],
    )
    for _number in range(images):
        pass_picture(services.add_image(product=product, by=by, upload=make_upload()).check_row)
    if published:
        # WeChat's verdict is given here: tests of other apps need no checker.
        Product.objects.filter(pk=product.pk).update(status=Product.Status.SCREENING)
        product = services.conclude_screening(product=product, passed=True)
    return product


def pass_picture(check: PictureCheck) -> None:
    """As WeChat would: its verdict arrives."""
    services.conclude_picture(check=check, verdict="passed")


def only_sku(product: Product) -> Sku:
    return product.skus.get(archived_at=None)


def make_picture(width: int = 8, height: int = 8, *, colour: str = "teal", kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    return out.getvalue()


def make_upload(name: str = "picture.png", **picture) -> ContentFile:
    return ContentFile(make_picture(**picture), name=name)
