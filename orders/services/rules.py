"""What may be sold, to whom and how much of it: the same for an offer and for an order."""

from collections.abc import Sequence

from merchants.models import Merchant
from payments.services import MAX_AMOUNT_FEN
from shops.models import Product, Shop, Sku

from ..errors import BadLines, BadQuote, ProductUnavailable, ShopCannotSell

MAX_LINES = 20
MAX_QUANTITY = 999
MAX_PRICE_FEN = MAX_AMOUNT_FEN


def check_lines(shop: Shop, lines: Sequence[tuple[Sku, int]]) -> None:
    """Raises BadLines, or ProductUnavailable naming the SKU that cannot be bought."""
    if not 1 <= len(lines) <= MAX_LINES or len({sku.pk for sku, _ in lines}) < len(lines):
        raise BadLines
    for sku, quantity in lines:
        if isinstance(quantity, bool) or not isinstance(quantity, int) or not 1 <= quantity <= MAX_QUANTITY:
            raise BadLines
        if sku.product.shop_id != shop.pk:
            raise BadLines
        if sku.archived_at is not None or sku.product.status != Product.Status.PUBLISHED:
            raise ProductUnavailable(sku_id=sku.public_id)


def check_seller(shop: Shop) -> Merchant:
    """The merchant, if it may sell and WeChat has an account for its money. Raises ShopCannotSell."""
    if not shop.is_open or not shop.merchant.can_sell:
        raise ShopCannotSell
    return shop.merchant


def check_total(total_fen: int) -> None:
    """Raises BadQuote outside what WeChat Pay takes in one order."""
    if not 1 <= total_fen <= MAX_AMOUNT_FEN:
        raise BadQuote
