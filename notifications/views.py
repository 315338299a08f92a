"""What a person was told: the inbox that every WeChat message points to."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.permissions import signed_in

from . import services
from .models import InboxItem

PAGE = 30


@require_GET
@signed_in
def news(request):
    """Newest first. What is on the page counts as read once it is shown."""
    items = InboxItem.objects.filter(user=request.user).select_related("push")
    page = Paginator(items, PAGE).get_page(request.GET.get("page"))
    unread = [item.public_id for item in page if item.read_at is None]
    response = render(request, "notifications/news.html", {"page": page, "unread": unread})
    services.mark_read(user=request.user, item_ids=unread)
    return response
