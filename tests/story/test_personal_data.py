"""PIPL 45 and 47: a person gets everything held about them, and after erasure nothing of it is left but the trade."""

import json

import pytest
from django.apps import apps

from accounts.services import erase_person, export_person, request_erasure
from chat import services as chat_services
from notifications.services import notify
from orders.errors import OrderStillOpen
from orders.models import Order
from tests.orders.factories import make_address, make_buyer, make_order, make_quote
from tests.shops.factories import make_product

pytestmark = pytest.mark.django_db
CANARIES = {"name": "金丝雀", "phone": "13987650001", "detail": "canary-street-7"}
WORDS = "canary-words"


@pytest.fixture
def person():
    """Somebody who has left traces everywhere."""
    buyer = make_buyer("canary-nick")
    product = make_product(stock=5)
    order = make_order(buyer=buyer, product=product, address=make_address(buyer, **CANARIES), note="canary-note")
    make_quote(buyer, product=product, slip={"title": "canary-quote", "facts": []})
    talk = chat_services.open_conversation(shop=product.shop, buyer=buyer, slip={"title": "canary-slip", "facts": []})
    chat_services._append(talk, sender="buyer", user=buyer, kind="text", text=WORDS, client_msg_id="message-0001")
    notify(user=buyer, kind="hint", key="1", title="canary-news")
    return buyer, order


def everything_stored() -> str:
    """All rows of all our tables as text, with encrypted fields in clear."""
    rows = []
    for model in apps.get_models():
        if "site-packages" not in apps.get_app_config(model._meta.app_label).path:
            rows += [str(list(vars(row).values())) for row in model._default_manager.all()]
    return "\n".join(rows)


def test_the_export_holds_what_the_person_left(person):
    buyer, _ = person
    exported = json.dumps(export_person(user=buyer), ensure_ascii=False, default=str)
    for trace in (*CANARIES.values(), WORDS, "canary-note", "canary-news", "canary-nick"):
        assert trace in exported


def test_an_open_order_stands_in_the_way(person):
    buyer, _ = person
    with pytest.raises(OrderStillOpen):
        request_erasure(user=buyer)
    assert "canary-nick" in everything_stored()


def test_after_erasure_only_the_trade_is_left(person):
    buyer, order = person
    Order.objects.filter(pk=order.pk).update(status=Order.Status.CANCELLED)
    assert "金丝雀" in everything_stored()
    request_erasure(user=buyer)
    erase_person(user_id=buyer.pk)
    left = everything_stored()
    for trace in (*CANARIES.values(), WORDS, "canary"):
        assert trace not in left
    assert Order.objects.get().total_fen == order.total_fen
