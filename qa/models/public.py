"""Adopted answers that help the next buyer.

proposed -> checking -> public -> withdrawn (by the buyer or the shop), or taken_down (by ops)
            checking -> refused; withdrawn by its buyer -> proposed again
"""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import PublicModel
from merchants.models import Merchant
from shops.models import Category, Shop

from .answers import Answer
from .questions import Verdict


class PublicAnswerQuerySet(models.QuerySet):
    def visible(self):
        """What anybody may read: those of shops that are open."""
        return self.filter(
            status=PublicAnswer.Status.PUBLIC,
            shop__is_open=True,
            shop__merchant__status=Merchant.Status.ACTIVE,
        )

    def of_buyer(self, user):
        return self.filter(answer__question__buyer=user)

    def of_shop(self, shop):
        return self.filter(shop=shop)


class PublicAnswer(PublicModel):
    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waits for the buyer")
        CHECKING = "checking", _("Being checked")
        PUBLIC = "public", _("Public")
        REFUSED = "refused", _("Not allowed")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        TAKEN_DOWN = "taken_down", _("Taken down")

    class Side(models.TextChoices):
        BUYER = "buyer", _("The buyer")
        SHOP = "shop", _("The shop")

    TRANSITIONS = {
        "proposed": {"checking", "withdrawn"},
        "checking": {"public", "refused", "withdrawn", "taken_down"},
        "public": {"withdrawn", "taken_down"},
        "withdrawn": {"proposed"},
    }
    # Where its words are still needed; after that they are gone.
    LIVE = (Status.PROPOSED, Status.CHECKING, Status.PUBLIC)

    answer = models.OneToOneField(Answer, models.CASCADE, related_name="publication", verbose_name=_("answer"))
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="public_answers", verbose_name=_("shop"))
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, related_name="public_answers", verbose_name=_("category")
    )
    # Written for the public: without what tells who asked. The buyer's own words stay with the question.
    question = models.CharField(_("question"), max_length=500, blank=True)
    text = models.CharField(_("answer"), max_length=500, blank=True)
    search = SearchVectorField(null=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    verdict = models.CharField(_("content check"), max_length=6, choices=Verdict, blank=True, default="")
    consent_version = models.CharField(_("consent to version"), max_length=20, blank=True)
    consented_at = models.DateTimeField(_("consented"), null=True)
    withdrawn_by = models.CharField(_("withdrawn by"), max_length=5, choices=Side, blank=True)
    # Why ops took it down.
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    published_at = models.DateTimeField(_("public since"), null=True)
    ended_at = models.DateTimeField(_("no longer public since"), null=True)
    # Counted from PublicFeedback, under this row's lock.
    helped = models.PositiveIntegerField(_("helped"), default=0)
    not_helped = models.PositiveIntegerField(_("did not help"), default=0)
    # qa.public.rating: how sure it is that it helps, and what the shop's standing has been told.
    score = models.FloatField(_("score"), default=0)
    proven = models.BooleanField(_("has proven itself"), default=False)
    disproved = models.BooleanField(_("has disappointed"), default=False)

    objects = PublicAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("public answer")
        verbose_name_plural = _("public answers")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["checking", "public"]) | Q(consented_at__isnull=False),
                name="public_by_consent_only",
            ),
            models.CheckConstraint(
                condition=~Q(status="public") | Q(verdict="pass", published_at__isnull=False),
                name="public_after_the_check_only",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["proposed", "checking", "public"]) | Q(question="", text="", search=None),
                name="ended_without_words",
            ),
        ]
        indexes = [
            GinIndex(fields=["search"], name="public_answer_search"),
            models.Index(fields=["-score", "-id"], condition=Q(status="public"), name="public_answer_best"),
            models.Index(fields=["category", "-score"], condition=Q(status="public"), name="public_answer_by_category"),
            models.Index(fields=["shop", "category"], condition=Q(status="public"), name="public_answer_by_shop"),
        ]

    def __str__(self):
        return self.question[:40] or self.public_id

    @property
    def is_live(self) -> bool:
        return self.status in self.LIVE


class PublicFeedback(models.Model):
    """One person's word on whether a public answer helped."""

    public_answer = models.ForeignKey(PublicAnswer, models.CASCADE, related_name="feedback")
    # None once the person is erased: the count stays true without them.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="public_feedback")
    helped = models.BooleanField(_("helped"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("feedback on a public answer")
        verbose_name_plural = _("feedback on public answers")
        constraints = [models.UniqueConstraint(fields=["public_answer", "person"], name="feedback_once_a_person")]

    def __str__(self):
        return f"{self.public_answer_id}: {self.helped}"


class PublicTerm(models.Model):
    """In how many public questions a search token stands; qa.public.search counts."""

    token = models.CharField(primary_key=True)
    documents = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("word of public questions")
        verbose_name_plural = _("words of public questions")

    def __str__(self):
        return self.token
