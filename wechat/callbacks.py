"""The envelope of WeChat's pushes: who sent it, when, and what it says. Plain or AES, XML or JSON.

The signature of a plain push covers neither its body nor more than five minutes, so where an AES key is
configured (安全模式) nothing else is accepted.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.conf import settings
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import WeChatException
from wechatpy.replies import TextReply
from wechatpy.utils import WeChatSigner

MAX_SKEW_SECONDS = 300
MAX_BODY_BYTES = 256 * 1024
MAX_DEPTH = 8


class CallbackRefused(Exception):
    """Not WeChat's, or not to be understood. `status` is the HTTP answer; the message holds nothing of the content."""

    def __init__(self, message: str, status: int = 403):
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class CallbackAccount:
    """Where a push is addressed to; `aes_key` is the EncodingAESKey, empty in plain mode."""

    appid: str
    token: str = field(repr=False)
    aes_key: str = field(repr=False)


@dataclass(frozen=True)
class Push:
    """A push that is WeChat's. `payload` holds text, or nested dicts and lists, by WeChat's names."""

    payload: dict[str, Any] = field(repr=False)
    encrypted: bool

    def text(self, name: str) -> str:
        value = self.payload.get(name, "")
        # PostgreSQL stores no NUL, and JSON may carry one.
        return str(value).replace("\0", "") if isinstance(value, str | int) else ""

    @property
    def event(self) -> str:
        return self.text("Event") if self.text("MsgType") == "event" else "message"

    @property
    def openid(self) -> str:
        return self.text("FromUserName")

    def key(self, appid: str) -> str:
        """The same for every repetition, which is the same to the letter.

        Messages have a number. Events have none, and WeChat's advice (FromUserName and CreateTime) takes two events
        of one second for one: shipped and received, say.
        """
        said = self.text("MsgId") or json.dumps(self.payload, sort_keys=True)
        return hashlib.sha256(f"{appid}\n{said}".encode(errors="replace")).hexdigest()


def account(kind: str) -> CallbackAccount:
    """The account "OA" or "MINI" of the settings."""
    return CallbackAccount(
        appid=getattr(settings, f"WECHAT_{kind}_APPID"),
        token=getattr(settings, f"WECHAT_{kind}_TOKEN"),
        aes_key=getattr(settings, f"WECHAT_{kind}_AES_KEY"),
    )


def check_envelope(to: CallbackAccount, query: Mapping[str, str]) -> None:
    """Check signature and age of a request, from its query alone.

    Raises:
        CallbackRefused: wrong or missing signature, no token configured, or more than five minutes off.
    """
    _check_signature(to, query, query.get("signature", ""))


def read_push(to: CallbackAccount, query: Mapping[str, str], body: bytes) -> Push:
    """Check, decrypt and parse a push.

    Raises:
        CallbackRefused: 403 for what is not WeChat's, 400 for what cannot be understood, 413 for too much.
    """
    if len(body) > MAX_BODY_BYTES:
        raise CallbackRefused("body is too large", 413)
    encrypted = query.get("encrypt_type") == "aes" or bool(to.aes_key)
    # An encrypted push is signed with its content; `signature` beside it proves less.
    if not encrypted:
        check_envelope(to, query)
        return Push(_checked(_parse(body)), encrypted=False)
    sealed = _parse(body).get("Encrypt")
    if not isinstance(sealed, str) or not to.aes_key:
        raise CallbackRefused("not encrypted as configured")
    _check_signature(to, query, query.get("msg_signature", ""), sealed)
    return Push(_checked(_parse(_decrypt(to, query, sealed).encode())), encrypted=True)


def render_reply(to: CallbackAccount, push: Push, text: str, query: Mapping[str, str]) -> str:
    """The XML that shows `text` to the person, in the mode the push came in."""
    # The library wraps text in CDATA, which "]]>" would end.
    reply = TextReply(source=push.text("ToUserName"), target=push.openid, content=text.replace("]]>", "]] >"))
    xml = reply.render()
    if not push.encrypted:
        return xml
    nonce = query.get("nonce", "")
    return WeChatCrypto(to.token, to.aes_key, to.appid).encrypt_message(xml, nonce, str(int(time.time())))


def _check_signature(to: CallbackAccount, query: Mapping[str, str], given: str, *signed: str) -> None:
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not to.token:
        raise CallbackRefused("no token is configured")
    signer = WeChatSigner()
    signer.add_data(to.token, timestamp, nonce, *signed)
    if not hmac.compare_digest(signer.signature.encode(), given.encode()):
        raise CallbackRefused("wrong signature")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp[:12])) > MAX_SKEW_SECONDS:
        raise CallbackRefused("timestamp is more than five minutes off")


def _decrypt(to: CallbackAccount, query: Mapping[str, str], sealed: str) -> str:
    crypto = WeChatCrypto(to.token, to.aes_key, to.appid)
    try:
        return crypto.decrypt_message(
            {"Encrypt": sealed}, query.get("msg_signature", ""), query.get("timestamp", ""), query.get("nonce", "")
        )
    except WeChatException as problem:
        raise CallbackRefused("encrypted for another account") from problem
    except Exception as problem:  # The library checks neither padding nor lengths: garbage raises whatever it hits.
        raise CallbackRefused("not to be decrypted", 400) from problem


def _checked(payload: dict[str, Any]) -> dict[str, Any]:
    if not all(isinstance(payload.get(name), str | int) for name in ("FromUserName", "CreateTime", "MsgType")):
        raise CallbackRefused("neither message nor event", 400)
    return payload


def _parse(body: bytes) -> dict[str, Any]:
    try:
        if body.lstrip()[:1] == b"{":
            value = json.loads(body)
            json.dumps(value, ensure_ascii=False).encode()  # Half a surrogate pair fails here rather than later.
        else:
            value = _element(fromstring(body))
    except (ValueError, RecursionError, ParseError, DefusedXmlException, LookupError) as problem:
        raise CallbackRefused("neither XML nor JSON", 400) from problem
    if not isinstance(value, dict):
        raise CallbackRefused("neither XML nor JSON", 400)
    return value


def _element(element: Element, depth: int = 0) -> Any:
    """XML as WeChat writes it: text, or named children; a name that comes twice becomes a list."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if not len(element):
        return (element.text or "").strip() if depth else {}
    out: dict[str, Any] = {}
    for child in element:
        value = _element(child, depth + 1)
        if child.tag in out:
            out[child.tag] = [*(out[child.tag] if isinstance(out[child.tag], list) else [out[child.tag]]), value]
        else:
            out[child.tag] = value
    return out
