from django.contrib import admin
from unfold.admin import ModelAdmin

from .models import CallbackReceipt


@admin.register(CallbackReceipt)
class CallbackReceiptAdmin(ModelAdmin):
    """To see whether WeChat's pushes arrive at all."""

    list_display = ["key", "reply", "received_at"]
    date_hierarchy = "received_at"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
