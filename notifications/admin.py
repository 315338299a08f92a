from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from core.admin import ReadOnlyAdmin, status_label
from core.errors import DomainError

from . import services
from .models import InboxItem, Push, SubscriptionCredit

PUSH_TONES = {
    "sent": "success",
    "sending": "info",
    "pending": "info",
    "no_credit": "warning",
    "not_following": "warning",
    "unreachable": "warning",
    "failed": "danger",
    "unknown": "danger",
}


@admin.register(Push)
class PushAdmin(ReadOnlyAdmin, ModelAdmin):
    """Every WeChat message with what became of it."""

    list_display = ["created_at", "template", "channel", "recipient", "tone", "error_code", "error", "attempts"]
    list_filter = ["status", "channel", "template"]
    search_fields = ["public_id", "item__user__public_id", "item__title", "error_code"]
    list_select_related = ["item__user"]
    actions = ["send_again"]
    tone = status_label(PUSH_TONES)

    @admin.display(description=_("recipient"))
    def recipient(self, push):
        return push.item.user

    @action(description=_("Send again"), permissions=["act"])
    def send_again(self, request, queryset):
        sent = 0
        for push in queryset:
            try:
                services.retry_push(push=push, by=request.user)
                sent += 1
            except DomainError as error:
                messages.warning(request, f"{push}: {error}")
        messages.success(request, _("%(count)d messages will be sent again") % {"count": sent})


@admin.register(InboxItem)
class InboxItemAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["created_at", "user", "kind", "title", "read_at"]
    list_filter = ["kind"]
    search_fields = ["user__public_id", "title"]
    list_select_related = ["user"]


@admin.register(SubscriptionCredit)
class SubscriptionCreditAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["user", "template", "balance"]
    list_filter = ["template"]
    search_fields = ["user__public_id"]
    list_select_related = ["user"]
