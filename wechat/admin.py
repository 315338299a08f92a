from django.contrib import admin
from unfold.admin import ModelAdmin

from core.admin import ReadOnlyAdmin

from .models import CallbackReceipt


@admin.register(CallbackReceipt)
class CallbackReceiptAdmin(ReadOnlyAdmin, ModelAdmin):
    """To see whether WeChat's pushes arrive at all."""

    list_display = ["key", "reply", "received_at"]
    date_hierarchy = "received_at"
