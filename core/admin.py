"""Ops' view of the machinery: the outbox with its retry button, and the audit log."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from . import audit, outbox
from .models import AuditEntry, OutboxEvent


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


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["kind", "key", "status", "attempts", "error_code", "error", "created_at", "due_at"]
    list_fullwidth = True
    list_filter = ["status", "kind"]
    search_fields = ["key", "error_code"]
    actions = ["retry"]

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
