"""Personal data at rest: AES-256-GCM, and a keyed index to find it by equality."""

import base64
import hashlib
import hmac
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

VERSION = "1:"


@cache
def _keys(encoded: str) -> tuple[AESGCM, bytes]:
    key = base64.b64decode(encoded)
    if len(key) != 32:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEY must be 32 bytes in base64")
    return AESGCM(key), hmac.digest(key, b"blind-index", "sha256")


def encrypt(text: str) -> str:
    if not text:
        return ""
    nonce = os.urandom(12)
    cipher, _ = _keys(settings.FIELD_ENCRYPTION_KEY)
    return VERSION + base64.b64encode(nonce + cipher.encrypt(nonce, text.encode(), None)).decode()


def decrypt(stored: str) -> str:
    """Raises ValueError when the text was not written by `encrypt` under this key."""
    if not stored:
        return ""
    cipher, _ = _keys(settings.FIELD_ENCRYPTION_KEY)
    raw = base64.b64decode(stored.removeprefix(VERSION))
    try:
        return cipher.decrypt(raw[:12], raw[12:], None).decode()
    except InvalidTag as error:
        raise ValueError("encrypted under another key, or damaged") from error


def blind_index(text: str) -> str:
    """A keyed hash: equal texts meet, nothing else can be learned. 64 hex characters; "" for ""."""
    if not text:
        return ""
    _, key = _keys(settings.FIELD_ENCRYPTION_KEY)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """Text that is only readable through the application."""

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value if value is None else encrypt(value)

    def from_db_value(self, value, expression, connection):
        return value if value is None else decrypt(value)
