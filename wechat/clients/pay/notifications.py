"""What WeChat Pay tells us: signed, encrypted, repeated for a day, never certain to arrive (so we also ask)."""

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wechatpayv3.utils import aes_decrypt

from .core import PayCore, Unverified

ALGORITHM = "AEAD_AES_256_GCM"


@dataclass(frozen=True)
class Notification:
    """A verified notification. `id` is the same in every repetition: make its effect unique by it.

    `event_type` is not to be trusted alone for splits (WeChat's own pages disagree): look at the resource.
    `kind` is the last part of the address that it came to.
    """

    id: str
    event_type: str
    create_time: str
    original_type: str
    summary: str
    resource: dict[str, Any] = field(repr=False)
    kind: str = ""


class NotificationRefused(Exception):
    """Not WeChat's, not for us, too old, or not to be read. The message says why and holds nothing of the content."""


class Notifications(PayCore):
    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """Verify and decrypt a notification.

        Args:
            headers: of the HTTP request, any case.
            body: exactly as it came.

        Raises:
            NotificationRefused: wrong or test signature, foreign key, more than five minutes off, another
                algorithm, not decryptable, or another merchant's.
        """
        try:
            self.verify(headers, body)
        except Unverified as problem:
            raise NotificationRefused(str(problem)) from problem
        envelope = _object(body.decode(), "body")
        if not isinstance(envelope.get("id"), str) or envelope.get("resource_type") != "encrypt-resource":
            raise NotificationRefused("not an encrypted notification")
        sealed = envelope.get("resource")
        if not isinstance(sealed, dict):
            raise NotificationRefused("no resource")
        resource = _object(self._open(sealed), "resource")
        for name in ("sp_mchid", "combine_mchid"):
            if resource.get(name, self.config.sp_mchid) != self.config.sp_mchid:
                raise NotificationRefused(f"{name} is not ours")
        return Notification(
            id=envelope["id"],
            event_type=str(envelope.get("event_type", "")),
            create_time=str(envelope.get("create_time", "")),
            original_type=str(sealed.get("original_type", "")),
            summary=str(envelope.get("summary", "")),
            resource=resource,
        )

    def _open(self, sealed: dict[str, Any]) -> str:
        if sealed.get("algorithm") != ALGORITHM:
            raise NotificationRefused("another algorithm")
        try:
            text = aes_decrypt(
                nonce=sealed["nonce"],
                ciphertext=sealed["ciphertext"],
                associated_data=sealed.get("associated_data") or "",
                apiv3_key=self.config.apiv3_key,
            )
        except (KeyError, AttributeError, TypeError, ValueError, binascii.Error):
            text = None
        if text is None:
            raise NotificationRefused("not encrypted with our APIv3 key")
        return text


def _object(text: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise NotificationRefused(f"{what} is not a JSON object")
    return value
