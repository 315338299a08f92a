"""Categories, shops and products of the demo, out of data/*.toml."""

import re
import tomllib
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import User
from merchants.models import Merchant, Role
from merchants.services import add_member
from payments.models import SubMerchant
from shops import services
from shops.models import Attribute, AttributeValue, Category, Product, ProductImage, Shop, Sku
from shops.services import SkuDraft

from . import drawings
from .sandbox import Sandbox

DATA = Path(__file__).parent / "data"
TRADES = ("tea", "food", "beauty", "clothing", "flowers", "crafts", "digital")
# "礼盒（一壶一公道两杯） 528 x23": variant, yuan, stock
VARIANT = re.compile(r"^(?:(?P<name>.*?)\s+)?(?P<yuan>\d+(?:\.\d+)?)(?:\s+x(?P<stock>\d+))?$")


@dataclass(frozen=True)
class Line:
    """One product of the data files."""

    title: str
    skus: tuple[SkuDraft, ...]
    values: str
    drawing: str


def parse(text: str) -> Line:
    """`title | variants | attribute values | drawing`. Raises ValueError for anything else."""
    title, variants, values, drawing = (part.strip() for part in text.split("|"))
    return Line(title, tuple(_variant(title, variant.strip()) for variant in variants.split(",")), values, drawing)


def _variant(title: str, text: str) -> SkuDraft:
    found = VARIANT.match(text)
    if found is None:
        raise ValueError(f"{title}: no variant: {text}")
    stock = int(found["stock"]) if found["stock"] else 5 + zlib.crc32(f"{title}{text}".encode()) % 60
    return SkuDraft(price_fen=round(float(found["yuan"]) * 100), stock=stock, name=found["name"] or "")


@cache
def shop_entries() -> list[dict]:
    return [shop for trade in TRADES for shop in tomllib.loads((DATA / f"{trade}.toml").read_text())["shop"]]


@transaction.atomic
def seed_taxonomy() -> None:
    """Categories with attributes and values; what is there stays as ops left it."""
    tree = tomllib.loads((DATA / "taxonomy.toml").read_text())["category"]
    for position, top in enumerate(tree):
        parent, _made = Category.objects.get_or_create(parent=None, name=top["name"], defaults={"position": position})
        for place, leaf in enumerate(top["child"]):
            category, made = Category.objects.get_or_create(
                parent=parent, name=leaf["name"], defaults={"keywords": leaf["keywords"], "position": place}
            )
            if made:
                _seed_attributes(category, leaf["attributes"])


def _seed_attributes(category: Category, attributes: list[dict]) -> None:
    for position, entry in enumerate(attributes):
        attribute = Attribute.objects.create(
            category=category, name=entry["name"], question=entry["question"], position=position
        )
        AttributeValue.objects.bulk_create(
            AttributeValue(attribute=attribute, name=name, synonyms=synonyms, position=place)
            for place, (name, _bar, synonyms) in enumerate(value.partition("|") for value in entry["values"])
        )


def seed_shop(entry: dict, owner: User, sandbox: Sandbox) -> tuple[Shop, bool]:
    """The shop of a data entry with its merchant and its account at WeChat Pay; and whether it is new."""
    found = Shop.objects.filter(name=entry["name"], merchant__name=entry["name"]).first()
    if found is not None:
        return found, False
    number = zlib.crc32(entry["name"].encode())
    sub_mchid = f"16{number % 10**8:08d}"
    if sandbox.reachable:
        sandbox.open_account(sub_mchid, entry["name"])
    with transaction.atomic():
        account = SubMerchant.objects.create(
            out_request_no=f"DEMO{number}", sub_mchid=sub_mchid, status=SubMerchant.Status.ACTIVE, wechat_state="FINISH"
        )
        merchant = Merchant.objects.create(name=entry["name"], sub_merchant=account)
        add_member(merchant=merchant, user=owner, role=Role.OWNER, by=None)
        shop = services.create_shop(merchant=merchant, name=entry["name"])
        shop = services.update_shop(
            shop=shop, by=owner, introduction=entry["introduction"], city=entry["city"], persona_name=entry["persona"],
            persona_voice=entry["voice"], promises=entry["promises"],
        )  # fmt: skip
        # The demo is looked at by night too.
        Shop.objects.filter(pk=shop.pk).update(asks_from="00:00", asks_until="00:00")
    return shop, True


@transaction.atomic
def seed_products(shop: Shop, entry: dict, by: User) -> None:
    """The shop's shelf, on sale: these words are ours, so no checker is asked."""
    category = Category.objects.get(name=entry["category"], children=None)
    known = list(AttributeValue.objects.filter(attribute__category=category).select_related("attribute"))
    for text in entry["products"].strip().splitlines():
        line = parse(text)
        product = services.create_product(
            shop=shop, by=by, title=line.title, category=category, skus=line.skus,
            description=_description(entry, line), values=[value for value in known if f" {value.name} " in f" {line.values} "],
        )  # fmt: skip
        Product.objects.filter(pk=product.pk).update(
            status=Product.Status.SCREENING, sold=_count_past_sales(product), cover=_hang_picture(product, line)
        )
        services.conclude_screening(product=product, passed=True)


def _description(entry: dict, line: Line) -> str:
    return f"{line.title}，{entry['city']}发货。{entry['introduction']}\n有问题直接问{entry['persona']}。"


def _count_past_sales(product: Product) -> int:
    skus = list(product.skus.all())
    for sku in skus:
        sku.sold = zlib.crc32(f"{product.title}{sku.name}".encode()) % 240
    Sku.objects.bulk_update(skus, ["sold"])
    return sum(sku.sold for sku in skus)


def _hang_picture(product: Product, line: Line) -> str:
    """Returns the cover's address. We drew it ourselves: it needs no check."""
    image, thumbnail = _files(line.drawing, drawings.palette_of(line.drawing, line.title))
    side = drawings.SIDE
    picture = ProductImage(product=product, image=image, thumbnail=thumbnail, width=side, height=side, shown=True)
    ProductImage.objects.bulk_create([picture])
    return picture.thumbnail.url


def _files(name: str, palette: int) -> tuple[str, str]:
    """Storage names of a drawing in two sizes, painted where they are missing."""
    names = tuple(f"products/demo-{name}-{palette}-{side}.webp" for side in (drawings.SIDE, drawings.THUMBNAIL_SIDE))
    if not all((settings.MEDIA_ROOT / file).exists() for file in names):
        painted = drawings.draw(name, palette)
        for file, side in zip(names, (drawings.SIDE, drawings.THUMBNAIL_SIDE), strict=True):
            if not default_storage.exists(file):
                default_storage.save(file, ContentFile(drawings.encode(painted, side)))
    return names[0], names[1]
