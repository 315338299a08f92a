"""Products and their variants: made, changed, and kept ready for lists and search."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit
from core.errors import Invalid, NotFound
from core.locks import lock_row, lock_rows

from .. import search, text
from ..models import AttributeValue, Category, Product, Shop, Sku
from .publishing import recheck

MAX_SKUS = 50
MAX_STOCK = 1_000_000
MAX_PRICE_FEN = 100_000_000
MAX_PRODUCTS = 5_000


@dataclass(frozen=True)
class SkuDraft:
    """A variant as its merchant wants it.

    `id` is the public id of the variant it changes; None makes a new one. `stock_was` is the stock the
    merchant looked at: only the difference is applied, so that sales made meanwhile are not undone.
    """

    price_fen: int
    stock: int = 0
    name: str = ""
    code: str = ""
    id: str | None = None
    stock_was: int | None = None


@transaction.atomic
def create_product(
    *,
    shop: Shop,
    by,
    title: str,
    category: Category | None = None,
    description: str = "",
    values: Iterable[AttributeValue] = (),
    skus: Sequence[SkuDraft],
) -> Product:
    """Add a draft to the shop's shelf.

    Args:
        skus: 1 to 50 variants; names differ, codes are not yet used in the shop.

    Raises:
        Invalid: with `fields` naming title, description, values or skus.
    """
    if Product.objects.filter(shop=shop).count() >= MAX_PRODUCTS:
        raise Invalid(_("A shop has at most %(count)s products") % {"count": MAX_PRODUCTS})
    product = Product(shop=shop, category=category, **_words(title, description))
    drafts = _drafts(shop, skus)
    values = _values(category, values)
    product.save()
    product.values.set(values)
    Sku.objects.bulk_create(
        Sku(
            product=product,
            shop=shop,
            name=draft.name,
            code=draft.code,
            price_fen=draft.price_fen,
            stock=draft.stock,
            position=position,
        )
        for position, draft in enumerate(drafts)
    )
    refresh_product(product)
    audit.record(actor=by, action="shops.product_created", target=product)
    return product


@transaction.atomic
def update_product(
    *,
    product: Product,
    by,
    title: str,
    category: Category | None,
    description: str,
    values: Iterable[AttributeValue],
    skus: Sequence[SkuDraft],
) -> Product:
    """Replace what the product says and its variants; a variant not named again goes off sale.

    A product on sale whose words changed is checked again before buyers see it.

    Raises:
        Invalid: with `fields`; NotFound: a variant's id is not of this product.
    """
    live = {sku.public_id: sku for sku in lock_rows(product.skus.filter(archived_at=None))}
    product = lock_row(product)
    words = _words(title, description)
    drafts = _drafts(product.shop, skus, live=live)
    values = _values(category, values)
    for name, value in {**words, "category": category}.items():
        setattr(product, name, value)
    product.save(update_fields=["title", "description", "category"])
    product.values.set(values)
    _write_skus(product, drafts, live)
    refresh_product(product)
    audit.record(actor=by, action="shops.product_updated", target=product)
    return recheck(product=product, by=by)


def _write_skus(product: Product, drafts: Sequence[SkuDraft], live: dict[str, Sku]) -> None:
    kept = {draft.id for draft in drafts if draft.id}
    gone = [sku.pk for public_id, sku in live.items() if public_id not in kept]
    Sku.objects.filter(pk__in=gone).update(archived_at=timezone.now())
    # Two variants may swap names or codes, which the unique constraints see one row at a time.
    renamed = [d for d in drafts if d.id and (live[d.id].name, live[d.id].code) != (d.name, d.code)]
    if len(renamed) > 1:
        for draft in renamed:
            Sku.objects.filter(pk=live[draft.id].pk).update(name=draft.id, code="")
    for position, draft in enumerate(drafts):
        sku = live[draft.id] if draft.id else Sku(product=product, shop_id=product.shop_id)
        sku.name, sku.code, sku.price_fen, sku.position = draft.name, draft.code, draft.price_fen, position
        if draft.id and draft.stock_was is not None:
            sku.stock = max(0, sku.stock + draft.stock - draft.stock_was)
        else:
            sku.stock = draft.stock
        sku.save()


@transaction.atomic
def refresh_product(product: Product) -> Product:
    """Bring the product's own copy of its lowest price, stock, sales, cover and search words up to date.

    `cover` is the first shown picture's thumbnail, its address; after MEDIA_URL changes, refresh every product.
    """
    skus = lock_rows(product.skus.all())
    product = _locked_into(product)
    on_sale = sorted((sku for sku in skus if sku.archived_at is None), key=lambda sku: (sku.position, sku.pk))
    cover = product.images.filter(shown=True).order_by("position", "id").first()
    product.price_from_fen = min((sku.price_fen for sku in on_sale), default=0)
    product.stock = sum(sku.stock for sku in on_sale)
    product.sold = sum(sku.sold for sku in skus)
    product.cover = cover.thumbnail.url if cover else ""
    Product.objects.filter(pk=product.pk).update(
        price_from_fen=product.price_from_fen,
        stock=product.stock,
        sold=product.sold,
        cover=product.cover,
        search=search.vector(*words_of(product, on_sale)),
    )
    return product


def refresh_category(category: Category) -> None:
    """After ops renamed a category or its values: its products are found by the new words."""
    for product in category.products.select_related("category").order_by("pk").iterator():
        refresh_product(product)


def _locked_into(product: Product) -> Product:
    """Lock the row but keep the caller's object, whose other fields may just have been set."""
    lock_row(product)
    return product


def words_of(product: Product, skus: Iterable[Sku]) -> tuple[str, str]:
    """What searches find it by: everything a buyer may call this product by, and its description.

    Not its category's keywords: they name all kinds that the category has, and each product would be any of them. A
    search for a keyword brings the category's products by `selectors.searched`, a question by its category.
    """
    parts = [product.title]
    if product.category:
        parts.append(product.category.name)
    for value in product.values.all():
        parts += [value.name, value.synonyms]
    return " ".join([*parts, *(sku.name for sku in skus)]), product.description


def _words(title: object, description: object) -> dict[str, str]:
    return {
        "title": text.clean(title, field="title", limit=60, required=True),
        "description": text.clean(description, field="description", limit=2000, lines=True),
    }


def _values(category: Category | None, values: Iterable[AttributeValue]) -> list[AttributeValue]:
    values = list(values)
    if any(category is None or value.attribute.category_id != category.pk for value in values):
        raise Invalid(fields={"values": [_("This value belongs to another category")]})
    return values


def _drafts(shop: Shop, skus: Sequence[SkuDraft], live: dict[str, Sku] | None = None) -> list[SkuDraft]:
    live = live or {}
    if not 1 <= len(skus) <= MAX_SKUS:
        raise Invalid(fields={"skus": [_("A product has 1 to %(count)s variants") % {"count": MAX_SKUS}]})
    drafts = [_draft(sku) for sku in skus]
    if any(draft.id and draft.id not in live for draft in drafts):
        raise NotFound
    for what in ("name", "code", "id"):
        given = [value for draft in drafts if (value := getattr(draft, what)) or what == "name"]
        if len(set(given)) < len(given):
            raise Invalid(fields={"skus": [_("Two variants have the same name or code")]})
    codes = {draft.code for draft in drafts if draft.code}
    taken = Sku.objects.filter(shop=shop, archived_at=None, code__in=codes).exclude(
        pk__in=[sku.pk for sku in live.values()]
    )
    if codes and (sku := taken.first()):
        raise Invalid(fields={"skus": [_("Another product has the code %(code)s") % {"code": sku.code}]})
    return drafts


def _draft(sku: SkuDraft) -> SkuDraft:
    name = text.clean(sku.name, field="skus", limit=40)
    code = text.clean(sku.code, field="skus", limit=40)
    for number, low, high, message in (
        (sku.price_fen, 1, MAX_PRICE_FEN, _("A price lies between ¥0.01 and ¥1,000,000")),
        (sku.stock, 0, MAX_STOCK, _("Stock lies between 0 and 1,000,000")),
    ):
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise Invalid(fields={"skus": [message]})
    return SkuDraft(sku.price_fen, sku.stock, name, code, sku.id or None, sku.stock_was)
