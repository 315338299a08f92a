"""Shops to buy from and buyers with phones, for the benches that sell."""

from collections.abc import Sequence
from datetime import timedelta

import httpx
from django.utils import timezone

from accounts.models import User, WeChatIdentity
from accounts.services import bind_identity
from chat.services import open_conversation, send_quote
from merchants.models import Merchant, Role
from merchants.selectors import staff_of
from merchants.services import add_member
from orders.services import QuoteItem
from payments.models import SubMerchant
from shops.models import Product, Shop, Sku
from shops.services import SkuDraft, conclude_screening, create_product, create_shop
from weixuan.crowd import Buyer, Phone
from weixuan.crowd.people import ADDRESS

PRICE_FEN = 50_800


def open_shop(number: int, wechat: str) -> Shop:
    """A shop that WeChat Pay knows and whose owner follows the service account."""
    phone = Phone.of(wechat, f"店主{number}", follows=True)
    owner = User.objects.create_user(nickname=phone.nickname)
    openid = phone.do("follow")["oa_openid"]
    bind_identity(user=owner, kind=WeChatIdentity.Kind.OFFICIAL_ACCOUNT, openid=openid)
    WeChatIdentity.objects.filter(openid=openid).update(is_following=True)
    sub_mchid = f"16{number:08d}"
    httpx.post(f"{wechat}/control/sub-merchants", json={"sub_mchid": sub_mchid}, trust_env=False).raise_for_status()
    account = SubMerchant.objects.create(
        out_request_no=f"BENCH{number:08d}", sub_mchid=sub_mchid, status=SubMerchant.Status.ACTIVE
    )
    merchant = Merchant.objects.create(name=phone.nickname, sub_merchant=account)
    add_member(merchant=merchant, user=owner, role=Role.OWNER, by=None)
    return create_shop(merchant=merchant, name=phone.nickname)


def put_on_sale(shop: Shop, *, stock: int) -> Sku:
    """One more thing on the shop's shelf; these words are ours, so no checker is asked."""
    skus = [SkuDraft(price_fen=PRICE_FEN, stock=stock)]
    product = create_product(shop=shop, by=_owner(shop), title="紫砂壶礼盒", skus=skus)
    Product.objects.filter(pk=product.pk).update(status=Product.Status.SCREENING)
    conclude_screening(product=product, passed=True)
    return Sku.objects.select_related("product__shop__merchant").get(product=product)


def offer(sku: Sku, buyer: User, number: int) -> str:
    """A card in the pair's conversation; returns its quote's id."""
    shop = sku.product.shop
    message = send_quote(
        conversation=open_conversation(shop=shop, buyer=buyer),
        by=_owner(shop),
        lines=[QuoteItem(sku)],
        valid_until=timezone.now() + timedelta(days=1),
        client_msg_id=f"offer-{number}",
    )
    return message.card["quote_id"]


def make_buyers(web: str, wechat: str, count: int) -> Sequence[tuple[Buyer, str]]:
    """People signed in over the API, each with the id of an address."""
    buyers = [Buyer(web, Phone.of(wechat, f"买家{number}")) for number in range(count)]
    return [(buyer, buyer.api.post("/addresses", **ADDRESS)["id"]) for buyer in buyers]


def _owner(shop: Shop) -> User:
    return staff_of(shop.merchant)[0].user
