from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.services import issue_token
from chat import services
from chat.models import Message
from orders.models import Quote
from tests.orders.factories import make_buyer, sku_of
from tests.shops.factories import make_product, owner_of


class Caller:
    """Somebody at the API."""

    def __init__(self, user):
        self.client = Client(headers={"Authorization": f"Bearer {issue_token(user=user)[0]}"} if user else {})

    def get(self, path):
        return self.client.get(f"/api/v1{path}")

    def post(self, path, **body):
        return self.client.post(f"/api/v1{path}", body, content_type="application/json")


@pytest.fixture
def caller(buyer):
    return Caller(buyer)


def hello(**changes):
    return {"kind": "text", "text": "您好", "client_msg_id": "message-1", **changes}


def test_buyer_sends_and_reads(caller, talk):
    sent = caller.post(f"/conversations/{talk.public_id}/messages", **hello())
    assert sent.status_code == 201 and sent.json()["seq"] == 1
    rows = caller.get(f"/conversations/{talk.public_id}/messages?after_seq=0").json()["results"]
    assert [row["text"] for row in rows] == ["您好"]
    assert caller.get("/conversations").json()["results"][0]["last_preview"] == "您好"
    assert caller.post(f"/conversations/{talk.public_id}/read", seq=1).status_code == 204


def test_shop_reads_and_replies(talk, staff, buyer):
    services.send_text(conversation=talk, sender="buyer", user=buyer, text="您好", client_msg_id="message-1")
    at_work = Caller(staff)
    (row,) = at_work.get("/shop/conversations").json()["results"]
    assert (row["unread"], row["buyer_name"]) == (1, "林女士")
    reply = at_work.post(f"/shop/conversations/{talk.public_id}/messages", **hello(text="可以的"))
    assert (reply.status_code, reply.json()["sender"]) == (201, "shop")


@pytest.fixture
def offer(product):
    return {
        "lines": [{"sku_id": sku_of(product).public_id, "quantity": 1, "price_fen": 50000}],
        "valid_until": (timezone.now() + timedelta(days=1)).isoformat(),
        "client_msg_id": "quote-0001",
    }


def test_shop_makes_an_order_card(talk, staff, offer):
    made = Caller(staff).post(f"/shop/conversations/{talk.public_id}/quotes", **offer)
    assert (made.status_code, made.json()["card"]["total_fen"]) == (201, 50000)


@pytest.mark.parametrize(
    "change",
    [
        {"valid_until": "2099-01-01T00:00:00+08:00"},
        {"valid_until": "2020-01-01T00:00:00+08:00"},
        {"valid_until": "tomorrow"},
        {"lines": []},
        {"lines": [{"sku_id": "x", "quantity": 0}]},
        {"shipping_fen": -1},
        {"note": "长" * 101},
    ],
)
def test_a_bad_offer_is_refused_and_nothing_moves(talk, staff, offer, change):
    response = Caller(staff).post(f"/shop/conversations/{talk.public_id}/quotes", **{**offer, **change})
    assert response.status_code == 400
    assert not Message.objects.exists() and not Quote.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        hello(kind="voice"),
        hello(text=""),
        hello(text="长" * 4001),
        hello(client_msg_id="short"),
        {"kind": "product", "client_msg_id": "message-1"},
        {"kind": "image", "client_msg_id": "message-1"},
        hello(text={"$ne": 1}),
    ],
)
def test_bad_messages_are_refused_and_nothing_moves(caller, talk, body):
    response = caller.post(f"/conversations/{talk.public_id}/messages", **body)
    assert response.status_code == 400 and response.json()["code"]
    assert not Message.objects.exists()


def test_foreign_conversations_do_not_exist(talk, buyer, product):
    stranger, rival = Caller(make_buyer()), Caller(owner_of(make_product().shop))
    path = f"/conversations/{talk.public_id}"
    for response in (
        stranger.get(path),
        stranger.get(f"{path}/messages"),
        stranger.post(f"{path}/messages", **hello()),
        stranger.post(f"{path}/read", seq=1),
        rival.get(f"/shop{path}/messages"),
        rival.post(f"/shop{path}/messages", **hello()),
        rival.post(
            f"/shop{path}/quotes",
            lines=[{"sku_id": "x", "quantity": 1}],
            valid_until="2030-01-01T00:00Z",
            client_msg_id="quote-001",
        ),
    ):
        assert response.status_code == 404
    assert not Message.objects.exists()


def test_strangers_to_the_shop_are_kept_out(talk):
    assert Caller(make_buyer()).get("/shop/conversations").status_code == 403
    assert Caller(None).get("/conversations").status_code == 401


@pytest.mark.parametrize("after", ["-1", "x", "9999999999"])
def test_after_seq_must_be_a_number(caller, talk, after):
    assert caller.get(f"/conversations/{talk.public_id}/messages?after_seq={after}").status_code == 400


def queries_of_the_list(caller) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert caller.get("/conversations").status_code == 200
    return len(queries)


def test_the_list_costs_the_same_with_one_row_and_with_three(caller, talk, buyer):
    caller.get("/conversations")
    with_one = queries_of_the_list(caller)
    for _ in range(2):
        services.open_conversation(shop=make_product().shop, buyer=buyer)
    assert queries_of_the_list(caller) == with_one


def test_a_blank_left_in_a_phrase_is_named_with_its_field(talk, staff):
    reply = Caller(staff).post(f"/shop/conversations/{talk.public_id}/messages", **hello(text="{商品}，今晚发"))
    assert (reply.status_code, reply.json()["code"]) == (400, "blanks_left")
    assert reply.json()["fields"]["text"] == ["先把 {商品} 填上"]
    assert not talk.messages.exists()
