"""The shop's chat pages: each once for the happy path, and for owner, colleague without the right, and stranger."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chat import services
from chat.models import Message
from merchants.models import Membership, Role
from orders.services import QuoteItem, make_quote
from tests.orders.factories import make_buyer, sku_of
from tests.shops.factories import make_product, owner_of


def at_desk(user) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.UsernameBackend")
    return client


@pytest.fixture
def desk(staff):
    return at_desk(staff)


@pytest.fixture
def heard(talk, buyer):
    services.send_text(conversation=talk, sender="buyer", user=buyer, text="能写张贺卡吗", client_msg_id="message-1")
    return talk


def page(talk, tail=""):
    return f"/m/chats/{talk.public_id}/{tail}"


def test_an_empty_inbox_says_what_to_do(desk, talk):
    assert "/m/questions/" in desk.get("/m/chats/").content.decode()


def test_the_inbox_shows_who_waits(desk, heard):
    content = desk.get("/m/chats/?view=waiting").content.decode()
    assert "林女士" in content and "能写张贺卡吗" in content


def test_opening_a_conversation_marks_it_read(desk, heard):
    content = desk.get(page(heard)).content.decode()
    assert "送爸爸的茶具" in content and "能写张贺卡吗" in content
    heard.refresh_from_db()
    assert heard.shop_read_seq == 1


def test_a_reply_comes_back_in_the_thread(desk, heard):
    data = {"text": "可以的，我手写", "client_msg_id": "reply-00001"}
    response = desk.post(page(heard, "text/"), data, headers={"HX-Request": "true"})
    assert response.status_code == 200 and response["HX-Trigger"] == "wx:sent"
    assert "可以的，我手写" in response.content.decode()


def test_a_refused_reply_says_why_and_sends_nothing(desk, heard):
    response = desk.post(
        page(heard, "text/"), {"text": " ", "client_msg_id": "reply-00001"}, headers={"HX-Request": "true"}
    )
    assert response.status_code == 422 and "wx-note" in response.content.decode()
    assert Message.objects.filter(sender="shop").count() == 0


def test_without_scripts_a_reply_leads_back(desk, heard):
    response = desk.post(page(heard, "text/"), {"text": "好", "client_msg_id": "reply-00001"})
    assert (response.status_code, response["Location"]) == (302, page(heard))


def test_a_product_card_is_sent(desk, heard, product):
    data = {"product": product.public_id, "client_msg_id": "card-00001"}
    assert "段泥西施壶礼盒" in desk.post(page(heard, "product/"), data, headers={"HX-Request": "true"}).content.decode()


def test_another_shops_product_is_not_found(desk, heard):
    data = {"product": make_product().public_id, "client_msg_id": "card-00001"}
    assert desk.post(page(heard, "product/"), data).status_code == 404
    assert Message.objects.filter(sender="shop").count() == 0


def test_an_order_card_is_made(desk, heard, product):
    data = {
        "sku": sku_of(product).public_id,
        "quantity": 2,
        "price_yuan": "499.50",
        "shipping_yuan": "0",
        "days": 1,
        "client_msg_id": "quote-00001",
    }
    assert desk.post(page(heard, "quote/"), data)["HX-Redirect"] == page(heard)
    assert Message.objects.get(kind="quote").card["total_fen"] == 99900
    wrong = desk.post(page(heard, "quote/"), {**data, "price_yuan": "0", "client_msg_id": "quote-00002"})
    assert wrong.status_code == 422
    assert Message.objects.filter(kind="quote").count() == 1


def test_an_order_card_keeps_what_the_answer_promised(desk, talk, staff, product):
    card = {"sku": sku_of(product).public_id, "quantity": 1, "shipping_yuan": "0", "days": 1}
    make_quote(
        shop=talk.shop,
        buyer=talk.buyer,
        by=staff,
        source="answer",
        lines=[QuoteItem(sku_of(product), 1)],
        promises=["11月24日前送到", "包邮"],
        valid_until=timezone.now() + timedelta(days=1),
    )
    form = desk.get(page(talk)).context["quote_form"]
    assert form["promises"].initial == ["11月24日前送到", "包邮"]
    desk.post(page(talk, "quote/"), {**card, "promises": ["包邮"], "client_msg_id": "quote-00001"})
    assert Message.objects.get(kind="quote").card["promises"] == ["包邮"]
    foreign = {**card, "promises": ["送一台车"], "client_msg_id": "quote-00002"}
    assert desk.post(page(talk, "quote/"), foreign).status_code == 422
    assert Message.objects.filter(kind="quote").count() == 1


PAGES = ["", "thread/"]
ACTS = ["text/", "image/", "product/", "quote/"]


def test_a_rival_finds_nothing(heard):
    rival = at_desk(owner_of(make_product().shop))
    assert {rival.get(page(heard, tail)).status_code for tail in PAGES} == {404}
    assert {rival.post(page(heard, tail)).status_code for tail in ACTS} == {404}


def test_who_may_not_chat_is_told_so(heard, shop):
    clerk = make_buyer("出纳")
    Membership.objects.create(merchant=shop.merchant, user=clerk, role=Role.FINANCE)
    assert at_desk(clerk).get(page(heard)).status_code == 403
    assert at_desk(clerk).post(page(heard, "text/")).status_code == 403


def test_strangers_are_led_to_the_login(heard):
    response = Client().get(page(heard))
    assert response.status_code == 302 and response["Location"].startswith("/m/login/")


def test_a_blank_left_in_a_phrase_is_said_over_the_box_and_nothing_is_sent(desk, heard):
    sent = {"text": "{到货日}前到您手里", "client_msg_id": "phrase-01"}
    reply = desk.post(page(heard, "text/"), sent, headers={"HX-Request": "true"})
    assert (reply.status_code, "先把 {到货日} 填上" in reply.content.decode()) == (422, True)
    assert "HX-Trigger" not in reply and heard.messages.count() == 1
