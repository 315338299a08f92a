"""Buyers and orders for tests, made by the services themselves."""

from datetime import timedelta
from itertools import count

from django.conf import settings
from django.utils import timezone

from accounts.models import Address, User, WeChatIdentity
from orders import services
from orders.models import Order, Quote
from orders.services import QuoteItem
from shops.models import Product, Sku
from tests.shops.factories import make_product, owner_of

numbers = count(1)
SLIP = {
    "title": "送爸爸的茶具",
    "facts": [{"label": "送谁", "value": "爸爸，60 岁"}, {"label": "预算", "value": "¥400–600"}],
}


def make_buyer(nickname: str = "", *, openid: str = "") -> User:
    """A buyer who can pay: known to the mini-program."""
    number = next(numbers)
    user = User.objects.create_user(nickname=nickname or f"买家{number}")
    WeChatIdentity.objects.create(
        user=user,
        kind=WeChatIdentity.Kind.MINI_PROGRAM,
        appid=settings.WECHAT_MINI_APPID or "wx-mini",
        openid=openid or f"openid-{number}",
    )
    return user


def make_address(user: User, **changes) -> Address:
    fields = {
        "name": "林青",
        "phone": "13812345678",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
        "detail": "龙井路 1 号",
    }
    return Address.objects.create(user=user, **{**fields, **changes})


def sku_of(product: Product) -> Sku:
    """The product's variant, read as the API reads it."""
    rows = Sku.objects.select_related("product__shop__merchant__sub_merchant")
    return rows.get(product=product, archived_at=None)


def make_quote(buyer: User, *, product: Product | None = None, price_fen: int | None = None, **changes) -> Quote:
    product = product or make_product(price_fen=50800)
    arguments = {
        "source": "answer",
        "promises": ["48 小时内发货", "碎了包赔"],
        "valid_until": timezone.now() + timedelta(days=3),
        "slip": SLIP,
    }
    return services.make_quote(
        shop=product.shop,
        buyer=buyer,
        by=owner_of(product.shop),
        lines=[QuoteItem(sku_of(product), changes.pop("quantity", 1), price_fen)],
        **{**arguments, **changes},
    )


def make_order(
    *,
    buyer: User | None = None,
    product: Product | None = None,
    quantity: int = 1,
    quote: Quote | None = None,
    **changes,
) -> Order:
    """An order that waits to be paid."""
    buyer = buyer or make_buyer()
    lines = None if quote else [(sku_of(product or make_product()), quantity)]
    arguments = {"address": make_address(buyer), "idempotency_key": f"test-order-{next(numbers)}", **changes}
    return services.place_order(buyer=buyer, quote=quote, lines=lines, **arguments)
