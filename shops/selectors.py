"""Reads that buyers make most: plain rows out of one query each, no model instances.

The shapes are those of api/serializers.py; a test holds the two together.
"""

import json
from collections.abc import Collection
from functools import cache

from django.conf import settings
from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import Count, Exists, Func, JSONField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from accounts.models import User
from core.errors import NotFound
from core.prepared import Prepared, any_of

from . import search, sheets
from .categories import branch, by_keyword
from .models import Attribute, AttributeValue, Block, Category, Product, ProductImage, ProductImport, Shop, Sku
from .services.imports import IMPORT_MESSAGES

LOW_STOCK = 5
# An imported tree has ten thousand; below these it is asked for branch by branch.
CATEGORIES_AT_ONCE = 500
# Products of a search that have none of its words, at most: each page puts all of them in order.
FOLLOWING = 100
CARD_FIELDS = (
    "id", "public_id", "title", "price_from_fen", "cover", "stock", "sold", "shop__public_id", "shop__name",
)  # fmt: skip


def media_url(name: str) -> str:
    return f"{settings.MEDIA_URL}{name}" if name else ""


def stock_state(stock: int) -> str:
    return "sold_out" if stock <= 0 else "low" if stock <= LOW_STOCK else "in_stock"


def blocked_by(user) -> list[int]:
    """Primary keys of the shops that this person blocks; of nobody none."""
    return [pk for (pk,) in _blocked.rows(buyer_id=user.pk)] if user.is_authenticated else []


def is_blocked(*, shop: Shop, buyer: User) -> bool:
    """Whether one of the two has blocked the other."""
    return Block.objects.filter(shop=shop, buyer=buyer).exists()


@Prepared(buyer_id=int)
def _blocked(buyer_id: int) -> QuerySet:
    return Block.objects.filter(buyer=buyer_id, side=Block.Side.BUYER).order_by().values_list("shop_id")


def product_cards(*, query: str = "", category: str = "", shop: str = "", hidden: Collection[int] = ()) -> QuerySet:
    """Products on sale as rows for `product_card`; newest first, or best first for a search.

    Args:
        query: words; empty for all.
        category, shop: public ids; empty for all. A category brings those below it.
        hidden: shops that the reader has blocked.
    """
    rows = Product.objects.published()
    if hidden:
        rows = rows.exclude(shop__in=hidden)
    categories = branch(category) if category else None
    if categories is not None:
        rows = rows.filter(any_of("category_id", categories))
    if shop:
        rows = rows.filter(shop__public_id=shop)
    if query:
        # One shop's products are few, and PostgreSQL has them at hand.
        most = 0 if shop else settings.SEARCH_BUDGET
        return searched(query, rows, most=most, categories=categories).values(*CARD_FIELDS, "matches")
    return rows.order_by("-id").values(*CARD_FIELDS)


def searched(
    query: str, rows: QuerySet[Product], *, most: int = 0, categories: Collection[int] | None = None
) -> QuerySet[Product]:
    """What `search.products` finds, and after it the newest of the categories that have a keyword of `query`: 伴手礼 is
    in no title. One statement more, three where there is such a category; the same whichever page is read."""
    of_keyword = by_keyword(search.fold(query))
    following: list[int] = []
    if of_keyword:
        newest = rows.filter(any_of("category_id", of_keyword)).order_by("-id")
        following = list(newest.values_list("pk", flat=True)[:FOLLOWING])
    return search.products(query, rows, most=most, categories=categories, following=following)


class Fetched(list):
    """Rows already in order: as much of a queryset as cursor pagination asks of a first page."""

    def order_by(self, *_ordering: str) -> "Fetched":
        return self


def newest_cards(limit: int) -> Fetched:
    """The first rows of `product_cards()`, which is the list that is opened most."""
    return Fetched(dict(zip(CARD_FIELDS, row, strict=True)) for row in _newest(limit).rows())


@cache
def _newest(limit: int) -> Prepared:
    return Prepared()(lambda: product_cards().values_list(*CARD_FIELDS)[:limit])


def product_card(row: dict) -> dict:
    return {
        "id": row["public_id"],
        "title": row["title"],
        "price_from_fen": row["price_from_fen"],
        "cover": row["cover"],
        "stock_state": stock_state(row["stock"]),
        "sold": row["sold"],
        "shop": {"id": row["shop__public_id"], "name": row["shop__name"]},
    }


def product_detail(public_id: str) -> dict:
    """A product on sale with everything a buyer decides by, in one query.

    Raises:
        NotFound: there is none, or it isn't on sale.
    """
    rows = _detail.rows(public_id=public_id)
    if not rows:
        raise NotFound
    *card, description, category_id, category_name, skus, images, values = rows[0]
    named: dict[str, list[str]] = {}
    for attribute, value in json.loads(values):
        named.setdefault(attribute, []).append(value)
    return {
        **product_card(dict(zip(CARD_FIELDS, card, strict=True))),
        "description": description,
        "category": {"id": category_id, "name": category_name} if category_id else None,
        "images": [
            {"url": media_url(image), "thumbnail": media_url(thumbnail), "width": width, "height": height}
            for image, thumbnail, width, height in json.loads(images)
        ],
        "skus": [
            {"id": sku_id, "name": name, "price_fen": price_fen, "stock": stock}
            for sku_id, name, price_fen, stock in json.loads(skus)
        ],
        "values": [{"name": name, "values": names} for name, names in named.items()],
    }


def _collected(rows: QuerySet, order: tuple[str, ...], *fields: str) -> Coalesce:
    """The rows below one product as a JSON array of arrays."""
    row = Func(*fields, function="jsonb_build_array", output_field=JSONField())
    collected = rows.order_by().values(_all=JSONBAgg(row, order_by=order))
    collected.query.group_by = None
    return Coalesce(Subquery(collected), Value([], JSONField()))


@Prepared(public_id=str)
def _detail(public_id: str) -> QuerySet:
    return (
        Product.objects.published()
        .filter(public_id=public_id)
        .annotate(
            _skus=_collected(
                Sku.objects.filter(product=OuterRef("pk"), archived_at=None),
                ("position", "id"), "public_id", "name", "price_fen", "stock",
            ),
            _images=_collected(
                ProductImage.objects.filter(product=OuterRef("pk"), shown=True),
                ("position", "id"), "image", "thumbnail", "width", "height",
            ),
            _values=_collected(
                AttributeValue.objects.filter(products=OuterRef("pk")),
                ("attribute__position", "attribute", "position", "id"), "attribute__name", "name",
            ),
        )
        .order_by()
        .values_list(
            *CARD_FIELDS, "description", "category__public_id", "category__name", "_skus", "_images", "_values"
        )
    )  # fmt: skip


def shop_page(public_id: str) -> dict:
    """An open shop as buyers see it. Raises NotFound."""
    shop = (
        Shop.objects.open()
        .annotate(on_sale=Count("products", filter=Q(products__status=Product.Status.PUBLISHED)))
        .filter(public_id=public_id)
        .first()
    )
    if shop is None:
        raise NotFound
    return {
        "id": shop.public_id,
        "name": shop.name,
        "logo": media_url(shop.logo.name),
        "introduction": shop.introduction,
        "city": shop.city,
        "takes_questions": shop.takes_questions,
        "persona": {
            "name": shop.persona_name,
            "voice": shop.persona_voice,
            "avatar": media_url(shop.persona_avatar.name),
        },
        "promises": shop.promises,
        "product_count": shop.on_sale,
        "badges": import_string(settings.SHOP_BADGES)(shop),
    }


def category_children(parent: str) -> list[dict]:
    """What lies right below a category, given by its public id; for "" the top of the tree."""
    above = {"parent__public_id": parent} if parent else {"parent": None}
    return _category_rows(Category.objects.filter(**above))


def category_levels() -> list[dict]:
    """The tree from the top, parents first: the first level, and whole ones below while they are few enough.

    One statement for each level; what has more below it says so.
    """
    rows = level = category_children("")
    while inner := [row["id"] for row in level if row["has_children"]]:
        left = CATEGORIES_AT_ONCE - len(rows)
        if left <= 0:
            break
        level = _category_rows(Category.objects.filter(parent__public_id__in=inner), most=left + 1)
        if len(level) > left:
            break
        rows = rows + level
    return rows


def _category_rows(categories: QuerySet[Category], most: int | None = None) -> list[dict]:
    has_children = Exists(Category.objects.filter(parent=OuterRef("pk")))
    fields = ("public_id", "name", "parent__public_id", "has_children")
    ordered = categories.annotate(has_children=has_children).order_by("parent__position", "parent_id", "position", "id")
    names = ("id", "name", "parent_id", "has_children")
    return [dict(zip(names, row, strict=True)) for row in ordered.values_list(*fields)[:most]]


def category_detail(public_id: str) -> dict:
    """A category with what a product of it can be.

    Raises:
        NotFound: there is none.
    """
    rows = _category_rows(Category.objects.filter(public_id=public_id))
    if not rows:
        raise NotFound
    attributes = Attribute.objects.filter(category__public_id=public_id).prefetch_related("values")
    named = [{"name": one.name, "values": [value.name for value in one.values.all()]} for one in attributes]
    return {**rows[0], "attributes": named}


# The dashboard's shelves: view -> which products stand there.
SHELVES = {
    "on_sale": Q(status=Product.Status.PUBLISHED, stock__gt=0),
    "sold_out": Q(status=Product.Status.PUBLISHED, stock=0),
    "checking": Q(status__in=[Product.Status.SCREENING, Product.Status.REJECTED]),
    "draft": Q(status=Product.Status.DRAFT),
    "withdrawn": Q(status=Product.Status.WITHDRAWN),
}


def shelf_counts(shop: Shop) -> dict[str, int]:
    """How many of the shop's products stand on each shelf."""
    return Product.objects.of_shop(shop).aggregate(**{name: Count("pk", filter=q) for name, q in SHELVES.items()})


def shelf(shop: Shop, view: str, query: str = "") -> QuerySet[Product]:
    """One shelf, newest first; for a query by words or by the merchant's exact code, best first."""
    products = Product.objects.of_shop(shop).filter(SHELVES[view]).select_related("category")
    if not query:
        return products.order_by("-id")
    by_code = products.filter(skus__in=Sku.objects.filter(shop=shop, code=query, archived_at=None))
    return by_code.distinct().order_by("-id") if by_code.exists() else searched(query, products)


def import_errors(job: ProductImport) -> list[dict]:
    """The report's rows in the file's order, worded for the reader: row, column, value, message."""
    headings = {name: spellings[0] for name, spellings in sheets.COLUMNS.items()}
    return [
        {
            "row": error["row"],
            "column": headings.get(error["column"], error["column"]),
            "value": "" if error["code"] == "refused" else error["value"],
            "message": error["value"] if error["code"] == "refused" else str(IMPORT_MESSAGES[error["code"]]),
        }
        for error in sorted(job.errors, key=lambda error: error["row"])
    ]
