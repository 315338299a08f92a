from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core import wording
from core.models import PublicModel
from shops.models import Block, Shop


class ConversationQuerySet(models.QuerySet):
    def of_shop(self, shop):
        return self.filter(shop=shop)

    def of_buyer(self, user):
        return self.filter(buyer=user)

    def with_blocks(self):
        """With `blocked`: the buyer blocks the shop; `closed`: one of the two blocks the other."""
        pair = Block.objects.filter(shop=OuterRef("shop"), buyer=OuterRef("buyer")).order_by()
        return self.annotate(blocked=Exists(pair.filter(side=Block.Side.BUYER)), closed=Exists(pair))


class Conversation(PublicModel):
    """One buyer and one shop. `last_seq` counts its messages, so unread = last_seq - read_seq."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="conversations", verbose_name=_("shop"))
    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="conversations", verbose_name=_("buyer")
    )
    # What the talk is about, as whoever opened it keeps it (core.wording); `words_of_slip` is for people.
    slip = models.JSONField(_("slip"), default=dict)
    last_seq = models.PositiveIntegerField(_("messages"), default=0)
    buyer_read_seq = models.PositiveIntegerField(_("read by the buyer up to"), default=0)
    shop_read_seq = models.PositiveIntegerField(_("read by the shop up to"), default=0)
    last_message_at = models.DateTimeField(_("last message"), null=True)
    # One line of it for lists, in parts; `last_preview` is for people.
    last_line = models.JSONField(default=dict)
    # When the buyer's oldest unanswered message came; null when the shop has answered.
    waiting_since = models.DateTimeField(_("waiting since"), null=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-last_message_at"]
        constraints = [models.UniqueConstraint(fields=["shop", "buyer"], name="one_conversation_per_pair")]
        indexes = [models.Index(fields=["shop", "-last_message_at"], name="conversation_by_shop")]

    def __str__(self):
        return self.public_id

    @property
    def words_of_slip(self) -> dict[str, Any]:
        """The slip on top, in the reader's language: {"question_id", "title", "facts": [{"label", "value"}], "summary",
        "promises", "why", "unknowns", "missing", "asks"}."""
        return wording.said(self.slip)

    @property
    def last_preview(self) -> str:
        return wording.said(self.last_line) or ""


class Message(PublicModel):
    class Sender(models.TextChoices):
        BUYER = "buyer", _("Buyer")
        SHOP = "shop", _("Shop")
        PLATFORM = "platform", _("Platform")

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        IMAGE = "image", _("Picture")
        PRODUCT = "product", _("Product card")
        QUOTE = "quote", _("Order card")
        ORDER = "order", _("Order")
        MINI_PROGRAM = "mini_program", _("Mini-program card")
        NOTE = "note", _("Note")

    class Screening(models.TextChoices):
        # Nobody but its sender sees a message before the verdict.
        PENDING = "pending", _("Being checked")
        PASSED = "passed", _("Passed")
        REJECTED = "rejected", _("Not allowed")

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    # Its place in the order in which readers could see messages, so that "after seq 7" misses nothing.
    seq = models.PositiveIntegerField()
    sender = models.CharField(max_length=8, choices=Sender)
    # The person behind the sender; null for the platform.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    text = models.CharField(max_length=1000, blank=True)
    # What the platform says, in parts (core.wording); `words` is for people.
    note = models.JSONField(default=dict)
    image = models.ImageField(upload_to="chat/", blank=True)
    # What a card shows, frozen: {"product_id", "title", "price_fen", "cover", "quote_id", "order_id", …}.
    card = models.JSONField(default=dict)
    client_msg_id = models.CharField(max_length=64)
    screening = models.CharField(max_length=8, choices=Screening, default=Screening.PENDING)
    # WeChat's number of a picture's check, whose verdict comes later.
    trace_id = models.CharField(max_length=64, blank=True, db_index=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once"),
            models.UniqueConstraint(fields=["conversation", "sender", "client_msg_id"], name="message_sent_once"),
            models.CheckConstraint(condition=Q(sender="platform") | Q(user__isnull=False), name="message_has_author"),
        ]

    def __str__(self):
        return f"{self.conversation_id}#{self.seq}"

    @property
    def words(self) -> str:
        """What somebody wrote; the platform's in the reader's language."""
        return self.text or wording.said(self.note) or ""
