"""Ops' navigation: the pages that are no list of rows first, then every app's lists as before."""

from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext as _


def navigation(request) -> list[dict]:
    """As unfold wants it (UNFOLD["SIDEBAR"]["navigation"]); what the person may not see is left out."""
    pages = [
        {
            "title": _("Dispatch board"),
            "icon": "monitoring",
            "link": reverse("admin:qa_board"),
            "may": "qa.view_question",
        },
    ]
    shown = [page for page in pages if request.user.has_perm(page.pop("may"))]
    lists = [
        {
            "title": app["name"],
            "collapsible": False,
            "items": [
                {"title": model["name"], "link": model["admin_url"], "active": _is_list_of(request, model["admin_url"])}
                for model in app["models"]
                if model["admin_url"]
            ],
        }
        for app in admin.site.get_app_list(request)
    ]
    return [{"items": shown}, *lists]


def _is_list_of(request, url: str) -> bool:
    """A page of ours lies beneath a model's address without being one of its rows."""
    return request.path.startswith(url) and request.path != reverse("admin:qa_board")
