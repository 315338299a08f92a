"""The merchants' first page: what to do next, what waits, and how today went."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from merchants.permissions import requires


@requires()
@require_safe
def home(request):
    """今天: the next question before any figure."""
    return render(request, "weixuan/home.html", {"todo": []})


@requires()
@require_safe
def more(request):
    """店铺: what has no place on a phone's tab bar, as a list."""
    return render(request, "weixuan/more.html")


@requires()
@require_safe
def nav(request):
    """The navigation alone, polled by every page."""
    return render(request, "shell/nav_poll.html")
