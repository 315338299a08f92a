"""What a browser's session remembers on the way to being signed in."""

import re
import time

from django.conf import settings
from django.contrib.auth import login
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User

BACKEND = "accounts.backends.UsernameBackend"
PENDING = "login_pending"
PENDING_SECONDS = 10 * 60
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone|iPad", "iOS"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def next_url(request) -> str:
    """Where to go after signing in: `next` if it is ours, or LOGIN_REDIRECT_URL."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # A path: what is none, `redirect` would take for the name of a view.
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else resolve_url(settings.LOGIN_REDIRECT_URL)


def keep_pending(request, user: User) -> None:
    """The password was right; the second factor is still to come."""
    request.session[PENDING] = {"user": user.pk, "until": int(time.time()) + PENDING_SECONDS}


def pending_user(request) -> User | None:
    """Who has half signed in here, within ten minutes; or who is signed in."""
    if request.user.is_authenticated:
        return request.user
    pending = request.session.get(PENDING)
    if not pending or pending["until"] < time.time():
        return None
    return User.objects.filter(pk=pending["user"], is_active=True).first()


def open_session(request, user: User) -> None:
    """Sign in under a fresh session id."""
    request.session.pop(PENDING, None)
    login(request, user, backend=BACKEND)


def browser_name(user_agent: str) -> str:
    """ "Chrome · Windows": enough for a person to tell their own browser from a stranger's."""
    names = [next((name for mark, name in marks if re.search(mark, user_agent)), "") for marks in (BROWSERS, SYSTEMS)]
    return " · ".join(filter(None, names))
