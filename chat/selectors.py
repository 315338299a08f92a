"""What the dashboard and the API read of conversations."""

from django.db.models import F, Q, QuerySet

from accounts.models import User
from merchants.models import Membership
from orders.models import Quote

from .models import Conversation, Message


def unread_count(membership: Membership) -> int:
    """Conversations of the shop with something unread, for the navigation."""
    return unread_by_shop(Conversation.objects.filter(shop__merchant=membership.merchant)).count()


def unread_by_shop(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    return conversations.filter(last_seq__gt=F("shop_read_seq"))


def waiting(membership: Membership) -> QuerySet[Conversation]:
    """Conversations in which a buyer waits for a reply, longest first."""
    return (
        Conversation.objects.filter(shop__merchant=membership.merchant, waiting_since__isnull=False)
        .select_related("buyer")
        .order_by("waiting_since")
    )


def promised(conversation: Conversation) -> list[str]:
    """What the shop promised this buyer last: in the chosen answer, or on an order card since."""
    quotes = Quote.objects.filter(shop=conversation.shop, buyer=conversation.buyer, withdrawn_at=None)
    return quotes.order_by("-pk").values_list("promises", flat=True).first() or []


def messages_for(conversation: Conversation, *, side: str, after_seq: int = 0) -> QuerySet[Message]:
    """What one side may see: everything that passed the check, and its own messages whatever their verdict.

    Args:
        side: Message.Sender.BUYER or SHOP.
        after_seq: only later ones.
    """
    return (
        conversation.messages.filter(Q(screening=Message.Screening.PASSED) | Q(sender=side), seq__gt=after_seq)
        .select_related("user")
        .order_by("seq")
    )


def export_of(user: User) -> list[dict]:
    """What the person wrote, oldest first."""
    written = Message.objects.filter(user=user).select_related("conversation__shop").order_by("pk")
    return [
        {
            "shop": message.conversation.shop.name,
            "at": message.created_at.isoformat(),
            "kind": message.kind,
            "text": message.text,
            "image": message.image.url if message.image else "",
        }
        for message in written
    ]
