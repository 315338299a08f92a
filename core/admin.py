"""Ops' view of the machinery: the outbox with its retry button, and the audit log."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from . import audit, outbox
from .models import AuditEntry, OutboxEvent

OUTBOX_TONES = {"failed": "danger", "unknown": "danger", "done": "success", "running": "info", "pending": "info"}


class ReadOnlyAdmin:
    """Money, status and history are looked at here and changed by services only."""

    def has_add_permission(self, request, obj=None):  # Inlines are asked with their parent.
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_act_permission(self, request, object_id=None):
        """For actions: who may only look does nothing, though nobody can edit a field."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


def status_label(tones: dict[str, str], *, field: str = "status"):
    """A column that shows a row's choice as a label.

    Args:
        tones: success, info, warning or danger by value; any other stays grey.
    """

    @display(description=_("status"), ordering=field, label=tones)
    def label(self, row):
        return getattr(row, field), getattr(row, f"get_{field}_display")()

    return label


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["kind", "key", "tone", "attempts", "error_code", "error", "created_at", "due_at"]
    list_filter = ["status", "kind"]
    search_fields = ["key", "error_code"]
    actions = ["retry"]
    tone = status_label(OUTBOX_TONES)

    @action(description=_("Try again now"), permissions=["act"])
    def retry(self, request, queryset):
        for event in queryset:
            outbox.retry_now(event=event)
            audit.record(actor=request.user, action="core.outbox_retried", target=event)
        messages.success(request, _("%(count)d events are due again") % {"count": len(queryset)})


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["created_at", "action", "actor_id", "target_type", "target_id", "data"]
    list_filter = ["action"]
    search_fields = ["target_id", "actor_id"]
