from django.contrib import admin
from unfold.admin import ModelAdmin

from core.admin import ReadOnlyAdmin

from .models import Conversation


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin, ModelAdmin):
    """Who talks to whom. What they say is theirs: ops read it only with a complaint (a later area)."""

    list_display = ["public_id", "shop", "buyer", "last_seq", "last_message_at", "waiting_since"]
    search_fields = ["public_id", "shop__name", "buyer__public_id"]
    list_select_related = ["shop", "buyer"]
    exclude = ["last_line", "slip"]
