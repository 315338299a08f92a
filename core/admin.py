"""Ops' view of the machinery: the outbox with its retry button, and the audit log."""

import json
from collections.abc import Callable

from django.contrib import admin, messages
from django.db import models
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from . import audit, outbox
from .models import AuditEntry, OutboxEvent
from .money import yuan

OUTBOX_TONES = {"failed": "danger", "unknown": "danger", "done": "success", "running": "info", "pending": "info"}


class ReadOnlyAdmin:
    """Money, status and history are looked at here and changed by services only."""

    @cached_property
    def for_eyes(self) -> dict[str, Callable]:
        """Fen as yuan, and JSON in letters rather than in escapes, which is how Unfold shows Chinese."""
        ways = {field.name: (field, _way_to_show(field)) for field in self.model._meta.fields}
        return {name: _shown(field, show) for name, (field, show) in ways.items() if show}

    def get_fieldsets(self, request, obj=None):
        found = super().get_fieldsets(request, obj)
        return [
            (title, {**options, "fields": [self.for_eyes.get(name, name) for name in options["fields"]]})
            for title, options in found
        ]

    def get_fields(self, request, obj=None):
        # Without `fields` Django shows all that is read-only, excluded or not.
        return [one for one in super().get_fields(request, obj) if one not in self.for_eyes.values()]

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *self.for_eyes.values()]

    def has_add_permission(self, request, obj=None):  # Inlines are asked with their parent.
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_act_permission(self, request, object_id=None):
        """For actions: who may only look does nothing, though nobody can edit a field."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


def _way_to_show(field):
    if isinstance(field, models.JSONField):
        return _json
    return yuan if field.name.endswith("_fen") else None


def _shown(field, show):
    @display(description=field.verbose_name)
    def shown(row):
        value = field.value_from_object(row)
        return "-" if value in (None, [], {}) else show(value)

    shown.__name__ = field.name
    return shown


def _json(value) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return " · ".join(value)
    return format_html('<pre class="wx-json">{}</pre>', json.dumps(value, ensure_ascii=False, indent=2))


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
    list_filter = ["status", "kind", "priority"]
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
