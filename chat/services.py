"""Conversations: one buyer and one shop. Nobody but its author sees a message before the content check passed it."""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models.fields.json import KT
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import selectors as people
from accounts.models import User
from core import images, outbox
from core.errors import Conflict, Invalid, NotFound
from core.locks import lock_rows
from merchants.selectors import staff_who_can
from notifications import live
from notifications.services import notify
from orders.models import Order
from orders.services import make_quote
from shops import placeholders
from shops.models import Product, Shop
from shops.selectors import is_blocked
from wechat import moderation

from . import cards, previews, signals
from .models import Conversation, Message

MAX_TEXT = 1000
DELIVERY_CHANGES = ["last_seq", "last_message_at", "last_line", "waiting_since", "buyer_read_seq", "shop_read_seq"]
# The sender's own request has the message checked; the outbox only steps in where that came to nothing.
SAFETY_NET = timedelta(seconds=10)
LONGEST_QUOTE = timedelta(days=30)


class EmptyMessage(Invalid):
    code = "empty_message"
    title = _("Write something first")


class MessageTooLong(Invalid):
    code = "message_too_long"
    title = _("A message has at most 1,000 characters")


class BlanksLeft(Invalid):
    """A phrase of the shop was sent as it stands: {商品} is for nobody to read."""

    code = "blanks_left"


class HoldsTooLong(Invalid):
    code = "quote_holds_too_long"
    title = _("An order card holds for at most 30 days")


class ChatClosed(Conflict):
    """One of the two has blocked the other. Whose wish it is, is told to nobody but that one."""

    code = "chat_closed"
    title = _("This chat is closed")


class ClientIdReused(Conflict):
    code = "client_msg_id_reused"
    title = _("This client_msg_id was used for another message")


def open_conversation(*, shop: Shop, buyer: User, slip: dict | None = None) -> Conversation:
    """The conversation of the pair; made at the first call. A new `slip` takes the place of the old one.

    Args:
        slip: what the talk is about, kept for core.wording.

    Raises:
        ChatClosed: there is none yet, and one of the two blocks the other.
    """
    if is_blocked(shop=shop, buyer=buyer) and not Conversation.objects.filter(shop=shop, buyer=buyer).exists():
        raise ChatClosed
    conversation, created = Conversation.objects.get_or_create(
        shop=shop, buyer=buyer, defaults={"slip": slip or {}, "last_message_at": timezone.now()}
    )
    if not created and slip and slip != conversation.slip:
        Conversation.objects.filter(pk=conversation.pk).update(slip=slip)
        conversation.slip = slip
    return conversation


def send_text(*, conversation: Conversation, sender: str, user: User, text: str, client_msg_id: str) -> Message:
    """Send words.

    Args:
        sender: Message.Sender.BUYER or SHOP.
        client_msg_id: made by the client for one press of the button; a resend finds the first message.

    Raises:
        EmptyMessage, MessageTooLong, ClientIdReused, ChatClosed; BlanksLeft: a shop's words have a blank of a phrase.
    """
    text = text.strip()
    if not text:
        raise EmptyMessage
    if len(text) > MAX_TEXT:
        raise MessageTooLong
    if sender == Message.Sender.SHOP and (left := placeholders.blanks(text)):
        said = _fill_in(left)
        raise BlanksLeft(said, fields={"text": [said]})
    message = _append(
        conversation, sender=sender, user=user, kind=Message.Kind.TEXT, text=text, client_msg_id=client_msg_id
    )
    return _screen_now(message)


def _fill_in(left: list[str]) -> str:
    return gettext("Fill in %(blanks)s first") % {"blanks": "、".join(map(placeholders.spelled, left))}


def send_image(*, conversation: Conversation, sender: str, user: User, image, client_msg_id: str) -> Message:
    """Send a picture (at most 10 MB; it is re-encoded).

    Raises:
        BadImage: see core.images; ChatClosed.
    """
    picture = images.reencode(image)
    message = _append(
        conversation, sender=sender, user=user, kind=Message.Kind.IMAGE, image=picture, client_msg_id=client_msg_id
    )
    return _screen_now(message)


def send_product(
    *, conversation: Conversation, sender: str, user: User, product: Product, client_msg_id: str
) -> Message:
    """Show one of the shop's products as a card.

    Raises:
        NotFound: not on sale in this shop; ChatClosed.
    """
    if not Product.objects.published().filter(pk=product.pk, shop=conversation.shop_id).exists():
        raise NotFound
    return _append(
        conversation,
        sender=sender,
        user=user,
        kind=Message.Kind.PRODUCT,
        card=cards.product_card(product),
        client_msg_id=client_msg_id,
    )


def send_quote(
    *,
    conversation: Conversation,
    by: User,
    lines: list,
    valid_until: datetime,
    client_msg_id: str,
    promises: list | None = None,
    shipping_fen: int = 0,
    note: str = "",
) -> Message:
    """Make an order card: price and promises are frozen, one call of the buyer's makes the order.

    Args:
        lines: orders.services.QuoteItem, goods of this shop.
        valid_until: UTC, at most LONGEST_QUOTE ahead.
        shipping_fen: postage in fen.

    Raises:
        HoldsTooLong; ChatClosed; and what orders.services.make_quote raises.
    """
    if valid_until > timezone.now() + LONGEST_QUOTE:
        raise HoldsTooLong(fields={"valid_until": [HoldsTooLong.title]})
    with transaction.atomic():
        earlier = _sent_before(conversation, Message.Sender.SHOP, client_msg_id)
        if earlier:
            return earlier
        quote = make_quote(
            shop=conversation.shop,
            buyer=conversation.buyer,
            by=by,
            source="chat",
            lines=lines,
            promises=promises or [],
            valid_until=valid_until,
            shipping_fen=shipping_fen,
            note=note,
            slip={name: words for name, words in conversation.words_of_slip.items() if name in ("title", "facts")},
        )
        return _append(
            conversation,
            sender=Message.Sender.SHOP,
            user=by,
            kind=Message.Kind.QUOTE,
            card=cards.quote_card(quote),
            client_msg_id=client_msg_id,
        )


def post_note(*, conversation: Conversation, key: str, note: dict | None = None, order: Order | None = None) -> Message:
    """The platform says what happened, once per `key`: a `note` kept for core.wording, or `order` as a card of its state
    at that moment."""
    return _append(
        conversation,
        sender=Message.Sender.PLATFORM,
        user=None,
        kind=Message.Kind.ORDER if order else Message.Kind.NOTE,
        note=note or {},
        card=cards.order_card(order) if order else {},
        client_msg_id=key,
    )


def mark_read(*, conversation: Conversation, side: str, seq: int) -> None:
    """Everything up to `seq` was read by `side` ("buyer" or "shop"); never moves backwards."""
    field = {"buyer": "buyer_read_seq", "shop": "shop_read_seq"}[side]
    seq = min(seq, conversation.last_seq)
    with transaction.atomic():
        changed = Conversation.objects.filter(pk=conversation.pk, **{f"{field}__lt": seq}).update(**{field: seq})
        if changed:
            _tell(conversation, "chat.read")


def screen_message(message_id: int) -> None:
    """Outbox handler: have a message checked whose check did not end when it was sent."""
    message = Message.objects.select_related("conversation__shop", "conversation__buyer", "user").get(pk=message_id)
    with moderation.or_again():
        _screen(message)
    if message.kind == Message.Kind.IMAGE and message.screening == Message.Screening.PENDING:
        after = moderation.verdict_due(message.created_at) or moderation.VERDICT_WITHIN.total_seconds()
        raise outbox.Retry("picture_pending", after=after)


@transaction.atomic
def stop_waiting(*, shop: Shop, buyer: User) -> None:
    """One of them blocks the other: nobody waits for a reply any more, and open pages see that the chat is closed."""
    for conversation in lock_rows(Conversation.objects.of_shop(shop).of_buyer(buyer).select_related("shop", "buyer")):
        conversation.waiting_since = None
        conversation.save(update_fields=["waiting_since"])
        _tell(conversation, "chat.message")


@transaction.atomic
def forget_words(*, user: User) -> None:
    """The person is erased: their words, pictures and slips go; what shops wrote stays. Of the platform's notes the codes
    stay: the parts may cite the person."""
    written = Message.objects.filter(user=user)
    for message in written.exclude(image=""):
        transaction.on_commit(partial(message.image.storage.delete, message.image.name))
    written.update(text="", image="", card={})
    notes = Message.objects.filter(conversation__buyer=user).exclude(note={})
    notes.update(note=JSONObject(code=KT("note__code")))
    Conversation.objects.of_buyer(user).update(slip={}, last_line={})


def conclude_image_check(*, trace_id: str, passed: bool) -> None:
    """wxa_media_check: the verdict on a picture. An unknown or repeated `trace_id` is passed over."""
    messages = Message.objects.select_related("conversation__shop", "conversation__buyer")
    if trace_id and (found := messages.filter(trace_id__in=moderation.traces_of(trace_id)).first()):
        _conclude(found, passed=passed)


def _screen_now(message: Message) -> Message:
    """Check at once, outside any transaction; where the checker is away the outbox asks again."""
    if message.screening == Message.Screening.PENDING:
        try:
            _screen(message)
        except moderation.ModerationUnavailable:
            return message
    return message


def _screen(message: Message) -> None:
    if message.screening != Message.Screening.PENDING:
        return
    openids = people.mini_program_openids(message.user, message.conversation.buyer)
    if message.kind == Message.Kind.TEXT:
        verdict = moderation.check_text_by_any(openids=openids, text=message.text, scene=moderation.SOCIAL_LOG)
        _conclude(message, passed=verdict.suggest == "pass")
    elif not message.trace_id or not moderation.verdict_due(message.created_at):
        # A picture's verdict comes later as an event; until then only its author sees it.
        url = f"{settings.PUBLIC_URL}{message.image.url}"
        trace_id = moderation.check_image_async(
            openid=[*openids, settings.WECHAT_MODERATION_OPENID][0],
            media_url=url,
            scene=moderation.SOCIAL_LOG,
            before=message.trace_id,
        )
        Message.objects.filter(pk=message.pk).update(trace_id=trace_id)


def _conclude(message: Message, *, passed: bool) -> None:
    status = Message.Screening.PASSED if passed else Message.Screening.REJECTED
    with transaction.atomic():
        conversation = _locked(message.conversation)
        changed = Message.objects.filter(pk=message.pk, screening=Message.Screening.PENDING).update(screening=status)
        message.refresh_from_db(fields=["screening", "seq"])
        if changed and passed:
            _deliver(conversation, message)
        elif changed:
            _tell(conversation, "chat.message")


def _append(
    conversation: Conversation, *, sender: str, user: User | None, kind: str, client_msg_id: str, **content
) -> Message:
    """Give the message its number under the conversation's lock; cards and notes are delivered at once."""
    needs_check = kind in (Message.Kind.TEXT, Message.Kind.IMAGE) and sender != Message.Sender.PLATFORM
    with transaction.atomic():
        conversation = _locked(conversation)
        if earlier := _sent_before(conversation, sender, client_msg_id):
            if earlier.kind != kind or earlier.text != content.get("text", ""):
                raise ClientIdReused
            return earlier
        if sender != Message.Sender.PLATFORM and is_blocked(shop=conversation.shop, buyer=conversation.buyer):
            raise ChatClosed
        message = Message.objects.create(
            conversation=conversation,
            seq=conversation.last_seq + 1,
            sender=sender,
            user=user,
            kind=kind,
            client_msg_id=client_msg_id,
            screening=Message.Screening.PENDING if needs_check else Message.Screening.PASSED,
            **content,
        )
        conversation.last_seq = message.seq
        if needs_check:
            conversation.save(update_fields=["last_seq"])
            outbox.enqueue(
                kind="chat.screen_message",
                key=str(message.pk),
                payload={"message_id": message.pk},
                due_at=timezone.now() + SAFETY_NET,
            )
        else:
            _deliver(conversation, message)
    return message


def _locked(conversation: Conversation) -> Conversation:
    """The row as it is now, with the two whom it is told to."""
    [locked] = lock_rows(Conversation.objects.filter(pk=conversation.pk).select_related("shop", "buyer"))
    return locked


def _deliver(conversation: Conversation, message: Message) -> None:
    """The reader may see it now. Called under the conversation's lock."""
    if message.seq != conversation.last_seq:
        # Others were delivered while it was being checked: it comes after what the reader has seen.
        message.seq = conversation.last_seq = conversation.last_seq + 1
        message.save(update_fields=["seq"])
    conversation.last_message_at = timezone.now()
    conversation.last_line = previews.parts(message)
    if message.sender == Message.Sender.BUYER:
        conversation.waiting_since = conversation.waiting_since or message.created_at
        conversation.buyer_read_seq = message.seq
    elif message.sender == Message.Sender.SHOP:
        conversation.waiting_since = None
        conversation.shop_read_seq = message.seq
    conversation.save(update_fields=DELIVERY_CHANGES)
    _tell(conversation, "chat.message")
    _notify_reader(conversation, message)
    signals.message_delivered.send(sender=Message, message=message)


def _notify_reader(conversation: Conversation, message: Message) -> None:
    """One push for a stretch of unread messages: its key is how far the reader has read."""
    time = timezone.localtime(message.created_at).strftime("%Y-%m-%d %H:%M")
    if message.sender == Message.Sender.BUYER:
        fields = {"sender": str(conversation.buyer), "text": gettext("A buyer is waiting for your reply"), "time": time}
        for user in staff_who_can(conversation.shop.merchant, "chat"):
            notify(
                user=user,
                kind="staff_message",
                key=f"{conversation.public_id}:{conversation.shop_read_seq}",
                title=gettext("New message from a buyer"),
                link=f"/m/chats/{conversation.public_id}/",
                fields=fields,
            )
    elif message.sender == Message.Sender.SHOP:
        notify(
            user=conversation.buyer,
            kind="message",
            key=f"{conversation.public_id}:{conversation.buyer_read_seq}",
            title=gettext("%(shop)s replied") % {"shop": conversation.shop.name},
            link=f"pages/chat/index?id={conversation.public_id}",
            fields={"sender": conversation.shop.name, "text": gettext("The shop has replied to you"), "time": time},
        )


def _tell(conversation: Conversation, kind: str) -> None:
    event = {"type": kind, "id": conversation.public_id}
    live.send_to_both(conversation.buyer, conversation.shop, event)


def _sent_before(conversation: Conversation, sender: str, client_msg_id: str) -> Message | None:
    return conversation.messages.filter(sender=sender, client_msg_id=client_msg_id).first()
