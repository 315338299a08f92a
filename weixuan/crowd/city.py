"""A crowd that lives in the demo: buyers come and go, shops keep their hours. All of it over the public API."""

import contextlib
import logging
import random
import threading
import time
from typing import Any

import httpx
from django.conf import settings

from accounts.models import User
from merchants.models import Membership, Role
from shops.models import Product, Shop
from weixuan.demo.people import FIRST_SHOP, SEEDED, seed_person
from weixuan.demo.sandbox import Sandbox

from .client import PATIENCE_SECONDS, Refused
from .people import Buyer, Phone, Staff

logger = logging.getLogger(__name__)

# What people say around a thing they want; {thing} and {yuan} come from a real product.
WISHES = (
    "想买{thing}，{yuan} 以内，自己用",
    "送妈妈的{thing}，预算 {yuan} 左右，要好看",
    "{thing}有推荐的吗，不超过 {yuan}",
    "朋友生日想送{thing}，{yuan} 上下，下周要到",
)
WORDS = (
    "这款很合适：做工扎实，今天下单明天就发",
    "按您说的，我推荐这一件，老客回头最多的就是它",
    "这件正好在预算里，用着省心，不合适七天内可以退",
)
THANKS = ("好的，就要这个", "谢谢，什么时候能到", "可以包装得好看一点吗")
NAMES = ("小林", "阿哲", "叶子", "老周", "米粒", "Tina", "大海", "若水", "Echo", "栗子")
# A shop hears of a question, comes to it some seconds later, and leaves a share of them to others.
SHOP_PAUSE = (2.0, 12.0)
ANSWERED_SHARE = 0.7
BUYER_PAUSE = (5.0, 25.0)
# A buyer would rather compare three, but doesn't wait for ever.
COMPARED, COMPARE_SECONDS = 3, 30.0
BOUGHT_SHARE = 0.6
# Some let their answer help others; most of those who read one say that it helped.
PUBLISHED_SHARE, JUDGED_SHARE, HELPED_SHARE = 0.4, 0.6, 0.8


class City:
    """Buyers and shops at work until `over` is set.

    Args:
        base_url: the product's address.
        sandbox_url: the sandbox's, whose phones they hold.
        live_url: where they hear that something changed (/ws/).
        leave_alone: a shop that a person plays.
    """

    def __init__(self, base_url: str, sandbox_url: str, live_url: str, *, leave_alone: str = ""):
        self.base_url, self.sandbox_url, self.live_url, self.leave_alone = base_url, sandbox_url, live_url, leave_alone
        self.over = threading.Event()

    def start(self, *, buyers: int) -> list[threading.Thread]:
        lives = [(self.keep_shop, owner) for owner in self.owners()] + [(self.go_shopping, n) for n in range(buyers)]
        threads = [threading.Thread(target=self._live, args=life, daemon=True) for life in lives]
        for thread in threads:
            thread.start()
        return threads

    def owners(self) -> list[Phone]:
        """A phone for the owner of every open shop of the demo; a shop that a visitor opened is the visitor's."""
        shops = Shop.objects.open().exclude(name=self.leave_alone)
        owners = Membership.objects.filter(merchant__shop__in=shops, role=Role.OWNER, removed_at=None)
        seeded = owners.filter(user__username__startswith=SEEDED).select_related("user")
        with Sandbox() as sandbox:
            return [self._phone_of(membership.user, sandbox) for membership in seeded]

    def keep_shop(self, phone: Phone) -> None:
        with Staff(self.base_url, phone, live_url=self.live_url) as staff:
            while not self.over.is_set():
                staff.look_up()
                for invitation in staff.waiting():
                    if random.random() < ANSWERED_SHARE:
                        staff.answer(invitation["id"], random.choice(WORDS))
                    else:
                        staff.pass_on(invitation["id"])
                for order in staff.to_ship():
                    staff.ship(order["id"], f"ZT{order['id'][:12]}")
                staff.wait_for_work()
                self.over.wait(random.uniform(*SHOP_PAUSE))

    def go_shopping(self, number: int) -> None:
        name = f"{NAMES[number % len(NAMES)]}{number // len(NAMES) or ''}"
        with Buyer(self.base_url, Phone.of(self.sandbox_url, name), live_url=self.live_url) as buyer:
            while not self.over.wait(random.uniform(*BUYER_PAUSE)):
                wish = self._wish()
                self._read(buyer, wish)
                answers = self._answers(buyer, buyer.ask(wish))
                chosen = answers[0]
                buyer.say(buyer.adopt(chosen), random.choice(THANKS))
                if chosen["cards"] and random.random() < BOUGHT_SHARE:
                    self._buy(buyer, chosen["cards"][0]["quote_id"])
                if random.random() < PUBLISHED_SHARE:
                    buyer.publish(chosen["id"])

    @staticmethod
    def _read(buyer: Buyer, wish: str) -> None:
        """What others asked, while typing."""
        found = buyer.look_around(wish)
        if found and random.random() < JUDGED_SHARE:
            buyer.judge(found["id"], helped=random.random() < HELPED_SHARE)

    @staticmethod
    def _answers(buyer: Buyer, question_id: str) -> list[dict[str, Any]]:
        """Some to compare; where too few come, the first one."""
        with contextlib.suppress(TimeoutError):
            return buyer.wait_for_answers(question_id, at_least=COMPARED, seconds=COMPARE_SECONDS)["answers"]
        return buyer.wait_for_answers(question_id, seconds=PATIENCE_SECONDS)["answers"]

    def _buy(self, buyer: Buyer, quote_id: str) -> None:
        order = buyer.order(quote_id)
        buyer.pay(order["id"])
        buyer.wait_for_order(order["id"], "shipped", seconds=PATIENCE_SECONDS)
        buyer.receive(order["id"])

    def _live(self, life, who) -> None:
        """Start again after a refusal, as people do: a full question, a closed shop, a server that restarts."""
        while not self.over.is_set():
            try:
                life(who)
            except (Refused, TimeoutError, httpx.HTTPError) as error:
                logger.info("%s: %s", life.__name__, error)
                time.sleep(random.uniform(5, 15))

    def _wish(self) -> str:
        product = Product.objects.published().filter(stock__gt=0).order_by("?").select_related("category").first()
        if product is None:
            raise TimeoutError("nothing is on sale")
        thing = product.category.name if product.category else product.title[:8]
        return random.choice(WISHES).format(thing=thing, yuan=max(10, product.price_from_fen * 12 // 100_000 * 10))

    def _phone_of(self, user: User, sandbox: Sandbox) -> Phone:
        seed_person(user.nickname, sandbox, follows=True)
        person = sandbox.people[user.nickname]
        return Phone(self.sandbox_url, person["id"], user.nickname)


def demo_city() -> City:
    return City(settings.PUBLIC_URL, settings.SANDBOX_PUBLIC_URL, settings.WEBSOCKET_URL, leave_alone=FIRST_SHOP)
