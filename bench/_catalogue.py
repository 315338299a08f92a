"""A large catalogue in seconds: shops and products on sale, multiplied inside PostgreSQL from rows that the ORM made.

The first row of each model is made by the ORM, so its defaults are the model's; the others are copies of it with
their own ids, words and prices. Titles are halves of real-looking titles recombined: each word is as frequent
among a million as it was among the few.
"""

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import time
from pathlib import Path

from django.contrib.postgres.indexes import GinIndex
from django.db import connection
from django.db.models import Max, Model

from shops import search
from shops.search.words import fold, words

ROOT = Path(__file__).parent.parent
OURS = ROOT / "weixuan" / "demo" / "data"
TITLE_LENGTH = 60


def demo_titles() -> list[str]:
    """Titles of our own demo's products, for where no data is given."""
    found = []
    for path in sorted(OURS.glob("*.toml")):
        for shop in tomllib.loads(path.read_text(encoding="utf-8")).get("shop", []):
            found += [line.partition("|")[0].strip() for line in shop.get("products", "").strip().splitlines()]
    return [title for title in found if title]


def make_shops(count: int, *, hours: bool = False) -> range:
    """`count` open shops with an owner each, that may be asked and can be paid; returns their primary keys.

    Args:
        hours: shops have their default hours; otherwise they are asked all day.
    """
    from accounts.models import User
    from merchants.models import Membership, Merchant, Role
    from payments.models import SubMerchant
    from shops.models import Shop

    active = SubMerchant.Status.ACTIVE
    account = SubMerchant.objects.create(out_request_no="BENCH0", sub_mchid="1600000000", status=active)
    merchant = Merchant.objects.create(name="商家", sub_merchant=account)
    owner = User.objects.create_user(nickname="店主")
    member = Membership.objects.create(merchant=merchant, user=owner, role=Role.OWNER)
    shop = Shop.objects.create(merchant=merchant, name="商家", **({} if hours else dict.fromkeys(WINDOW, time(0))))
    accounts = _multiply(account, count, out_request_no="'BENCH' || g", sub_mchid="'16' || lpad(g::text, 8, '0')")
    merchants = _multiply(merchant, count, name="'商家' || g", sub_merchant_id=f"{accounts.start} + g")
    owners = _multiply(owner, count, nickname="'店主' || g")
    _multiply(member, count, merchant_id=f"{merchants.start} + g", user_id=f"{owners.start} + g")
    return _multiply(shop, count, name="'商家' || g", merchant_id=f"{merchants.start} + g")


WINDOW = ("asks_from", "asks_until")


def make_products(
    count: int, *, shops: Sequence[int], titles: Sequence[str], categories: Sequence[int] = (), skus: bool = False
) -> range:
    """`count` products on sale, spread evenly over `shops`; returns their primary keys. Words are counted and
    tables analysed at the end, as they are in a shop that has run for a day.

    Args:
        shops, categories: primary keys; a product's first half of a title decides its category.
        titles: at least two; their halves are recombined.
        skus: each product gets one variant, of the same price and stock.
    """
    from shops.models import Product, Shop, Sku
    from shops.search.frequencies import count as count_words

    shop = Shop.objects.get(pk=shops[0])
    first = Product.objects.create(shop=shop, title="商品", status=Product.Status.PUBLISHED, stock=10)
    halves = _load_halves(titles)
    # Numbers from the row's own: a fixed multiplication scatters them, and each run has the same catalogue.
    left, right = f"(g::bigint * 7919 + g / {halves}) % {halves}", f"(g::bigint * 104729 + g / 31) % {halves}"
    changes = {
        "shop_id": f"{_pick(shops, 'g::bigint * 48271')}",
        "title": f"left(a.head || b.tail, {TITLE_LENGTH})",
        "search": "array_to_tsvector(a.head_tokens) || array_to_tsvector(b.tail_tokens)",
        "price_from_fen": "(20 + (g::bigint * 69621) % 880) * 100",
    }
    if categories:
        changes["category_id"] = _pick(categories, left)
    with _without_gin(Product):
        made = _multiply(
            first, count, source=f"JOIN halves a ON a.n = {left} JOIN halves b ON b.n = {right}", **changes
        )
    if skus:
        sku = Sku.objects.create(product=first, shop=shop, price_fen=100, stock=10)
        own = {"product_id": f"{made.start} + g", "price_fen": "p.price_from_fen", "shop_id": "p.shop_id"}
        _multiply(sku, count, source=f"JOIN shops_product p ON p.id = {made.start} + g", **own)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE halves")
        cursor.execute("VACUUM ANALYZE")
    count_words()
    return made


def _load_halves(titles: Sequence[str]) -> int:
    """A table of the titles' halves, cut between words, with the tokens of each."""
    rows = []
    for number, title in enumerate(titles):
        folded = fold(title)
        cut = _middle(title, folded)
        head, tail = title[:cut], title[cut:]
        rows.append((number, head, search.title_tokens(head), tail, search.title_tokens(tail)))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE halves (n bigint PRIMARY KEY, head text, head_tokens text[], tail text, tail_tokens text[])"
        )
        cursor.executemany("INSERT INTO halves VALUES (%s, %s, %s, %s, %s)", rows)
        cursor.execute("ANALYZE halves")
    return len(rows)


def _middle(title: str, folded: str) -> int:
    """Where a word ends next to the middle; folding may have changed the length, then just the middle."""
    middle = len(title) // 2
    if len(folded) != len(title):
        return middle
    ends = [folded.find(word) + len(word) for word in words(folded)]
    return min(ends, key=lambda end: abs(end - middle), default=middle)


def _pick(keys: Sequence[int], number: str) -> str:
    """SQL for one of `keys`; a range needs no list."""
    if isinstance(keys, range):
        return f"{keys.start} + ({number}) % {len(keys)}"
    return f"(ARRAY{list(keys)})[1 + ({number}) % {len(keys)}]"


def _multiply(first: Model, count: int, *, source: str = "", **changes: str) -> range:
    """Make `count` rows of the one just made, itself the first; returns their primary keys.

    Args:
        source: SQL joined to the numbers g = 1 … count - 1.
        changes: column -> SQL of its value in row g.
    """
    model = type(first)
    table, pk = model._meta.db_table, model._meta.pk.column
    assert first.pk == model._default_manager.aggregate(last=Max("pk"))["last"]
    changes[pk] = f"{first.pk} + g"
    columns = [field.column for field in model._meta.concrete_fields]
    if "public_id" in columns:
        # As public as any; only rows of a bench have it.
        changes["public_id"] = f"lpad(to_hex({first.pk} + g), 20, '0')"
    values = ", ".join(changes.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, {count - 1}) g "  # noqa: S608
            f"JOIN {table} t ON t.{pk} = {first.pk} {source}"
        )
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', '{pk}'), {first.pk + count})")
    return range(first.pk, first.pk + count)


@contextmanager
def _without_gin(model: type[Model]) -> Iterator[None]:
    """An index made at the end is ten times faster than one kept up row by row."""
    gin = [index for index in model._meta.indexes if isinstance(index, GinIndex)]
    with connection.schema_editor() as editor:
        for index in gin:
            editor.remove_index(model, index)
    yield
    with connection.schema_editor() as editor:
        editor.execute("SET maintenance_work_mem = '512MB'")
        for index in gin:
            editor.add_index(model, index)
