import io
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image

from chat import selectors, services
from chat.models import Conversation, Message
from core import outbox
from core.errors import NotFound
from core.images import BadImage
from core.models import OutboxEvent, Priority
from notifications.models import InboxItem
from orders.models import Quote
from orders.services import QuoteItem
from tests.orders.factories import make_buyer, sku_of
from tests.shops.factories import make_product

BUYER, SHOP = Message.Sender.BUYER, Message.Sender.SHOP


def say(talk, who, user, text="能写张贺卡吗", id="message-1"):
    return services.send_text(conversation=talk, sender=who, user=user, text=text, client_msg_id=id)


def seen_by(talk, side) -> list[str]:
    return [message.text for message in selectors.messages_for(talk, side=side)]


def test_a_message_is_checked_and_then_seen(talk, buyer):
    message = say(talk, BUYER, buyer)
    assert message.screening == "passed"
    assert seen_by(talk, SHOP) == ["能写张贺卡吗"]
    talk.refresh_from_db()
    assert talk.waiting_since and talk.last_preview == "能写张贺卡吗"
    assert (talk.buyer_read_seq, talk.shop_read_seq, talk.last_seq) == (1, 0, 1)


def test_a_resend_is_harmless(talk, buyer):
    assert say(talk, BUYER, buyer) == say(talk, BUYER, buyer)
    assert talk.messages.count() == 1
    assert InboxItem.objects.filter(kind="staff_message").count() == 1


def test_the_same_id_for_other_words_is_refused(talk, buyer):
    say(talk, BUYER, buyer)
    with pytest.raises(services.ClientIdReused):
        say(talk, BUYER, buyer, text="别的话")
    assert talk.messages.count() == 1


def test_a_phrase_with_blanks_left_is_refused_of_a_shop(talk, buyer, staff):
    for text in ("{到货日}前到", "推荐{ 商品 }，{price}"):
        with pytest.raises(services.BlanksLeft) as refused:
            say(talk, SHOP, staff, text=text)
        assert refused.value.fields["text"] == [str(refused.value)]
    assert str(refused.value) == "先把 {商品}、{价格} 填上"
    assert not Message.objects.exists() and not OutboxEvent.objects.exists()
    assert say(talk, SHOP, staff, text="{尺寸} 这样写没关系").text
    assert say(talk, BUYER, buyer, text="{商品}是什么？").text


@pytest.mark.parametrize(
    ("text", "error"),
    [("", services.EmptyMessage), ("  \n", services.EmptyMessage), ("长" * 1001, services.MessageTooLong)],
)
def test_nothing_and_too_much_are_refused(talk, buyer, text, error):
    with pytest.raises(error):
        say(talk, BUYER, buyer, text=text)
    assert not Message.objects.exists() and not OutboxEvent.objects.exists()


def test_what_the_check_refuses_only_its_author_sees(talk, buyer):
    message = say(talk, BUYER, buyer, text="加微信转账更便宜")
    assert message.screening == "rejected"
    assert seen_by(talk, SHOP) == [] and seen_by(talk, BUYER) == ["加微信转账更便宜"]
    assert not InboxItem.objects.exists()


def test_while_the_checker_is_away_a_message_is_held_and_comes_later_in_order(talk, buyer, staff, wechat):
    wechat.fault("error", "POST /wxa/msg_sec_check", status=503)
    held = say(talk, BUYER, buyer, text="第一句", id="message-1")
    assert held.screening == "pending" and seen_by(talk, SHOP) == []
    say(talk, BUYER, buyer, text="第二句", id="message-2")
    talk.refresh_from_db()
    read_up_to = talk.last_seq
    OutboxEvent.objects.update(due_at=timezone.now())
    for event_id in outbox.due_ids(Priority.USUAL):
        outbox.run(event_id)
    assert seen_by(talk, SHOP) == ["第二句", "第一句"]
    # Whoever asks for what came after what was read misses nothing.
    assert [m.text for m in selectors.messages_for(talk, side=SHOP, after_seq=read_up_to)] == ["第一句"]


def test_a_reply_ends_the_waiting(talk, buyer, staff):
    say(talk, BUYER, buyer)
    say(talk, SHOP, staff, text="可以的，我手写")
    talk.refresh_from_db()
    assert talk.waiting_since is None
    assert talk.shop_read_seq == 2


def test_one_push_for_a_stretch_of_unread_messages(talk, buyer, staff):
    for number in range(3):
        say(talk, SHOP, staff, text=f"第{number}句", id=f"message-{number}")
    assert InboxItem.objects.filter(user=buyer, kind="message").count() == 1
    talk.refresh_from_db()
    services.mark_read(conversation=talk, side="buyer", seq=talk.last_seq)
    say(talk, SHOP, staff, text="还在吗", id="message-9")
    assert InboxItem.objects.filter(user=buyer, kind="message").count() == 2


def test_reading_never_moves_backwards(talk, buyer, staff):
    say(talk, BUYER, buyer)
    talk.refresh_from_db()
    services.mark_read(conversation=talk, side="shop", seq=99)
    services.mark_read(conversation=talk, side="shop", seq=0)
    talk.refresh_from_db()
    assert talk.shop_read_seq == 1


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return io.BytesIO(out.getvalue())


def test_a_picture_is_seen_when_its_verdict_comes(talk, buyer):
    message = services.send_image(
        conversation=talk, sender=BUYER, user=buyer, image=picture(), client_msg_id="picture-1"
    )
    message.refresh_from_db()
    assert message.trace_id and list(selectors.messages_for(talk, side=SHOP)) == []
    services.conclude_image_check(trace_id=message.trace_id, passed=True)
    assert list(selectors.messages_for(talk, side=SHOP)) == [message]


def test_a_picture_whose_verdict_was_lost_is_sent_again(talk, buyer):
    message = services.send_image(
        conversation=talk, sender=BUYER, user=buyer, image=picture(), client_msg_id="picture-1"
    )
    message.refresh_from_db()
    first = message.trace_id
    with pytest.raises(outbox.Retry, match="picture_pending"):
        services.screen_message(message.pk)
    message.refresh_from_db()
    assert message.trace_id == first
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=31))
    with pytest.raises(outbox.Retry, match="picture_pending"):
        services.screen_message(message.pk)
    message.refresh_from_db()
    assert message.trace_id != first
    services.conclude_image_check(trace_id=first, passed=True)
    services.screen_message(message.pk)
    assert list(selectors.messages_for(talk, side=SHOP)) == [message]


def test_a_refused_picture_is_never_seen(talk, buyer):
    message = services.send_image(
        conversation=talk, sender=BUYER, user=buyer, image=picture(), client_msg_id="picture-1"
    )
    message.refresh_from_db()
    services.conclude_image_check(trace_id=message.trace_id, passed=False)
    services.conclude_image_check(trace_id=message.trace_id, passed=True)
    assert list(selectors.messages_for(talk, side=SHOP)) == []


def test_what_is_no_picture_is_refused(talk, buyer):
    with pytest.raises(BadImage):
        services.send_image(
            conversation=talk, sender=BUYER, user=buyer, image=io.BytesIO(b"<script>"), client_msg_id="picture-1"
        )
    assert not Message.objects.exists()


def test_only_the_shops_own_goods_can_be_shown(talk, buyer, product):
    services.send_product(conversation=talk, sender=BUYER, user=buyer, product=product, client_msg_id="card-0001")
    with pytest.raises(NotFound):
        services.send_product(
            conversation=talk, sender=BUYER, user=buyer, product=make_product(), client_msg_id="card-0002"
        )
    assert Message.objects.count() == 1


def offer(talk, staff, product, **changes):
    terms = {
        "lines": [QuoteItem(sku_of(product), 2, 50000)],
        "valid_until": timezone.now() + timedelta(days=1),
        "client_msg_id": "quote-0001",
        "shipping_fen": 800,
        **changes,
    }
    return services.send_quote(conversation=talk, by=staff, **terms)


def test_an_order_card_freezes_price_and_postage(talk, staff, product):
    message = offer(talk, staff, product)
    assert message.card["total_fen"] == 100800
    assert Quote.objects.get().buyer == talk.buyer
    assert offer(talk, staff, product) == message
    assert Quote.objects.count() == 1


def test_another_shops_goods_make_no_order_card(talk, staff):
    with pytest.raises(Exception, match=r".") as refusal:
        offer(talk, staff, make_product())
    assert refusal.value.code
    assert not Quote.objects.exists() and not Message.objects.exists()


def test_one_conversation_per_pair(talk, shop, buyer):
    again = services.open_conversation(shop=shop, buyer=buyer, slip={"title": "另一题", "facts": []})
    assert again == talk and again.slip["title"] == "另一题"
    assert services.open_conversation(shop=shop, buyer=make_buyer()) != talk
    assert Conversation.objects.count() == 2
