"""Who is asked, when, and why."""

from datetime import datetime

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.models import PublicModel
from shops.models import Shop

from .questions import Question


class Ticket(models.Model):
    """A question's next wave, due at a moment. Batches take what is due; done once (qa.services.dispatching)."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="tickets")
    number = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(_("due"))
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        ordering = ["due_at"]
        constraints = [models.UniqueConstraint(fields=["question", "number"], name="ticket_number_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at=None), name="ticket_open_by_due")]

    def __str__(self):
        return f"{self.question_id} ticket {self.number}"


class WaveQuerySet(models.QuerySet):
    def scheduled(self):
        """Those that matching fills; the others are answers made in advance, claims from the pool, and ops' choice."""
        return self.filter(number__gt=Wave.AUTOMATIC, number__lt=Wave.POOL)


class Wave(models.Model):
    """A group of merchants asked at the same moment, with one deadline."""

    # Numbers that matching doesn't fill, at most one of each a question.
    AUTOMATIC, POOL, DESK = 0, 90, 91

    question = models.ForeignKey(Question, models.CASCADE, related_name="waves")
    number = models.PositiveSmallIntegerField()
    size = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["question", "number"], name="wave_number_once")]
        indexes = [models.Index(fields=["deadline_at"], condition=Q(closed_at=None), name="wave_open_by_deadline")]

    objects = WaveQuerySet.as_manager()

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

    def resumable(self):
        """Those that came to nothing and may be taken up again while the question is in the pool: missed, passed on, or
        withdrawn before anything was sent."""
        ended = [Invitation.Status.LAPSED, Invitation.Status.PASSED, Invitation.Status.WITHDRAWN]
        return self.filter(status__in=ended, answer=None)

    def held(self, at: datetime):
        """Those whose shop holds a place while it writes."""
        return self.filter(status=Invitation.Status.WRITING, lease_until__gt=at)


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

    question = models.ForeignKey(Question, models.CASCADE, related_name="invitations", verbose_name=_("question"))
    wave = models.ForeignKey(Wave, models.CASCADE, related_name="invitations", verbose_name=_("wave"))
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="invitations", verbose_name=_("shop"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ASKED)
    deadline_at = models.DateTimeField(_("deadline"))
    seen_at = models.DateTimeField(_("seen"), null=True)
    writing_at = models.DateTimeField(_("writing since"), null=True)
    # Until then the shop holds one of the places for an answer; saving the draft renews it.
    lease_until = models.DateTimeField(_("holds a place until"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # Why nobody was told of it: no_staff.
    untold = models.CharField(_("nobody told"), max_length=20, blank=True)
    # What the staff has prepared so far (qa.drafts.Draft as JSON); survives the deadline.
    draft = models.JSONField(default=dict)
    # What was known of the shop when it was asked, and how probable it was that this shop was: with both, another
    # policy can be tried on what has happened (qa.matching.replay). NULL where nobody drew.
    features = models.JSONField(_("features"), default=dict)
    propensity = models.FloatField(_("chance of being asked"), null=True)

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
            ),
            models.Index(
                fields=["deadline_at"],
                condition=Q(status__in=["asked", "seen", "writing"]),
                name="invitation_open_by_deadline",
            ),
            # Rows lie in the order of their time: some kB, and next to nothing at each insert.
            BrinIndex(fields=["created_at"], name="invitation_by_time", autosummarize=True),
            models.Index(fields=["lease_until"], condition=Q(status="writing"), name="invitation_held_by_lease"),
        ]

    objects = InvitationQuerySet.as_manager()

    def __str__(self):
        return f"{self.shop}: {self.question}"

    @property
    def is_open(self) -> bool:
        """It may be answered now; a deadline that has passed counts before the sweep has seen it."""
        return self.status in self.OPEN and self.deadline_at > timezone.now()

    @property
    def holds_a_place(self) -> bool:
        return self.status == self.Status.WRITING and self.lease_until is not None and self.lease_until > timezone.now()
