"""A user name and password for the web, beside WeChat."""

import re

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.errors import UsernameTaken
from accounts.models import User
from core import audit
from core.errors import Invalid

USERNAME = re.compile(r"[a-z][a-z0-9._-]{3,31}")


def normal_username(text: str) -> str:
    return text.strip().lower()


def set_password_login(*, user: User, username: str, password: str) -> User:
    """Let a person sign in with a password too (and their second factor, always).

    Raises:
        Invalid: with `fields`: a name or password that breaks a rule.
        UsernameTaken: by somebody else.
    """
    username = normal_username(username)
    if not USERNAME.fullmatch(username):
        raise Invalid(fields={"username": [_("4 to 32 letters, digits, dots or dashes, beginning with a letter")]})
    user.username = username
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={"password": error.messages}) from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(update_fields=["username", "password"])
            audit.record(actor=user, action="accounts.password_set", target=user)
    except IntegrityError as error:
        raise UsernameTaken(fields={"username": [UsernameTaken.title]}) from error
    return user
