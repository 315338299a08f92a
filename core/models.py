import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from . import ids


class PublicModel(models.Model):
    """A row that is shown outside under an opaque id."""

    public_id = models.CharField(_("public id"), max_length=20, unique=True, default=ids.public_id, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True


class AuditEntry(models.Model):
    """Who did what to which row. Written by the services in the same transaction; never changed."""

    # A public id, not a foreign key: core stands below accounts, and the log outlives the person. "" = the platform.
    actor_id = models.CharField(_("actor"), max_length=20, blank=True, db_index=True)
    action = models.CharField(_("action"), max_length=64, db_index=True)
    target_type = models.CharField(_("target type"), max_length=64)
    target_id = models.CharField(_("target"), max_length=64)
    data = models.JSONField(_("data"), default=dict)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ["-id"]
        indexes = [models.Index(fields=["target_type", "target_id"])]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.action} {self.target_type}:{self.target_id}"


class IdempotencyRecord(models.Model):
    """The reply to a money request, replayed when the same key comes again (IETF idempotency-key draft)."""

    owner_id = models.CharField(max_length=20)  # The caller's public id.
    key = models.CharField(max_length=128)
    request_digest = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner_id", "key"], name="idempotency_key_once")]

    def __str__(self):
        return self.key


class Priority(models.IntegerChoices):
    """What a worker takes first: Celery's on Redis, where 0 comes before 9."""

    FIRST = 0, _("First")
    USUAL = 3, _("Usual")
    LATER = 6, _("Can wait")


class OutboxEvent(models.Model):
    """Something that must happen once its transaction is committed, now or at `due_at`.

    Every effect outside the database and every deadline is such a row. See core.outbox.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Given up")
        UNKNOWN = "unknown", _("Outcome unknown")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(_("kind"), max_length=64)
    key = models.CharField(_("key"), max_length=160)
    payload = models.JSONField(_("payload"), default=dict)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.USUAL)
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error_code = models.CharField(_("error code"), max_length=64, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="outbox_event_once")]
        indexes = [
            models.Index(
                fields=["priority", "due_at"],
                condition=Q(status__in=["pending", "running"]),
                name="outbox_open_by_due",
            ),
            models.Index(fields=["finished_at"], condition=Q(status="done"), name="outbox_done_by_time"),
        ]

    def __str__(self):
        return f"{self.kind} {self.key}"
