"""Products out of a table, row by row, found again by the merchant's own code.

Rows of one title are one product with a variant each. A code that the shop has already changes that
variant; so the same file twice changes nothing. Each product is a transaction of its own that also moves the
import's `done`, so a run that was cut short goes on where it stopped, and two runs never do a row twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit, ids, outbox
from core.errors import DomainError, Invalid
from core.locks import lock_row

from .. import categories, sheets, text
from ..errors import BadImport, ImportRunning
from ..models import AttributeValue, Category, Product, ProductImport, Shop, Sku
from .products import MAX_PRICE_FEN, MAX_STOCK, SkuDraft, create_product, update_product

OPEN = (ProductImport.Status.PENDING, ProductImport.Status.RUNNING)
LIMITS = {"title": 60, "variant": 40, "code": 40, "description": 2000}


class BadCell(Exception):
    """`code` is a key of IMPORT_MESSAGES."""

    def __init__(self, column: str, code: str, value: str = ""):
        self.column, self.code, self.value = column, code, value
        super().__init__(code)


@dataclass
class ImportRow:
    number: int
    code: str
    title: str
    variant: str
    description: str
    price_fen: int
    stock: int
    category: Category | None
    values: list[AttributeValue]
    sku: Sku | None = None


@dataclass
class Outcome:
    created: int = 0
    updated: int = 0
    errors: list[dict] = field(default_factory=list)


def start_import(*, shop: Shop, by, upload) -> ProductImport:
    """Keep the file and promise to run it.

    Raises:
        BadImport: no table that we can read; ImportRunning: the shop's last one isn't done yet.
    """
    content = upload.read(sheets.MAX_BYTES + 1)
    rows = sheets.read(upload.name, content)
    with transaction.atomic():
        Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)
        if shop.imports.filter(status__in=OPEN).exists():
            raise ImportRunning
        # The name it came with is not kept: it is the merchant's, and could be a path.
        name = f"{ids.public_id()}.{'xlsx' if content[:2] == b'PK' else 'csv'}"
        job = ProductImport.objects.create(shop=shop, file=ContentFile(content, name=name), total=len(rows))
        outbox.enqueue(kind="shops.import", key=job.public_id, payload={"import_id": job.pk})
        audit.record(actor=by, action="shops.import_started", target=job, rows=len(rows))
    return job


def run_import(import_id: int) -> None:
    """Outbox handler: go through the rows that are not done yet."""
    job = ProductImport.objects.select_related("shop").filter(pk=import_id, status__in=OPEN).first()
    if job is None:
        return
    ProductImport.objects.filter(pk=job.pk).update(status=ProductImport.Status.RUNNING)
    try:
        with job.file.open("rb") as file:
            rows = sheets.read(job.file.name, file.read(sheets.MAX_BYTES + 1))
    except (BadImport, OSError):
        _finish(job, ProductImport.Status.FAILED)
        return
    offset, repeats = 0, _repeats(rows)
    for group in _by_title(rows):
        _run_group(job, group, offset, repeats)
        offset += len(group)
    _finish(job, ProductImport.Status.DONE)


def _finish(job: ProductImport, status: str) -> None:
    with transaction.atomic():
        if ProductImport.objects.filter(pk=job.pk, status__in=OPEN).update(status=status, finished_at=timezone.now()):
            job.refresh_from_db()
            audit.record(
                actor=None, action="shops.import_finished", target=job,
                created=job.created, updated=job.updated, errors=len(job.errors),
            )  # fmt: skip


def _by_title(rows: Iterable[tuple[int, sheets.Row]]) -> list[list[tuple[int, sheets.Row]]]:
    groups: dict[str, list] = {}
    for number, row in rows:
        groups.setdefault(row["title"], []).append((number, row))
    return list(groups.values())


def _repeats(rows: Iterable[tuple[int, sheets.Row]]) -> set[int]:
    """Numbers of the rows whose code stood further up."""
    seen: set[str] = set()
    repeats = set()
    for number, row in rows:
        if row["code"] and row["code"] in seen:
            repeats.add(number)
        seen.add(row["code"])
    return repeats


def _run_group(job: ProductImport, group: list[tuple[int, sheets.Row]], offset: int, repeats: set[int]) -> None:
    with transaction.atomic():
        locked = lock_row(job)
        if locked.done != offset:
            return
        outcome = _import_group(job.shop, group, repeats)
        locked.done += len(group)
        locked.created += outcome.created
        locked.updated += outcome.updated
        locked.errors = [*locked.errors, *outcome.errors]
        locked.save(update_fields=["done", "created", "updated", "errors"])


def _import_group(shop: Shop, group: list[tuple[int, sheets.Row]], repeats: set[int]) -> Outcome:
    outcome, good = Outcome(), []
    for number, cells in group:
        try:
            if number in repeats:
                raise BadCell("code", "code_twice", cells["code"])
            good.append(_parse(shop, number, cells))
        except BadCell as bad:
            error = {"row": number, "column": bad.column, "code": bad.code, "value": bad.value[:40]}
            outcome.errors.append(error)
    if not good:
        return outcome
    try:
        with transaction.atomic():
            _save(shop, good, outcome)
    except DomainError as error:
        outcome.created = outcome.updated = 0
        reason = error.fields and next(iter(error.fields.values()))[0] if isinstance(error, Invalid) else error.message
        outcome.errors += [
            {"row": row.number, "column": "title", "code": "refused", "value": str(reason or error.message)[:100]}
            for row in good
        ]
    return outcome


def _save(shop: Shop, rows: list[ImportRow], outcome: Outcome) -> None:
    """One product: the one whose variant has one of these codes, else the shop's product of this title, else new."""
    first = rows[0]
    known = next((row.sku.product for row in rows if row.sku), None)
    product = known or Product.objects.filter(shop=shop, title=first.title).order_by("pk").first()
    category = next((row.category for row in rows if row.category), None)
    values = list(dict.fromkeys(value for row in rows for value in row.values))
    description = next((row.description for row in rows if row.description), "")
    if product is None:
        drafts = [SkuDraft(row.price_fen, row.stock, row.variant, row.code) for row in rows]
        create_product(
            shop=shop,
            by=None,
            title=first.title,
            category=category,
            description=description,
            values=values,
            skus=drafts,
        )
        outcome.created += len(rows)
        return
    drafts, before = _merged(product, rows)
    after: dict[str, Any] = {
        "title": first.title,
        "category": category or product.category,
        "description": description or product.description,
        "values": values or list(product.values.all()),
    }
    if category and category != product.category and not values:
        after["values"] = []
    same_words = all(getattr(product, name) == after[name] for name in ("title", "category", "description"))
    same_words = same_words and set(after["values"]) == set(product.values.all())
    if drafts != before or not same_words:
        update_product(product=product, by=None, skus=drafts, **after)
    old = {draft.code: draft for draft in before if draft.code}
    new = {draft.code: draft for draft in drafts if draft.code}
    outcome.created += sum(row.code not in old for row in rows)
    outcome.updated += sum(row.code in old and (old[row.code] != new[row.code] or not same_words) for row in rows)


def _merged(product: Product, rows: list[ImportRow]) -> tuple[list[SkuDraft], list[SkuDraft]]:
    """The product's variants with the rows' changes laid over them; and as they were."""
    live = list(product.skus.filter(archived_at=None))
    before = [SkuDraft(sku.price_fen, sku.stock, sku.name, sku.code, sku.public_id) for sku in live]
    by_code = {row.code: row for row in rows}
    merged = []
    for draft in before:
        row = by_code.pop(draft.code, None) if draft.code else None
        merged.append(SkuDraft(row.price_fen, row.stock, row.variant, row.code, draft.id) if row else draft)
    merged += [SkuDraft(row.price_fen, row.stock, row.variant, row.code) for row in by_code.values()]
    return merged, before


def _parse(shop: Shop, number: int, cells: sheets.Row) -> ImportRow:
    words = {}
    for column, limit in LIMITS.items():
        value = cells.get(column, "")
        if sheets.looks_like_formula(value):
            raise BadCell(column, "formula", value)
        try:
            words[column] = text.clean(value, field=column, limit=limit, lines=column == "description")
        except Invalid as error:
            raise BadCell(column, "too_long" if len(value) > limit else "not_shown", value) from error
    for column in ("code", "title"):
        if not words[column]:
            raise BadCell(column, "missing")
    category = _category(cells.get("category", ""))
    sku = (
        Sku.objects.filter(shop=shop, code=words["code"], archived_at=None).select_related("product__category").first()
    )
    values = _values(category or (sku.product.category if sku else None), cells.get("values", ""))
    return ImportRow(
        number=number, price_fen=_price(cells["price"]), stock=_stock(cells["stock"]),
        category=category, values=values, sku=sku, **words,
    )  # fmt: skip


def _price(cell: str) -> int:
    try:
        amount = Decimal(cell.replace(",", "").replace("，", "").strip("¥￥元 ")) * 100
        fen = int(amount)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise BadCell("price", "not_money" if cell else "missing", cell) from error
    if fen != amount:
        raise BadCell("price", "not_money", cell)
    if not 1 <= fen <= MAX_PRICE_FEN:
        raise BadCell("price", "price_range", cell)
    return fen


def _stock(cell: str) -> int:
    if not (cell.isascii() and cell.isdigit()):
        raise BadCell("stock", "not_whole" if cell else "missing", cell)
    if len(cell) > 7 or int(cell) > MAX_STOCK:
        raise BadCell("stock", "stock_range", cell)
    return int(cell)


def _category(name: str) -> Category | None:
    if not name:
        return None
    found = categories.named(name, loosely=True)
    leaves = list(Category.objects.filter(pk__in=[row.pk for row in found], children=None)) if found else []
    if len(leaves) != 1:
        code = "several_categories" if leaves else "wide_category" if found else "no_such_category"
        raise BadCell("category", code, name)
    return leaves[0]


def _values(category: Category | None, cell: str) -> list[AttributeValue]:
    """`材质:紫砂;适合:普洱、绿茶` as values of the category."""
    found = []
    for pair in filter(None, (part.strip() for part in cell.replace("；", ";").replace("：", ":").split(";"))):
        name, _colon, names = pair.partition(":")
        for value_name in filter(
            None, (part.strip() for part in names.replace("，", "、").replace(",", "、").split("、"))
        ):
            value = AttributeValue.objects.filter(
                attribute__category=category, attribute__name=name.strip(), name=value_name
            ).first()
            if value is None:
                raise BadCell("values", "no_such_value", pair)
            found.append(value)
    return found


IMPORT_MESSAGES = {
    "missing": _("Fill this in"),
    "formula": _("Begins like a formula (=, +, -, @); write it as plain text"),
    "too_long": _("Too long"),
    "not_shown": _("There are characters in it that can't be shown"),
    "not_money": _("Not an amount of money in yuan, such as 328 or 9.90"),
    "price_range": _("A price lies between ¥0.01 and ¥1,000,000"),
    "not_whole": _("Not a whole number"),
    "stock_range": _("Stock lies between 0 and 1,000,000"),
    "no_such_category": _("No such category; see the list on the import page"),
    "several_categories": _("Several categories are called so; write what is above it as well, such as Gifts/Tea sets"),
    "wide_category": _("This category has finer ones below it; write one of those"),
    "no_such_value": _("This category has no such attribute or value"),
    "code_twice": _("This code is in the file twice; only the first row counts"),
    "refused": _("Not saved"),
}
