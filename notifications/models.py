from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import PublicModel


class InboxItem(PublicModel):
    """What a person is told. The inbox is the truth; a push only points to it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="inbox_items", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=40)
    # The same news twice is one row: "invitation:<public id>".
    key = models.CharField(_("key"), max_length=80)
    title = models.CharField(_("title"), max_length=80)
    body = models.CharField(_("text"), max_length=200, blank=True)
    # Where it leads: a dashboard path for staff, a mini-program page for buyers.
    link = models.CharField(_("link"), max_length=200, blank=True)
    read_at = models.DateTimeField(_("read"), null=True)

    class Meta:
        verbose_name = _("inbox item")
        verbose_name_plural = _("inbox items")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "kind", "key"], name="inbox_item_once")]
        indexes = [models.Index(fields=["user"], condition=Q(read_at=None), name="inbox_unread")]

    def __str__(self):
        return self.title


class SubscriptionCredit(models.Model):
    """How many subscribe messages of one template a person still allows. One tap, one send."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="subscription_credits", verbose_name=_("person")
    )
    template = models.CharField(_("template"), max_length=40)
    balance = models.PositiveIntegerField(_("left"), default=0)

    class Meta:
        verbose_name = _("subscription credit")
        verbose_name_plural = _("subscription credits")
        constraints = [models.UniqueConstraint(fields=["user", "template"], name="credit_account_once")]

    def __str__(self):
        return f"{self.template}: {self.balance}"


class SubscriptionCreditEntry(models.Model):
    """Why a credit changed."""

    class Reason(models.TextChoices):
        GRANTED = "granted", _("The person agreed")
        SENT = "sent", _("Used by a message")
        REFUSED = "refused", _("WeChat says none is left")

    credit = models.ForeignKey(SubscriptionCredit, models.CASCADE, related_name="entries")
    delta = models.IntegerField(_("change"))
    reason = models.CharField(_("reason"), max_length=8, choices=Reason)
    # Makes a repeated grant or send count once.
    key = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credit", "key"], name="credit_entry_once")]

    def __str__(self):
        return f"{self.reason} {self.delta}"


class Push(PublicModel):
    """One WeChat message that points to an inbox item. Sent at most once per attempt of known outcome."""

    class Channel(models.TextChoices):
        TEMPLATE = "template", _("Template message")
        SUBSCRIBE = "subscribe", _("Subscribe message")

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        NO_CREDIT = "no_credit", _("No subscription left")
        NOT_FOLLOWING = "not_following", _("Not following the account")
        UNREACHABLE = "unreachable", _("No WeChat identity")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Outcome unknown")

    item = models.OneToOneField(InboxItem, models.CASCADE, related_name="push", verbose_name=_("inbox item"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    template = models.CharField(_("template"), max_length=40)
    # Field name -> text, already cut to WeChat's limits. No personal data.
    data = models.JSONField(_("fields"), default=dict)
    status = models.CharField(_("status"), max_length=14, choices=Status, default=Status.PENDING)
    error_code = models.CharField(_("error code"), max_length=32, blank=True)
    error = models.CharField(_("error"), max_length=200, blank=True)
    wechat_msgid = models.CharField(_("WeChat's message id"), max_length=40, blank=True, db_index=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        verbose_name = _("WeChat message")
        verbose_name_plural = _("WeChat messages")
        ordering = ["-id"]

    def __str__(self):
        return f"{self.channel} {self.template} {self.status}"
