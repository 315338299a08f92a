"""What shops answer."""

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation
from core.models import PublicModel
from orders.models import Quote
from shops.models import Block, Product, Shop

from .dispatching import Invitation
from .prepared import PreparedAnswer
from .questions import Question, Verdict


class AnswerQuerySet(models.QuerySet):
    def shown(self):
        """What has been let through to the buyer."""
        return self.filter(status__in=[Answer.Status.VISIBLE, Answer.Status.ADOPTED])

    def for_buyer(self):
        """The same without the shops that the buyer has blocked since; one that was chosen stays."""
        blocked = Block.objects.filter(shop=OuterRef("shop"), buyer=OuterRef("question__buyer"), side=Block.Side.BUYER)
        return self.shown().filter(Q(status=Answer.Status.ADOPTED) | ~Exists(blocked))

    def holding_a_place(self):
        """What takes one of the places for an answer: shown, or about to be."""
        return self.exclude(status__in=[Answer.Status.REJECTED, Answer.Status.LATE])

    def places(self) -> int:
        """How many places these take. Prepared answers take QA_AUTOMATIC_PLACES at most: the rest is for people."""
        n = self.order_by().aggregate(
            people=Count("pk", filter=Q(prepared=None)), automatic=Count("pk", filter=Q(prepared__isnull=False))
        )
        return n["people"] + min(n["automatic"], settings.QA_AUTOMATIC_PLACES)


class Answer(PublicModel):
    class Status(models.TextChoices):
        SCREENING = "screening", _("Being checked")
        VISIBLE = "visible", _("Shown to the buyer")
        REJECTED = "rejected", _("Not allowed")
        # Nothing is wrong with it, but the buyer needed none any more when it had been checked.
        LATE = "late", _("Came too late")
        ADOPTED = "adopted", _("Adopted")

    question = models.ForeignKey(Question, models.CASCADE, related_name="answers", verbose_name=_("question"))
    invitation = models.OneToOneField(Invitation, models.CASCADE, related_name="answer", verbose_name=_("invitation"))
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="answers", verbose_name=_("shop"))
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"))
    # What it was made from when nobody wrote it for this buyer; shown as automatic wherever it is shown.
    prepared = models.ForeignKey(
        PreparedAnswer, models.PROTECT, null=True, related_name="answers", verbose_name=_("prepared answer")
    )
    text = models.CharField(_("answer"), max_length=500)
    # The day until which the shop promises delivery, and its other promises in words.
    arrive_by = models.DateField(_("arrives by"), null=True)
    promises = models.JSONField(_("promises"), default=list)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.SCREENING)
    verdict = models.CharField(_("content check"), max_length=6, choices=Verdict, blank=True, default="")
    # How it ranks by the need and the shop's record, and why (qa.ranking.Judgement.to_json). The buyer's taste is
    # never written down: it is read when the buyer reads, if the buyer wants that.
    score = models.FloatField(_("score"), default=0)
    reasons = models.JSONField(_("reasons"), default=dict)
    visible_at = models.DateTimeField(_("visible since"), null=True)
    # The buyer keeps it for comparing.
    shortlisted_at = models.DateTimeField(_("shortlisted"), null=True)
    conversation = models.ForeignKey(Conversation, models.SET_NULL, null=True, related_name="+")

    objects = AnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["-score", "id"]
        constraints = [
            models.UniqueConstraint(fields=["question"], condition=Q(status="adopted"), name="one_adopted_answer")
        ]

    def __str__(self):
        return self.text[:40]

    @property
    def is_automatic(self) -> bool:
        return self.prepared_id is not None


class AnswerCard(models.Model):
    """A product in an answer, with the quote that freezes its price."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="cards")
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    quote = models.OneToOneField(Quote, models.PROTECT, related_name="answer_card")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["answer", "position"], name="card_position_once"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=3), name="at_most_three_cards"),
        ]

    def __str__(self):
        return str(self.product)
