"""What has already happened in the demo: a question with answers and a talk, and orders in every state.

Everything goes through the services against the running sandbox, as buyers and shops would do it. Questions were asked
by a clock that is turned back; orders are placed now, since WeChat Pay has a clock of its own. What takes its time in
life (splits, refunds, messages) is left to the worker, which starts after the seed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from accounts.services import sign_in_with_wechat
from chat.models import Conversation, Message
from chat.services import send_text
from core.errors import DomainError
from merchants.models import Role
from orders import services as orders
from orders.models import Order
from payments.services import query_payment
from qa import services as qa
from qa.models import Answer, Invitation, Question
from shops.models import Shop, Sku
from wechat.errors import WeChatError

from . import helping, past, wishes, written
from .past import Past
from .people import FIRST_SHOP
from .sandbox import Sandbox

KEY = "demo-story"
# WeChat knows nothing of an order to ship for some seconds after its payment (10060001).
SHIPPING_DESK_SECONDS = 15
QUESTION = "送爸爸 60 岁生日的茶具，他爱喝普洱，想要好看又不难洗，预算 400 到 600"
# Shop -> what it says, which variant it shows, and the seconds that it writes.
ANSWERS = {
    "山南茶器": (
        "您爸爸爱喝普洱，推荐段泥西施壶：壶口宽，伸手就能洗，出水也快。配一只公道杯和两只小杯，正好两个人对坐着喝。",
        "礼盒（一壶一公道两杯）",
        52,
    ),
    "半木器物": ("白瓷六件套好洗不挂味，待客也够用，素净耐看。喝普洱的话建议再备一只公道杯。", "", 95),
    "云窑陶社": ("柴烧小套装养得出味道，每件落灰都不一样，送长辈有分量。", "", 128),
}
TALK = (
    (Message.Sender.BUYER, "能写张贺卡吗？落款写「女儿 小林」"),
    (Message.Sender.SHOP, "可以的，我手写。您把想说的话发我就行"),
    (Message.Sender.BUYER, "爸，生日快乐，少喝酒多喝茶"),
    (Message.Sender.SHOP, "好嘞，礼盒和贺卡今晚一起发"),
)
# After the history, which ends half an hour ago: the minutes since when the comparison and the birthday were asked.
ASKED_LATELY = (29, 21)
TYPES_SECONDS = 15
# How many of those who chose an answer in these days buy.
CHOSEN_LATELY, BOUGHT = 6, 10
# The state each order is brought to, and whose it is.
ORDERS = (
    ("unpaid", "老陈"),
    ("cancelled", "老陈"),
    ("paid", "Momo"),
    ("paid", "小雨"),
    ("shipped", "小雨"),
    ("received", "老陈"),
    ("refunding", "Momo"),
)


def seed_first_days(buyers: list[User], sandbox: Sandbox, *, say: Callable[[str], object]) -> None:
    """What was asked before the history begins. Again, and without a sandbox, it does nothing."""
    if not sandbox.reachable:
        return
    staff = User.objects.filter(memberships__merchant__shop__name__in=ANSWERS, memberships__removed_at=None)
    for user in [*staff, *buyers]:
        _open_mini_program(user, sandbox)
    with _excused(say):
        helping.seed_public({buyer.nickname: buyer for buyer in buyers}, sandbox)


def seed_stories(buyers: list[User], sandbox: Sandbox, *, say: Callable[[str], object]) -> None:
    """Tell them once. Without a sandbox nobody can pay, so there are none."""
    if not sandbox.reachable or Order.objects.filter(idempotency_key__startswith=KEY).exists():
        return
    shop = Shop.objects.get(name=FIRST_SHOP)
    people = {buyer.nickname: buyer for buyer in buyers}
    buyer = people["林女士"]
    with _excused(say):
        written.seed_written()
        chosen = _tell_the_last_half_hour(buyer)
        if chosen:
            _bring_to("paid", _buy(chosen), sandbox)
        for number, (state, name) in enumerate(ORDERS):
            _bring_to(state, _place(shop, people[name], number), sandbox)
        _buy_what_was_chosen(buyers, sandbox)
        wishes.seed_wishes(buyer, apart_from={*ANSWERS, *(entry["name"] for entry in written.load()["shop"])})
    say(f"{Question.objects.count()} questions, {Order.objects.count()} orders")


@contextmanager
def _excused(say: Callable[[str], object]) -> Iterator[None]:
    """A story that the business refuses is left out and said: it must not keep the demo from starting."""
    try:
        yield
    except (DomainError, WeChatError) as refusal:
        say(f"a story ended early: {type(refusal).__name__}: {refusal}")


def _open_mini_program(user: User, sandbox: Sandbox) -> None:
    """WeChat judges only the words of people who were there lately."""
    person = sandbox.people.get(user.nickname)
    if person:
        sign_in_with_wechat(js_code=sandbox.login_code(person["id"]))


def _tell_the_last_half_hour(buyer: User) -> Answer | None:
    """Two questions with answers; the answer to one was chosen."""
    now = timezone.now()
    comparison, birthday = (now - timedelta(minutes=ago) for ago in ASKED_LATELY)
    with past.since(comparison) as days:
        written.tell_comparison(buyer, days)
        days.move_to(birthday)
        chosen = _tell_birthday(buyer, days)
        days.move_to(now)
    return chosen


def _tell_birthday(buyer: User, days: Past) -> Answer | None:
    """Ask, answer, choose, talk."""
    question = qa.ask(buyer=buyer, text=QUESTION, city="杭州", idempotency_key=f"{KEY}-birthday")
    days.wait(seconds=27)
    question = qa.submit(question=question)
    # Until the second wave.
    days.wait(seconds=100)
    for invitation in Invitation.objects.filter(question=question, shop__name__in=ANSWERS).select_related("shop"):
        _answer(invitation, days)
    chosen = Answer.objects.filter(question=question, status=Answer.Status.VISIBLE, shop__name=FIRST_SHOP).first()
    if chosen is None:
        return None
    days.wait(minutes=2.5)
    conversation = qa.adopt(answer=chosen, by=buyer)
    _talk(conversation, chosen.staff, days)
    return chosen


def _buy(chosen: Answer) -> Order:
    buyer = chosen.question.buyer
    return orders.place_order(
        buyer=buyer, address=buyer.addresses.get(is_default=True), quote=chosen.cards.get(position=1).quote,
        idempotency_key=f"{KEY}-birthday", note="礼盒装，附贺卡",
    )  # fmt: skip


def _answer(invitation: Invitation, days: Past) -> None:
    words, variant, seconds = ANSWERS[invitation.shop.name]
    on_sale = Sku.objects.filter(shop=invitation.shop, archived_at=None, product__status="published", stock__gt=0)
    in_budget = on_sale.filter(price_fen__range=(40_000, 60_000)).order_by("pk")
    sku = in_budget.filter(name=variant).first() or in_budget.first()
    owner = invitation.shop.merchant.memberships.get(role=Role.OWNER, removed_at=None).user
    qa.open_invitation(invitation=invitation, by=owner)
    days.wait(seconds=seconds)
    qa.answer(
        invitation=invitation, by=owner, text=words, cards=[qa.Card(sku=sku)] if sku else [],
        promises=invitation.shop.promises[:3], arrive_by=timezone.localdate() + timedelta(days=3),
    )  # fmt: skip
    days.wait(seconds=10)


def _talk(conversation: Conversation, staff: User, days: Past) -> None:
    for number, (sender, text) in enumerate(TALK):
        days.wait(seconds=TYPES_SECONDS + 2 * len(text))
        user = conversation.buyer if sender == Message.Sender.BUYER else staff
        send_text(conversation=conversation, sender=sender, user=user, text=text, client_msg_id=f"{KEY}-{number}")


def _place(shop: Shop, buyer: User, number: int) -> Order:
    sku = Sku.objects.filter(shop=shop, archived_at=None, stock__gt=2).order_by("pk")[number]
    return orders.place_order(
        buyer=buyer, address=buyer.addresses.get(is_default=True), lines=[(sku, 1)], idempotency_key=f"{KEY}-{number}"
    )


def _buy_what_was_chosen(buyers: list[User], sandbox: Sandbox) -> None:
    """Some of the last days' questions (history) end in an order today."""
    since = timezone.now() - timedelta(days=CHOSEN_LATELY)
    chosen = Answer.objects.filter(status=Answer.Status.ADOPTED, conversation=None, visible_at__gte=since)
    chosen = chosen.filter(question__buyer__in=buyers, question__buyer__addresses__is_default=True)
    for number, answer in enumerate(chosen.select_related("question__buyer", "shop").order_by("-visible_at")[:BOUGHT]):
        buyer = answer.question.buyer
        sku = Sku.objects.filter(shop=answer.shop, archived_at=None, stock__gt=2).order_by("price_fen", "pk").first()
        order = orders.place_order(
            buyer=buyer, address=buyer.addresses.get(is_default=True), lines=[(sku, 1)],
            idempotency_key=f"{KEY}-chosen-{number}",
        )  # fmt: skip
        _bring_to("paid", order, sandbox)


def _bring_to(state: str, order: Order, sandbox: Sandbox) -> None:
    """Do what leads to `state`; the steps before it come first."""
    owner = order.shop.merchant.memberships.get(role=Role.OWNER, removed_at=None).user
    if state == "cancelled":
        orders.cancel_order(order=order, by=order.buyer)
    if state in ("unpaid", "cancelled"):
        return
    _pay(order, sandbox)
    order.refresh_from_db()
    if state == "refunding":
        orders.refund_order(order=order, by=owner, reason="拍错了规格")
    if state in ("shipped", "received"):
        sandbox.let_pass(SHIPPING_DESK_SECONDS)
        orders.ship_order(order=order, by=owner, company="ZTO", tracking_no=f"7311{order.pk:010d}")
        orders.upload_shipping(order.pk)
    if state == "received":
        order.refresh_from_db()
        sandbox.receive(sandbox.people[order.buyer.nickname]["id"], order.payment.transaction_id)
        orders.receive_order(order=order, by=order.buyer)


def _pay(order: Order, sandbox: Sandbox) -> None:
    parameters = orders.prepay_order(order=order, user=order.buyer)
    person = sandbox.people[order.buyer.nickname]
    sandbox.pay(person["id"], parameters["package"].removeprefix("prepay_id="))
    # The notice waits until our web server runs; asking is the other way to learn of it.
    query_payment(order.payment_id)
