"""The main job through the public API alone, many times at once, while workers are killed.

Nothing may be lost and nothing may happen twice. 20 stories at once keep CI short; the full proof is
`WEIXUAN_STORIES=200 python3 manage.py test tests/story/test_under_fire.py`.
"""

import contextlib
import datetime
import os
import random
import signal
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from django.db import connections
from django.db.models import Count, F, Sum

from accounts.models import WeChatIdentity
from core.models import OutboxEvent
from notifications.models import Push
from orders.models import Order
from payments.models import LedgerAccount, LedgerEntry, Payment, Split, SubMerchant
from qa.models import Answer, Invitation, Question
from shops.models import Product, Sku
from tests.shops.factories import make_category, make_product, make_shop, owner_of
from weixuan.crowd import Buyer, Phone, Refused, Staff
from weixuan.run.messages import say

from . import stack

STORIES = int(os.environ.get("WEIXUAN_STORIES", "20"))
MERCHANTS = 20
STOCK = 1000
KILL_EVERY_SECONDS = 3.0
WHOLE_EVERY = 10
STORY_SECONDS = int(os.environ.get("WEIXUAN_STORY_SECONDS", "600"))
ALL_DAY = datetime.time(0, 0)
GOODS = ["段泥西施壶礼盒", "柴烧小套装", "高边白瓷盖碗", "手工玻璃公道杯"]
QUESTIONS = [
    "送爸爸60岁生日的茶具，300以内，他爱喝普洱",
    "想要一套柴烧茶具，自己用，预算500",
    "白瓷盖碗，不烫手的，200左右",
    "手工的公道杯送朋友，最多两百",
]
# Enough for one machine: each buyer is a thread that mostly waits.
AT_ONCE = 200


@pytest.fixture
def city(transactional_db, tmp_path, settings):
    """The running product with 20 shops that sell tea ware."""
    with stack.running(tmp_path) as running:
        settings.MEDIA_ROOT = tmp_path / "media"
        category = make_category("茶具", keywords="茶具 茶壶 盖碗 公道杯 茶杯")
        shops = [open_shop(running, category, number) for number in range(MERCHANTS)]
        yield running, shops


def open_shop(running, category, number: int):
    """A shop whose owner has a phone and whose money has a place at WeChat."""
    shop = make_shop(f"茶器{number}号", can_sell=False, asks_from=ALL_DAY, asks_until=ALL_DAY)
    account = httpx.post(f"{running.sandbox}/control/sub-merchants", json={"name": shop.name}, trust_env=False).json()
    shop.merchant.sub_merchant = SubMerchant.objects.create(
        out_request_no=f"fire{number}", sub_mchid=account["mchid"], status=SubMerchant.Status.ACTIVE
    )
    shop.merchant.save()
    for title in GOODS:
        make_product(
            shop, title=f"{title}{number}", price_fen=random.randint(9000, 29000), stock=STOCK, category=category
        )
    phone = Phone.of(running.sandbox, f"店主{number}", follows=True)
    person = next(p for p in people(running) if p["id"] == phone.person_id)
    appids = {"official_account": "WECHAT_OA_APPID", "mini_program": "WECHAT_MINI_APPID"}
    for kind, openid in (("official_account", person["oa_openid"]), ("mini_program", person["mini_openid"])):
        WeChatIdentity.objects.create(
            user=owner_of(shop),
            kind=kind,
            appid=running.environment[appids[kind]],
            openid=openid,
            is_following=kind == "official_account",
        )
    return shop, phone


def people(running) -> list[dict]:
    return httpx.get(f"{running.sandbox}/phone/api/people", trust_env=False).json()["people"]


class Fire:
    """SIGKILLs the process that runs the tasks every few seconds, and now and then a whole worker with it.

    A worker forks a killed child anew at once; a whole one the supervisor starts again, while the other works on.
    """

    def __init__(self, supervisor):
        self.supervisor, self.kills = supervisor, 0
        self.over = threading.Event()

    def burn(self) -> None:
        """Also keeps the supervisor going; runs in the main thread until `over`."""
        next_kill = time.monotonic() + KILL_EVERY_SECONDS
        while not self.over.is_set():
            self.supervisor.watch()
            if time.monotonic() > next_kill:
                self.kill()
                next_kill = time.monotonic() + KILL_EVERY_SECONDS
            time.sleep(0.1)

    def kill(self) -> None:
        child = self.supervisor.children[stack.WORKERS[self.kills // WHOLE_EVERY % len(stack.WORKERS)]]
        child.deaths = 0  # No growing pause: the next one shall burn too.
        self.kills += 1
        if not child.is_running():
            return
        pid = child.process.pid
        if self.kills % WHOLE_EVERY == 0:
            os.killpg(pid, signal.SIGKILL)
            return
        forked = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if forked:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(random.choice(forked)), signal.SIGKILL)


def keep_shop(running, phone: Phone, over: threading.Event) -> None:
    """A member of staff at work: hears that something came, answers questions, ships what is paid."""
    with Staff(running.web, phone, live_url=running.ws) as staff:
        while not over.is_set():
            staff.look_up()
            for invitation in staff.waiting():
                with_luck(staff.answer, invitation["id"], "这套合适，壶口宽好清洗，今天就能发")
            for order in staff.to_ship():
                with_luck(staff.ship, order["id"], f"ZT{order['id'][:12]}")
            staff.wait_for_work()
            over.wait(random.uniform(1, 3))  # what comes meanwhile is seen by the same look


def with_luck(step, *arguments) -> None:
    """A shop may be late: the question has enough answers, or a colleague was faster."""
    try:
        step(*arguments)
    except Refused as refusal:
        if refusal.status not in (404, 409):
            raise


def live_story(running, number: int) -> str:
    """One buyer from the question to the parcel. Returns the order's id."""
    phone = Phone.of(running.sandbox, f"买家{number}")
    with Buyer(running.web, phone, live_url=running.ws) as buyer:
        question_id = buyer.ask(QUESTIONS[number % len(QUESTIONS)])
        answer = buyer.wait_for_answers(question_id, seconds=STORY_SECONDS)["answers"][0]
        buyer.say(buyer.adopt(answer), "您好，我想要这一套")
        order = buyer.order(answer["cards"][0]["quote_id"])
        buyer.pay(order["id"])
        buyer.wait_for_order(order["id"], "shipped", seconds=STORY_SECONDS)
        buyer.receive(order["id"])
        buyer.wait_for_order(order["id"], "settled", seconds=STORY_SECONDS)
        return order["id"]


def play(running, shops) -> tuple[list[str], Fire]:
    """All stories at once, with the fire in this thread."""
    fire = Fire(running.supervisor)
    with ThreadPoolExecutor(AT_ONCE + MERCHANTS) as pool:
        staff = [pool.submit(keep_shop, running, phone, fire.over) for _, phone in shops]
        stories = [pool.submit(live_story, running, number) for number in range(STORIES)]

        def end():
            for story in stories:
                story.exception()
            fire.over.set()

        threading.Thread(target=end, daemon=True).start()
        fire.burn()
        order_ids = [story.result() for story in stories]
        for future in staff:
            future.result()
    connections.close_all()
    return order_ids, fire


def test_stories_at_once_lose_nothing_and_repeat_nothing(city):
    running, shops = city
    began = time.monotonic()
    order_ids, fire = play(running, shops)
    # Shown with -s or -rP.
    say(f"{STORIES} stories in {time.monotonic() - began:.0f} s beside {fire.kills} kills")
    assert fire.kills >= 3, "the fire never burned"
    assert len(set(order_ids)) == STORIES
    nothing_was_lost()
    nothing_happened_twice(running)
    the_money_adds_up()


def nothing_was_lost() -> None:
    assert Question.objects.exclude(status=Question.Status.ADOPTED).count() == 0
    assert Order.objects.filter(status=Order.Status.SETTLED).count() == STORIES == Order.objects.count()
    assert Payment.objects.filter(status=Payment.Status.PAID).count() == STORIES
    assert Split.objects.filter(status=Split.Status.FINISHED).count() == STORIES
    assert not OutboxEvent.objects.filter(status="failed").exists()
    # Each invitation was told about, or says why not.
    assert not Push.objects.filter(status=Push.Status.FAILED).exists()


def nothing_happened_twice(running) -> None:
    assert Answer.objects.filter(status=Answer.Status.ADOPTED).count() == STORIES
    repeated = Invitation.objects.values("question", "shop").annotate(n=Count("pk")).filter(n__gt=1)
    assert not repeated.exists()
    for person in people(running):
        url = f"{running.sandbox}/phone/api/people/{person['id']}/messages"
        messages = httpx.get(url, trust_env=False).json()["messages"]
        links = Counter(m["link"] for m in messages if m["kind"] == "template" and "/m/questions/" in m["link"])
        assert not [link for link, times in links.items() if times > 1], person["nickname"]


def the_money_adds_up() -> None:
    paid = Payment.objects.aggregate(total=Sum("amount_fen"))["total"]
    balances = {
        row["kind"]: row["total"] for row in LedgerAccount.objects.values("kind").annotate(total=Sum("balance_fen"))
    }
    assert LedgerEntry.objects.aggregate(total=Sum("amount_fen"))["total"] == 0
    assert balances["external"] == -paid
    assert balances.get("frozen", 0) == 0
    assert balances["settled"] + balances.get("fee", 0) == paid
    assert Sku.objects.filter(stock__lt=0).count() == 0
    assert Sku.objects.aggregate(gone=Sum(STOCK - F("stock")))["gone"] == STORIES
    assert Product.objects.aggregate(sold=Sum("sold"))["sold"] == STORIES
