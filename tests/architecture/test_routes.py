"""Every route says who may call it, for every method; a new one that doesn't fails here."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, get_resolver

from core.api import permissions
from merchants.api.permissions import Works

# Third-party views that bring their own rule: Django admin asks admin.site.has_permission.
ADMIN = "ops/"
DECLARED_PERMISSIONS = (permissions.Anyone, permissions.SignedIn, Works)


def routes(patterns=None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield path, entry
        else:
            yield from routes(entry.url_patterns, path)


def declaration(view) -> object:
    """Who may call it: DRF's permission classes, or the mark of our decorators."""
    drf_view = getattr(view, "cls", None)
    if drf_view is not None:
        return [p for p in drf_view.permission_classes if issubclass(p, DECLARED_PERMISSIONS)]
    return getattr(view, "declared", None)


ROUTES = [(path, entry) for path, entry in routes() if not path.startswith(ADMIN)]


@pytest.mark.parametrize(("path", "entry"), ROUTES, ids=[path for path, _ in ROUTES])
def test_route_declares_who_may_call(path, entry):
    assert declaration(entry.callback), f"{path} does not say who may call it"


def test_a_view_that_says_nothing_answers_nobody():
    assert not permissions.Undeclared().has_permission(None, None)
