"""What decides between shops, in versions: the weights of the score, and the trained model of answering."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    CANDIDATE = "candidate", _("Candidate")
    ACTIVE = "active", _("In use")
    RETIRED = "retired", _("Retired")


# Beyond these no weights can be put into use, nor written at all: at 0 a factor is left out, and above the upper end
# one factor would decide alone.
WEIGHT_BOUNDS = {
    "answers": (0.0, 3.0),
    "in_time": (0.0, 3.0),
    "adoption": (0.0, 3.0),
    "relevance": (0.0, 3.0),
    "service": (0.0, 3.0),
    "load": (0.0, 1.0),
    "recent": (0.0, 2.0),
    "exploration": (0.0, 2.0),
}


def _within_bounds(*names: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(condition=Q(**{f"{name}__range": WEIGHT_BOUNDS[name]}), name=f"weight_of_{name}")
        for name in names
    ]


class RoutingModel(models.Model):
    """A model of P(answers if asked), trained by `manage.py train_routing`."""

    version = models.CharField(_("version"), max_length=32, unique=True)
    stage = models.CharField(_("stage"), max_length=9, choices=Stage, default=Stage.CANDIDATE)
    trained_at = models.DateTimeField(_("trained"))
    rows = models.PositiveIntegerField(_("outcomes learned from"))
    held_back_rows = models.PositiveIntegerField(_("outcomes held back"))
    # {"model": {"auc", "log_loss", "calibration"}, "rates": {the same}, "days": [..]}, all on the days held back.
    metrics = models.JSONField(_("metrics"), default=dict)
    # What qa.matching.model.Artifact needs to predict, as it writes it.
    payload = models.BinaryField(editable=False)
    activated_at = models.DateTimeField(_("put into use"), null=True)

    class Meta:
        verbose_name = _("routing model")
        verbose_name_plural = _("routing models")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["stage"], condition=Q(stage="active"), name="one_routing_model_in_use")
        ]

    def __str__(self):
        return self.version


class RoutingWeights(models.Model):
    """The weights of qa.matching.scoring. The code's own hold while no row is in use."""

    stage = models.CharField(_("stage"), max_length=9, choices=Stage, default=Stage.CANDIDATE)
    # Exponents of the factors: 1 takes a factor as it is, 0 leaves it out.
    answers = models.FloatField(_("chance of an answer"), default=1.0)
    in_time = models.FloatField(_("chance of being in time"), default=2.0)
    adoption = models.FloatField(_("chance of adoption"), default=0.5)
    relevance = models.FloatField(_("relevance"), default=1.5)
    service = models.FloatField(_("service"), default=0.5)
    # Taken off the logarithm for each open question, and for each recent invitation, twice as much with each wave; and how
    # far draws go for what is not known yet.
    load = models.FloatField(_("open questions"), default=0.1)
    recent = models.FloatField(_("recent invitations"), default=0.5)
    exploration = models.FloatField(_("exploration"), default=0.3)
    note = models.CharField(_("why"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    activated_at = models.DateTimeField(_("put into use"), null=True)

    class Meta:
        verbose_name = _("routing weights")
        verbose_name_plural = _("routing weights")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["stage"], condition=Q(stage="active"), name="one_set_of_weights_in_use"),
            *_within_bounds("answers", "in_time", "adoption", "relevance", "service", "load", "recent", "exploration"),
        ]

    def __str__(self):
        return f"#{self.pk}"
