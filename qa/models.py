"""Ask, clarify, dispatch, answer, adopt.

draft -> clarifying -> dispatched -> answered -> adopted -> closed
             any of the first four -> expired, or closed by the buyer; draft -> rejected
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation
from core.models import PublicModel
from orders.models import Quote
from shops.models import Category, Product, Shop


class Verdict(models.TextChoices):
    """Of the content check: WeChat's, or that of ops where WeChat wants a person to look."""

    PENDING = "", _("Waiting for the check")
    PASSED = "pass", _("Passed")
    REVIEW = "review", _("A person must look")
    RISKY = "risky", _("Not allowed")


class QuestionQuerySet(models.QuerySet):
    def of_buyer(self, user):
        return self.filter(buyer=user)

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
        "answered": {"adopted", "closed", "expired"},
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

    def __str__(self):
        return self.text[:40]

    @property
    def is_live(self) -> bool:
        """Shops may still answer."""
        return self.status in (self.Status.DISPATCHED, self.Status.ANSWERED)


class Clarification(models.Model):
    """One tap-question of at most three."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="clarifications")
    position = models.PositiveSmallIntegerField()
    # A slot of the need ("budget", "needed_by") or "attribute:<name>".
    slot = models.CharField(max_length=40)
    prompt = models.CharField(_("asked"), max_length=60)
    # [{"value": "…", "label": "…"}]; "" as value is "no matter".
    options = models.JSONField(default=list)
    answer = models.CharField(_("answer"), max_length=60, blank=True)
    answered_at = models.DateTimeField(null=True)
    skipped = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["question", "position"], name="clarification_position_once"),
            models.UniqueConstraint(fields=["question", "slot"], name="clarification_slot_once"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=3), name="at_most_three_clarifications"),
        ]

    def __str__(self):
        return self.prompt


class Wave(models.Model):
    """A group of merchants asked at the same moment, with one deadline."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="waves")
    number = models.PositiveSmallIntegerField()
    size = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["question", "number"], name="wave_number_once")]

    def __str__(self):
        return f"{self.question_id} wave {self.number}"


class Consideration(models.Model):
    """A shop that matching looked at for a question: the story of why it was asked or not."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="considerations")
    wave_number = models.PositiveSmallIntegerField()
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    score = models.FloatField(_("score"))
    # Named parts of the score, as shown to ops.
    features = models.JSONField(_("features"), default=dict)
    products = models.JSONField(_("matching products"), default=list)
    asked = models.BooleanField(_("asked"))
    reason = models.CharField(_("reason"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("consideration")
        verbose_name_plural = _("considerations")
        ordering = ["wave_number", "-score"]
        constraints = [
            models.UniqueConstraint(fields=["question", "wave_number", "shop"], name="considered_once_a_wave")
        ]

    def __str__(self):
        return f"{self.shop}: {self.score:.3f}"


class InvitationQuerySet(models.QuerySet):
    def of_shop(self, shop):
        return self.filter(shop=shop)

    def waiting(self):
        """What a shop can answer now."""
        return self.filter(status__in=Invitation.OPEN, deadline_at__gt=timezone.now())

    def open(self):
        return self.filter(status__in=Invitation.OPEN)


class Invitation(PublicModel):
    """A shop is asked. Never twice for one question."""

    class Status(models.TextChoices):
        ASKED = "asked", _("Just received")
        SEEN = "seen", _("Seen")
        WRITING = "writing", _("Writing")
        ANSWERED = "answered", _("Answered")
        PASSED = "passed", _("Passed on")
        LAPSED = "lapsed", _("Missed")
        WITHDRAWN = "withdrawn", _("No longer needed")

    OPEN = ("asked", "seen", "writing")

    question = models.ForeignKey(Question, models.CASCADE, related_name="invitations")
    wave = models.ForeignKey(Wave, models.CASCADE, related_name="invitations")
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="invitations")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ASKED)
    deadline_at = models.DateTimeField(_("deadline"))
    seen_at = models.DateTimeField(null=True)
    writing_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # What the staff has prepared so far (qa.drafts.Draft as JSON); survives the deadline.
    draft = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["deadline_at"]
        constraints = [models.UniqueConstraint(fields=["question", "shop"], name="asked_once")]
        indexes = [
            models.Index(
                fields=["shop", "deadline_at"],
                condition=Q(status__in=["asked", "seen", "writing"]),
                name="invitation_open_by_shop",
            )
        ]

    objects = InvitationQuerySet.as_manager()

    def __str__(self):
        return f"{self.shop}: {self.question}"

    @property
    def is_open(self) -> bool:
        """It may be answered now; a deadline that has passed counts before the sweep has seen it."""
        return self.status in self.OPEN and self.deadline_at > timezone.now()


class AnswerQuerySet(models.QuerySet):
    def shown(self):
        """What the buyer sees."""
        return self.filter(status__in=[Answer.Status.VISIBLE, Answer.Status.ADOPTED])

    def holding_a_place(self):
        """What takes one of the places for an answer: shown, or about to be."""
        return self.exclude(status=Answer.Status.REJECTED)


class Answer(PublicModel):
    class Status(models.TextChoices):
        SCREENING = "screening", _("Being checked")
        VISIBLE = "visible", _("Shown to the buyer")
        REJECTED = "rejected", _("Not allowed")
        ADOPTED = "adopted", _("Adopted")

    question = models.ForeignKey(Question, models.CASCADE, related_name="answers")
    invitation = models.OneToOneField(Invitation, models.CASCADE, related_name="answer")
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="answers")
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.CharField(_("answer"), max_length=500)
    # The day until which the shop promises delivery, and its other promises in words.
    arrive_by = models.DateField(_("arrives by"), null=True)
    promises = models.JSONField(_("promises"), default=list)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.SCREENING)
    verdict = models.CharField(_("content check"), max_length=6, choices=Verdict, blank=True, default="")
    # How it ranks for this buyer and why (qa.ranking.Judgement.to_json).
    score = models.FloatField(_("score"), default=0)
    reasons = models.JSONField(_("reasons"), default=dict)
    visible_at = models.DateTimeField(null=True)
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
