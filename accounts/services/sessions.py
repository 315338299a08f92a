"""Sessions of the buyers' clients."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.errors import AccountDisabled, WeChatCodeInvalid, WeChatUnavailable
from accounts.models import ApiToken, User, WeChatIdentity
from core import audit
from core.errors import DomainError
from wechat import clients
from wechat.errors import WeChatError

from . import people

# WeChat's answer for somebody it has locked as a fraud (auth.code2Session).
BLOCKED_BY_WECHAT = "40226"
MAX_CODE_LENGTH = 128


@dataclass(frozen=True)
class SignedIn:
    user: User
    token: str = field(repr=False)
    expires_at: datetime
    is_new: bool


def digest(secret: str) -> str:
    """What is kept of a random secret: SHA-256, which 256 random bits need no salt or stretching for."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sign_in_with_wechat(*, js_code: str) -> SignedIn:
    """Turn wx.login's code into a session. WeChat's session_key ends in this function.

    Raises:
        WeChatCodeInvalid: no code, or one that WeChat does not know or no longer takes.
        WeChatUnavailable: no answer from WeChat.
        AccountDisabled: ops closed the account, or WeChat blocked the person.
    """
    check_code_shape(js_code)
    try:
        session = clients.mini_program().code_to_session(code=js_code)
    except WeChatError as error:
        raise refusal_of_code(error) from error
    with transaction.atomic():
        user, is_new = people.find_or_create(
            kind=WeChatIdentity.Kind.MINI_PROGRAM, openid=session.openid, unionid=session.unionid or ""
        )
        if not user.is_active:
            raise AccountDisabled
        token, row = issue_token(user=user)
        audit.record(actor=user, action="accounts.signed_in", target=user)
    return SignedIn(user, token, row.expires_at, is_new)


def issue_token(*, user: User) -> tuple[str, ApiToken]:
    """A new session of 256 random bits; the only time the token itself is seen."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    expires_at = now + timedelta(days=settings.API_TOKEN_LIFETIME_DAYS)
    row = ApiToken.objects.create(user=user, digest=digest(token), expires_at=expires_at, last_used_at=now)
    return token, row


def sign_out(*, token_row: ApiToken) -> None:
    """End one session; a repeat changes nothing."""
    ApiToken.objects.filter(pk=token_row.pk, revoked_at=None).update(revoked_at=timezone.now())


@transaction.atomic
def sign_out_everywhere(*, user: User, by: User | None = None) -> None:
    """End every session of a person, on the web and in apps, the one that asks included.

    Args:
        by: ops who does it for them; None for the person.
    """
    User.objects.filter(pk=user.pk).update(session_number=F("session_number") + 1)
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    audit.record(actor=by or user, action="accounts.signed_out_everywhere", target=user)


def check_code_shape(code: str) -> None:
    """Refuse what cannot be a code before WeChat is asked (it counts calls)."""
    if not code or len(code) > MAX_CODE_LENGTH or not code.isascii() or not code.isprintable():
        raise WeChatCodeInvalid


def refusal_of_code(error: WeChatError) -> DomainError:
    if error.is_login_code_spent:
        return WeChatCodeInvalid()
    return AccountDisabled() if error.code == BLOCKED_BY_WECHAT else WeChatUnavailable()
