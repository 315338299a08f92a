from django.contrib import admin
from unfold.admin import ModelAdmin

from core.admin import ReadOnlyAdmin

from .models import Follower


@admin.register(Follower)
class FollowerAdmin(ReadOnlyAdmin, ModelAdmin):
    list_display = ["shop", "user", "source", "followed_at", "unfollowed_at"]
    list_filter = ["source"]
    list_select_related = ["shop", "user"]
    search_fields = ["shop__name", "shop__public_id", "user__public_id"]
