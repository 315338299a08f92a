"""Bearer tokens of the buyers' clients."""

import hashlib
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import ApiToken
from core.prepared import Prepared

# How exact "last used" is: a busy client costs one write in this time.
USED_AGAIN_AFTER = timedelta(hours=1)


def find_token(token: str) -> ApiToken | None:
    """The live session of this token with its person, in one query; None for any other text."""
    digest = hashlib.sha256(token.encode(errors="replace")).hexdigest()
    return _session.first(digest=digest, now=timezone.now())


@Prepared(digest=str, now=datetime)
def _session(digest, now):
    live = ApiToken.objects.valid(at=now)
    return live.select_related("user").filter(digest=digest, user__is_active=True)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; `request.auth` is the ApiToken."""

    def authenticate(self, request):
        scheme, _space, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        row = find_token(token.decode("ascii", "replace"))
        if row is None:
            raise AuthenticationFailed(_("Please sign in again"))
        now = timezone.now()
        if row.last_used_at is None or row.last_used_at < now - USED_AGAIN_AFTER:
            ApiToken.objects.filter(pk=row.pk).update(last_used_at=now)
        return row.user, row

    def authenticate_header(self, request):
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "The `token` of POST /api/v1/session"}
