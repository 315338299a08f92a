"""Signing in to the dashboard by scanning a code of the service account with the phone.

The session goes only to the browser that shows the code: it alone holds `browser_secret`, so a
ticket that is overheard or replayed elsewhere is worth nothing. What remains is a code that is shown to a
victim by an attacker's own page ("QRLjacking"): whoever scans it lets the attacker in. No server can see the
difference; the phone is told at once which browser is being let in, and codes live five minutes.
"""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import AccountDisabled, LoginTicketInvalid, WeChatUnavailable
from accounts.models import LoginTicket, User, WeChatIdentity
from core import audit
from wechat import clients
from wechat.clients.official_account import QRCode
from wechat.errors import WeChatError

from .people import person_for_openid, set_following
from .sessions import digest

LIFETIME = timedelta(minutes=5)
Status = LoginTicket.Status


def start_login(*, browser: str = "") -> tuple[LoginTicket, str, str]:
    """Begin a sign-in by scan.

    Args:
        browser: what to call the browser on the phone ("Chrome · Windows").

    Returns:
        The ticket, the token for its QR code, and the secret that stays with the browser.
    """
    # Nobody asks for yesterday's; the index on expires_at makes this cheap.
    LoginTicket.objects.filter(expires_at__lt=timezone.now() - timedelta(days=1)).delete()
    token, browser_secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    ticket = LoginTicket.objects.create(
        token_digest=digest(token),
        browser_digest=digest(browser_secret),
        browser=browser[:60],
        expires_at=timezone.now() + LIFETIME,
    )
    return ticket, token, browser_secret


def login_qr(*, token: str) -> QRCode:
    """The service account's code for `token`. Raises WeChatUnavailable."""
    try:
        return clients.official_account().create_qr(
            scene=f"login:{token}", expire_seconds=int(LIFETIME.total_seconds())
        )
    except WeChatError as error:
        raise WeChatUnavailable from error


@transaction.atomic
def scan_login(*, token: str, openid: str, unionid: str | None, event: str) -> str:
    """WeChat says that somebody scanned the code (WECHAT_SCENE_HANDLERS); returns what their phone shows.

    The first scan counts. The same person's second is a no-op; another person's is refused.

    Raises:
        LoginTicketInvalid: unknown, expired, used, or scanned by somebody else.
        AccountDisabled
    """
    ticket = LoginTicket.objects.select_for_update().filter(token_digest=digest(token)).first()
    if ticket is None or ticket.expires_at <= timezone.now() or ticket.status == Status.USED:
        raise LoginTicketInvalid
    user = person_for_openid(kind=WeChatIdentity.Kind.OFFICIAL_ACCOUNT, openid=openid, unionid=unionid)
    if not user.is_active:
        raise AccountDisabled
    set_following(openid=openid, following=True)
    if ticket.status == Status.SCANNED and ticket.user_id != user.pk:
        raise LoginTicketInvalid
    LoginTicket.objects.filter(pk=ticket.pk, status=Status.WAITING).update(status=Status.SCANNED, user=user)
    where = ticket.browser or _("a browser")
    return _(
        "You are signed in to Weixuan on %(browser)s. Not you? Sign in yourself and choose “Sign out everywhere”."
    ) % {"browser": where}


@transaction.atomic
def finish_login(*, ticket: LoginTicket, browser_secret: str) -> User:
    """Give the session to the browser that showed the code, once.

    Raises:
        LoginTicketInvalid: not scanned, expired, used before, or the secret is another browser's.
        AccountDisabled: closed between scan and now.
    """
    mine = LoginTicket.objects.filter(
        pk=ticket.pk,
        browser_digest=digest(browser_secret),
        status=Status.SCANNED,
        expires_at__gt=timezone.now(),
    )
    if not mine.update(status=Status.USED):
        raise LoginTicketInvalid
    ticket = LoginTicket.objects.select_related("user").get(pk=ticket.pk)
    user = ticket.user
    if not user.is_active:
        raise AccountDisabled
    audit.record(actor=user, action="accounts.web_signed_in", target=user, way="scan")
    return user
