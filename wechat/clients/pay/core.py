"""WeChat Pay APIv3: one signed request, one verified answer.

Signing, verification and encryption are wechatpayv3's functions; its transport is not used, because it
connects anew for each call, signs paths that requests then re-encodes, leaves answers other than 2xx
neither raised nor verified, checks no timestamp and logs Authorization headers and decrypted names.
Source: the protocol of WeChat Pay APIv3 in public-key mode (微信支付公钥); no certificate is ever downloaded.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from wechatpayv3.utils import build_authorization, rsa_encrypt, rsa_sign, rsa_verify

from wechat import errors
from wechat.clients.transport import Payload, Transport

SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
MAX_SKEW_SECONDS = 300
NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
LONG_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")


@dataclass(frozen=True)
class PayConfig:
    """Who we are at WeChat Pay: the platform (服务商/电商平台), in whose name its sub-merchants are paid.

    `private_key` and `public_key` are PEM text or the path of a file; `notify_url` has one `{kind}` in it.
    """

    sp_mchid: str
    sp_appid: str
    cert_serial: str
    public_key_id: str
    public_key: str
    notify_url: str
    private_key: str = field(repr=False)
    apiv3_key: str = field(repr=False)


class Unverified(Exception):
    """A message that claims to be WeChat's and is not, or is too old; the message says which check failed."""


class PayCore:
    """The protocol; `WeChatPay` adds the calls. May be shared by threads."""

    def __init__(self, config: PayConfig, transport: Transport):
        self.config = config
        self.transport = transport
        for name in ("sp_mchid", "sp_appid", "cert_serial", "public_key_id"):
            if not getattr(config, name):
                raise errors.Misconfigured(f"WECHAT_PAY_{name.upper()} is empty")
        if len(config.apiv3_key.encode()) != 32:
            raise errors.Misconfigured("WECHAT_PAY_APIV3_KEY is not 32 bytes long")
        self._private_key = _load_private_key(config.private_key)
        self._public_key = _load_public_key(config.public_key)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Sign, send once, verify. `path` is encoded already (see `encode_path`).

        Returns:
            The JSON object; {} for 204.

        Raises:
            WeChatError: WeChat's refusal; BAD_SIGNATURE (outcome unknown) for an answer that is not WeChat's.
        """
        target = f"{path}?{urlencode(query, quote_via=quote)}" if query else path
        content = json.dumps(body, ensure_ascii=False) if body is not None else ""
        return self._exchange(method, target, signed=content, content=content.encode(), content_type="application/json")

    def _exchange(self, method: str, target: str, *, signed: str, content: bytes, content_type: str) -> dict[str, Any]:
        config = self.config
        headers = {
            "Accept": "application/json",
            "Content-Type": content_type,
            "User-Agent": "weixuan",
            "Wechatpay-Serial": config.public_key_id,
            "Authorization": build_authorization(
                target, method, config.sp_mchid, config.cert_serial, self._private_key, data=signed
            ),
        }
        reply = self.transport.send(method, target, body=content or None, headers=headers)
        request_id = reply.headers.get("Request-ID", "")
        succeeded = 200 <= reply.status < 300
        # WeChat leaves some refusals unsigned (a wrong signature of ours, a gateway's 502): TLS vouches for them.
        if succeeded or reply.headers.get("Wechatpay-Signature"):
            try:
                self.verify(reply.headers, reply.body)
            except Unverified as problem:
                raise errors.WeChatError(
                    errors.BAD_SIGNATURE, str(problem), False, True, reply.status, request_id
                ) from problem
        payload = Payload.decode(reply.body)
        if succeeded and payload is not None and "code" not in payload:
            return payload
        if succeeded and payload is None:
            raise errors.WeChatError(errors.BAD_REPLY, "no JSON object", False, True, reply.status, request_id)
        raise errors.from_pay(payload or {}, reply.status, request_id)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Check that WeChat signed this body within the last five minutes. Header names as in HTTP, any case.

        Raises:
            Unverified: says which check failed.
        """
        seen = {name.lower(): value for name, value in headers.items()}
        timestamp, signature = seen.get("wechatpay-timestamp", ""), seen.get("wechatpay-signature", "")
        if seen.get("wechatpay-signature-type", SIGNATURE_TYPE) != SIGNATURE_TYPE:
            raise Unverified("another signature type")
        if not timestamp.isdecimal() or abs(time.time() - int(timestamp[:12])) > MAX_SKEW_SECONDS:
            raise Unverified("timestamp is missing or more than five minutes off")
        if seen.get("wechatpay-serial") != self.config.public_key_id:
            raise Unverified("signed with a key that is not WECHAT_PAY_PUBLIC_KEY_ID")
        if signature.startswith("WECHATPAY/SIGNTEST/"):
            raise Unverified("WeChat's probe with a deliberately wrong signature")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise Unverified("body is not UTF-8") from None
        if not rsa_verify(timestamp, seen.get("wechatpay-nonce", ""), text, signature, self._public_key):
            raise Unverified("wrong signature")

    def sign(self, *lines: str) -> str:
        """Sign lines as WeChat Pay wants them: each ends in a newline. Base64."""
        return rsa_sign(self._private_key, "".join(f"{line}\n" for line in lines))

    def encrypt(self, text: str) -> str:
        """Encrypt a name, number or phone for WeChat's eyes only (RSA-OAEP, base64)."""
        return rsa_encrypt(text, self._public_key)

    def notify_url(self, kind: str) -> str:
        return self.config.notify_url.format(kind=kind)

    def new_nonce(self) -> str:
        return uuid4().hex


def encode_path(template: str, *values: str) -> str:
    """Fill {} in a path with percent-encoded values: "|" and "*" are legal in our numbers, not in a path."""
    return template.format(*(quote(value, safe="") for value in values))


def check_number(number: str) -> str:
    """Refuse an out_trade_no that WeChat would refuse: 6 to 32 of 0-9 A-Z a-z _ - | *."""
    if not NUMBER.fullmatch(number):
        raise ValueError("an order number has 6 to 32 of 0-9 A-Z a-z _ - | *")
    return number


def check_long_number(number: str) -> str:
    """Refuse an out_refund_no, out_order_no or out_return_no that WeChat would refuse: 1 to 64 of the same and @."""
    if not LONG_NUMBER.fullmatch(number):
        raise ValueError("a refund or split number has 1 to 64 of 0-9 A-Z a-z _ - | * @")
    return number


def check_amount(amount_fen: int, *, lowest: int = 1) -> int:
    """Refuse anything but a whole number of fen, `lowest` or more."""
    if isinstance(amount_fen, bool) or not isinstance(amount_fen, int) or amount_fen < lowest:
        raise ValueError(f"an amount is an integer of {lowest} fen or more")
    return amount_fen


def _read_pem(setting: str, value: str) -> bytes:
    if not value:
        raise errors.Misconfigured(f"{setting} is empty")
    if "-----BEGIN" in value:
        return value.replace("\\n", "\n").encode()
    try:
        return Path(value).read_bytes()
    except OSError as problem:
        raise errors.Misconfigured(f"{setting} is neither PEM text nor a readable file") from problem


def _load_private_key(value: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(_read_pem("WECHAT_PAY_PRIVATE_KEY", value), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise errors.Misconfigured("WECHAT_PAY_PRIVATE_KEY is not an RSA private key (apiclient_key.pem)")
    return key


def _load_public_key(value: str) -> RSAPublicKey:
    try:
        key = load_pem_public_key(_read_pem("WECHAT_PAY_PUBLIC_KEY", value))
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPublicKey):
        raise errors.Misconfigured("WECHAT_PAY_PUBLIC_KEY is not an RSA public key (pub_key.pem)")
    return key
