"""Questions and what is asked back.

draft -> clarifying -> dispatched -> answered -> adopted -> closed
             any of the first four -> expired, or closed by the buyer; draft -> rejected
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import wording
from core.models import PublicModel
from shops.models import Category


class Verdict(models.TextChoices):
    """Of the content check: WeChat's, or that of ops where WeChat wants a person to look."""

    PENDING = "", _("Waiting for the check")
    PASSED = "pass", _("Passed")
    REVIEW = "review", _("A person must look")
    RISKY = "risky", _("Not allowed")


class QuestionQuerySet(models.QuerySet):
    def of_buyer(self, user):
        return self.filter(buyer=user)

    def in_pool(self):
        return self.live().exclude(pooled_at=None)

    def unanswered(self):
        """Sent to shops, over or given up by the waves, and without an answer that the buyer sees."""
        given_up = Q(pooled_at__isnull=False) | Q(status__in=[Question.Status.CLOSED, Question.Status.EXPIRED])
        return self.filter(given_up, dispatched_at__isnull=False, answer_count=0)

    def live(self):
        return self.filter(status__in=[Question.Status.DISPATCHED, Question.Status.ANSWERED])


class Question(PublicModel):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Being checked")
        REJECTED = "rejected", _("Not allowed")
        CLARIFYING = "clarifying", _("Being clarified")
        DISPATCHED = "dispatched", _("Asking shops")
        ANSWERED = "answered", _("Answered")
        ADOPTED = "adopted", _("Adopted")
        CLOSED = "closed", _("Closed")
        EXPIRED = "expired", _("Expired")

    TRANSITIONS = {
        "draft": {"clarifying", "rejected", "closed"},
        "clarifying": {"dispatched", "closed", "expired"},
        "dispatched": {"answered", "closed", "expired"},
        # Back where the buyer blocks the only shop that has answered.
        "answered": {"dispatched", "adopted", "closed", "expired"},
        "adopted": {"closed"},
    }

    buyer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="questions", verbose_name=_("buyer")
    )
    text = models.CharField(_("question"), max_length=500)
    image = models.ImageField(_("picture"), upload_to="questions/", blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    # Under which WeChat will tell what it thinks of the picture.
    image_trace_id = models.CharField(max_length=64, blank=True, db_index=True)
    verdict = models.CharField(_("content check"), max_length=6, choices=Verdict, blank=True, default="")
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, related_name="questions", verbose_name=_("category")
    )
    # Understood from the text and the taps (qa.understanding.Need as JSON): budget_min_fen, budget_max_fen,
    # recipient, occasion, needed_by, attributes {name: value}, avoid [..], city, words [..].
    need = models.JSONField(_("need"), default=dict)
    city = models.CharField(_("city"), max_length=30, blank=True)
    answer_count = models.PositiveSmallIntegerField(_("answers"), default=0)
    # Said once, when every wave is over and nobody answered.
    no_answer_at = models.DateTimeField(_("told that nobody answered"), null=True)
    # Since then any shop that fits may take it up by itself.
    pooled_at = models.DateTimeField(_("in the pool since"), null=True)
    # What the platform's people have to say to the buyer.
    note = models.CharField(_("word from the platform"), max_length=200, blank=True)
    dispatched_at = models.DateTimeField(_("dispatched"), null=True)
    first_answer_at = models.DateTimeField(_("first answer"), null=True)
    expires_at = models.DateTimeField(_("expires"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    idempotency_key = models.CharField(max_length=128)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["buyer", "idempotency_key"], name="question_request_once")]
        indexes = [
            # Ops' board and the exports take the questions of some days.
            models.Index(fields=["created_at"], name="question_by_time"),
            models.Index(
                fields=["category", "pooled_at"],
                condition=Q(status__in=["dispatched", "answered"], pooled_at__isnull=False),
                name="question_in_pool",
            ),
        ]

    def __str__(self):
        return self.text[:40]

    @property
    def is_live(self) -> bool:
        """Shops may still answer."""
        return self.status in (self.Status.DISPATCHED, self.Status.ANSWERED)


class Clarification(models.Model):
    """One tap-question of at most three; each is made when the one before has been answered or skipped."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="clarifications")
    position = models.PositiveSmallIntegerField()
    # A slot of the need ("category", "budget", "needed_by"), "attribute:<name>" or "facet:<kind>".
    slot = models.CharField(max_length=60)
    # The question, where it is not one of ours but that of the attribute.
    asked = models.CharField(_("asked"), max_length=60, blank=True)
    # [{"value": "…", "count": 3, "name": "…" where the value is no word}]; "" as value is "no matter", "~" none of these.
    options = models.JSONField(default=list)
    answer = models.CharField(_("answer"), max_length=60, blank=True)
    answered_at = models.DateTimeField(null=True)
    skipped = models.BooleanField(default=False)
    # Products that fitted when it was asked, and when it was answered.
    fitting_before = models.PositiveIntegerField(_("products that fit before"), default=0)
    fitting_after = models.PositiveIntegerField(_("products that fit after"), null=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["question", "position"], name="clarification_position_once"),
            models.UniqueConstraint(fields=["question", "slot"], name="clarification_slot_once"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=3), name="at_most_three_clarifications"),
        ]

    def __str__(self):
        return self.slot

    @property
    def words(self) -> dict[str, Any]:
        """{"prompt", "options": [{"value", "label", "count"}]} in the reader's language."""
        kept = {"code": "qa.clarification", "slot": self.slot, "asked": self.asked, "options": self.options}
        return wording.said(kept)
