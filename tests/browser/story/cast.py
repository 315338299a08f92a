"""Who plays in the story: people with a window and a phone of their own, and a rival who answers over the API."""

import io
import os
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path

import httpx
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.files.base import ContentFile
from playwright.sync_api import Locator, Page, expect

from accounts.models import User, WeChatIdentity
from payments.models import SubMerchant
from shops.models import Shop
from shops.services import add_image
from tests.browser.conftest import NARROW, WIDE
from tests.qa.factories import make_tea_category, values_of
from tests.shops.factories import make_product, make_shop, owner_of, pass_picture
from tests.story.stack import Stack
from weixuan.crowd import Phone, Staff
from weixuan.demo import drawings

# A busy machine: each wait is for a condition, so a long one costs nothing where all goes well.
PATIENCE_MS = 60_000
PASSWORD = "correct horse battery"
RIVAL = "云窑陶社"
RIVALS_SHELF = [
    ("汝窑盖碗三才套组", 26_800, ("绿茶", "白瓷", "一般"), "teaset"),
    ("朱泥水平壶礼盒", 53_800, ("普洱", "紫砂", "好清洗"), "kettle"),
    ("玻璃煮茶壶套装", 16_800, ("绿茶", "玻璃", "一般"), "glasspot"),
]


@dataclass
class Scene:
    """Everything one station needs: addresses, windows, and what earlier stations have found out."""

    running: Stack
    ops: Page
    merchant: Page
    merchants_phone: Page
    buyer: Page
    buyers_phone: Page
    rival: Staff
    shown: dict[str, int] = field(default_factory=dict)

    def shoot(self, page: Page, name: str) -> None:
        """Keep a picture of the station in the folder WEIXUAN_PICTURES, if it is set."""
        if folder := os.environ.get("WEIXUAN_PICTURES"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.shown[name] = len(self.shown) + 1
            page.screenshot(path=str(Path(folder) / f"{self.shown[name]:02}-{name}.png"))


def set_scene(running: Stack, open_window) -> Scene:
    """A window and a phone each for the merchant and the buyer, a window for ops; nobody is signed in."""
    expect.set_options(timeout=PATIENCE_MS)
    ops, merchant, buyer = open_window(WIDE), open_window(WIDE), open_window(NARROW)
    for page in (ops, merchant, buyer):
        page.context.set_default_timeout(PATIENCE_MS)
    phones = [page.context.new_page() for page in (merchant, buyer)]
    for phone in phones:
        phone.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    return Scene(running, ops, merchant, phones[0], buyer, phones[1], open_rival(running))


def hire_ops() -> None:
    """Somebody of the platform, whose password any process of the stack can check."""
    ops = User.objects.create_user(nickname="运营", username="ops.one", is_staff=True, is_superuser=True)
    User.objects.filter(pk=ops.pk).update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt"))


def open_rival(running: Stack) -> Staff:
    """A shop that sells tea ware too, so that there is something to clarify and to compare."""
    category = make_tea_category()
    shop = make_shop(RIVAL, can_sell=False, asks_from=time(0), asks_until=time(0))
    account = httpx.post(f"{running.sandbox}/control/sub-merchants", json={"name": RIVAL}, trust_env=False).json()
    shop.merchant.sub_merchant = SubMerchant.objects.create(
        out_request_no="rival", sub_mchid=account["mchid"], status=SubMerchant.Status.ACTIVE
    )
    shop.merchant.save()
    for title, price_fen, values, drawing in RIVALS_SHELF:
        given = {"title": title, "price_fen": price_fen, "category": category, "values": values_of(category, *values)}
        product = make_product(shop, **given)
        picture = ContentFile(photo(drawing)["buffer"], f"{drawing}.jpg")
        pass_picture(add_image(product=product, by=owner_of(shop), upload=picture).check_row)
    return Staff(running.web, _bind(running, shop))


def _bind(running: Stack, shop: Shop) -> Phone:
    phone = Phone.of(running.sandbox, shop.name, follows=False)
    person = httpx.get(f"{running.sandbox}/phone/api/people/{phone.person_id}", trust_env=False).json()
    WeChatIdentity.objects.create(
        user=owner_of(shop),
        kind=WeChatIdentity.Kind.MINI_PROGRAM,
        appid=running.environment["WECHAT_MINI_APPID"],
        openid=person["mini_openid"],
    )
    return phone


def photo(name: str) -> dict[str, object]:
    """A product's picture as a file to choose."""
    out = io.BytesIO()
    drawings.draw(name, 0).convert("RGB").save(out, "JPEG")
    return {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


# --- The phone ------------------------------------------------------------------------------------------------


def new_phone(phone: Page, running: Stack, nickname: str) -> None:
    """Somebody who was never here picks up a phone."""
    phone.goto(f"{running.sandbox}/phone/")
    phone.get_by_label("昵称").fill(nickname)
    phone.get_by_role("button", name="拿起这台手机").click()
    expect(phone.get_by_role("heading", name=f"{nickname}的微信")).to_be_visible()


def scan_newest(phone: Page) -> None:
    """扫一扫 the code that a web page shows right now."""
    phone.get_by_role("button", name="扫一扫").click()
    phone.get_by_role("button", name="公众号二维码").first.click()
    expect(phone.get_by_role("heading", name="扫好了")).to_be_visible()


def open_chats(phone: Page) -> None:
    """Back to the list of conversations, from wherever the phone is."""
    for name in ("返回", "好"):
        if phone.get_by_role("button", name=name, exact=True).count():
            phone.get_by_role("button", name=name, exact=True).click()
    phone.get_by_role("navigation").get_by_role("button", name="微信").click()


def message(phone: Page, account: str, title: str) -> Locator:
    """The newest message with this title; `account` is the conversation it must arrive in."""
    phone.locator(".row", has=phone.get_by_text(account, exact=True)).click()
    card = phone.get_by_role("article").filter(has=phone.get_by_role("heading", name=title)).last
    expect(card).to_be_visible()
    return card


def follow(card: Locator) -> Page:
    """Tap a message's link; it opens in a page of its own."""
    with card.page.context.expect_page() as opened:
        card.get_by_role("link").click()
    opened.value.wait_for_load_state()
    return opened.value
