"""Purchases over the wire, against the sandbox."""

import time

from orders.models import Order
from orders.services import prepay_order
from payments.models import SubMerchant
from tests.orders.factories import make_buyer, make_order
from tests.payments.helpers import fresh
from tests.shops.factories import make_product


def open_order(wechat, **changes) -> tuple[Order, object]:
    """An order whose merchant and buyer the sandbox knows, and the buyer's phone."""
    phone = wechat.person("林青", follows=False)
    product = changes.pop("product", None) or make_product(price_fen=50800)
    sub_mchid = wechat.sub_merchant()
    SubMerchant.objects.filter(merchant=product.shop.merchant).update(sub_mchid=sub_mchid)
    order = make_order(buyer=make_buyer(openid=phone.mini_openid), product=product, **changes)
    return fresh(order), phone


def prepay_id_of(parameters: dict[str, str]) -> str:
    return parameters["package"].removeprefix("prepay_id=")


def pay(order: Order, phone) -> None:
    parameters = prepay_order(order=fresh(order), user=order.buyer)
    phone.pay(prepay_id_of(parameters), **parameters)


def open_and_pay(wechat, client, **changes) -> Order:
    """An order that was paid on the phone and confirmed by WeChat's notification."""
    order, phone = open_order(wechat, **changes)
    pay(order, phone)
    assert wechat.deliver(client) == [204]
    order = fresh(order)
    assert order.status == Order.Status.PAID
    return order


def let_wechat_work(wechat) -> None:
    """An hour and more of WeChat's own work passes; what expires in seconds of ours does not age."""
    wechat.post("/control/clock", speed=100_000)
    time.sleep(0.05)
    wechat.post("/control/clock", speed=1)
