"""What a shop has written in advance: phrases for its staff, and answers that go out by themselves."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import PublicModel
from shops.models import Category, Shop, Sku

from .questions import Verdict


class Snippet(PublicModel):
    """常用语: words with placeholders (qa.placeholders) that staff put into an answer and go on from."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="snippets", verbose_name=_("shop"))
    title = models.CharField(_("name"), max_length=20)
    text = models.CharField(_("words"), max_length=500)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("phrase")
        verbose_name_plural = _("phrases")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["shop", "title"], name="snippet_title_once")]

    def __str__(self):
        return self.title


class PreparedAnswerQuerySet(models.QuerySet):
    def of_shop(self, shop):
        return self.filter(shop=shop)

    def in_use(self):
        """What may answer now, by its own state; the shop and the goods are another matter."""
        until = Q(valid_until=None) | Q(valid_until__gte=timezone.localdate())
        return self.filter(until, status=PreparedAnswer.Status.ON)


class PreparedAnswer(PublicModel):
    """An answer for a kind of need. It goes out by itself, labelled so, to whoever asks for just that."""

    class Status(models.TextChoices):
        SCREENING = "screening", _("Being checked")
        ON = "on", _("Answers by itself")
        PAUSED = "paused", _("Paused")
        REJECTED = "rejected", _("Not allowed")
        STOPPED = "stopped", _("Stopped by the platform")

    # Whoever changes the words has them checked anew; only ops lift what ops stopped.
    TRANSITIONS = {
        "screening": {"on", "rejected", "stopped"},
        "on": {"paused", "screening", "stopped"},
        "paused": {"on", "screening", "stopped"},
        "rejected": {"screening", "stopped"},
        "stopped": {"paused"},
    }

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="prepared_answers", verbose_name=_("shop"))
    # In whose name it answers.
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    title = models.CharField(_("name"), max_length=30)
    # The kind of need: all of it must be true of a question.
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("category"))
    # {attribute name: value name}, each of which the buyer must have asked for.
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    # One of them must stand in the question, where there are any.
    words = models.JSONField(_("words"), default=list, blank=True)
    budget_min_fen = models.PositiveBigIntegerField(_("budget from"), null=True, blank=True)
    budget_max_fen = models.PositiveBigIntegerField(_("budget up to"), null=True, blank=True)
    # What is answered.
    text = models.CharField(_("words"), max_length=500)
    promises = models.JSONField(_("promises"), default=list, blank=True)
    # Arrives so many days after the question.
    arrive_days = models.PositiveSmallIntegerField(_("days to arrive"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.SCREENING)
    verdict = models.CharField(_("content check"), max_length=6, choices=Verdict, blank=True, default="")
    # SHA-256 of the words that last passed the content check; what has passed is not checked again.
    passed_digest = models.CharField(max_length=64, blank=True, editable=False)
    # Whose turn it is among those that fit equally: the one that waited longest.
    last_used_at = models.DateTimeField(_("last used"), null=True)

    objects = PreparedAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("prepared answer")
        verbose_name_plural = _("prepared answers")
        ordering = ["-id"]
        indexes = [
            models.Index(
                F("category"), F("last_used_at").asc(nulls_first=True), F("id"),
                condition=Q(status="on"), name="prepared_by_turn",
            )
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                condition=Q(budget_min_fen=None) | Q(budget_max_fen=None) | Q(budget_max_fen__gte=F("budget_min_fen")),
                name="prepared_budget_in_order",
            )
        ]

    def __str__(self):
        return self.title


class PreparedCard(models.Model):
    """A variant in a prepared answer; its price and stock are looked at when it is used."""

    prepared = models.ForeignKey(PreparedAnswer, models.CASCADE, related_name="cards")
    position = models.PositiveSmallIntegerField()
    sku = models.ForeignKey(Sku, models.CASCADE, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["prepared", "position"], name="prepared_card_position_once"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=3), name="at_most_three_prepared_cards"),
        ]

    def __str__(self):
        return str(self.sku)
