"""How WeChat wraps what it sends: signed and encrypted pushes, signed and encrypted payment notices."""

import base64
import hashlib
import json
import os
import secrets
import struct
import time
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .credentials import Account, Credentials

BLOCK = 32
SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"


class Keys:
    """WeChat Pay's end of the keys: it signs with its own and verifies with the merchant's."""

    def __init__(self, known: Credentials) -> None:
        own = serialization.load_pem_private_key(known.platform_private_key.encode(), None)
        merchant = serialization.load_pem_private_key(known.merchant_private_key.encode(), None)
        if not isinstance(own, rsa.RSAPrivateKey) or not isinstance(merchant, rsa.RSAPrivateKey):
            raise TypeError("WeChat Pay's keys are RSA keys")
        self._own, self._merchant = own, merchant.public_key()
        self.serial = known.public_key_id
        self._apiv3 = AESGCM(known.apiv3_key.encode())

    def sign(self, text: str) -> str:
        return base64.b64encode(self._own.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()

    def verify(self, text: str, signature: str) -> bool:
        try:
            raw = base64.b64decode(signature, validate=True)
            self._merchant.verify(raw, text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            return False
        return True

    def decrypt(self, ciphertext: str) -> str:
        """Decrypt a sensitive field. Raises ValueError where it was not encrypted for this key."""
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 (WeChat's choice)
        return self._own.decrypt(base64.b64decode(ciphertext, validate=True), oaep).decode()

    def seal(self, content: bytes, associated_data: str) -> dict[str, str]:
        nonce = secrets.token_hex(6)
        cipher = self._apiv3.encrypt(nonce.encode(), content, associated_data.encode())
        text = base64.b64encode(cipher).decode()
        return {"ciphertext": text, "associated_data": associated_data, "nonce": nonce}

    def headers(self, body: bytes, *, age: float = 0) -> dict[str, str]:
        """Signature headers of a reply or notice, timestamped `age` seconds ago."""
        stamp, nonce = str(int(time.time() - age)), secrets.token_hex(16)
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": self.sign(f"{stamp}\n{nonce}\n{body.decode()}\n"),
            "Wechatpay-Serial": self.serial,
            "Wechatpay-Signature-Type": SIGNATURE_TYPE,
        }


def forged(headers: dict[str, str], prefix: str = "") -> dict[str, str]:
    """The same headers with a signature that cannot verify."""
    noise = base64.b64encode(os.urandom(256)).decode()
    return {**headers, "Wechatpay-Signature": prefix + noise[len(prefix) :]}


def notice(keys: Keys, message: dict[str, Any]) -> bytes:
    """The body of a payment notice whose content is `message["resource"]`."""
    kind = message["original_type"]
    sealed = keys.seal(json.dumps(message["resource"], ensure_ascii=False).encode(), kind)
    resource = {"original_type": kind, "algorithm": "AEAD_AES_256_GCM", **sealed}
    body = {name: message[name] for name in ("id", "create_time", "event_type", "summary")}
    return json.dumps(body | {"resource_type": "encrypt-resource", "resource": resource}, ensure_ascii=False).encode()


def push(account: Account, content: dict[str, Any], *, xml: bool, encrypted: bool, age: float = 0) -> tuple[str, bytes]:
    """Return the query string and body of a message push."""
    stamp, nonce = str(int(time.time() - age)), secrets.token_hex(8)
    text = to_xml(content) if xml else json.dumps(content, ensure_ascii=False)
    query = {"signature": digest(account.token, stamp, nonce), "timestamp": stamp, "nonce": nonce}
    query["openid"] = content["FromUserName"]
    if encrypted:
        cipher = encrypt(account, text.encode())
        query |= {"encrypt_type": "aes", "msg_signature": digest(account.token, stamp, nonce, cipher)}
        wrapped = {"ToUserName": content["ToUserName"], "Encrypt": cipher}
        text = to_xml(wrapped) if xml else json.dumps(wrapped)
    return urlencode(query), text.encode()


def digest(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 (WeChat's choice)


def encrypt(account: Account, message: bytes) -> str:
    key = base64.b64decode(account.aes_key + "=")
    plain = os.urandom(16) + struct.pack(">I", len(message)) + message + account.appid.encode()
    fill = BLOCK - len(plain) % BLOCK
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(plain + bytes([fill]) * fill) + cipher.finalize()).decode()


def decrypt(account: Account, text: str) -> bytes:
    """Open an encrypted passive reply. Raises ValueError for garbage."""
    key = base64.b64decode(account.aes_key + "=")
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = cipher.update(base64.b64decode(text)) + cipher.finalize()
    (length,) = struct.unpack(">I", plain[16:20])
    message = plain[20 : 20 + length]
    if plain[20 + length : -plain[-1]] != account.appid.encode():
        raise ValueError("the reply was encrypted for another appid")
    return message


def to_xml(content: dict[str, Any]) -> str:
    return f"<xml>{_nodes(content)}</xml>"


def _nodes(content: dict[str, Any]) -> str:
    return "".join(f"<{name}>{_node(value)}</{name}>" for name, value in content.items())


def _node(value: Any) -> str:
    if isinstance(value, dict):
        return _nodes(value)
    if isinstance(value, list):
        return "".join(f"<item>{_node(item)}</item>" for item in value)
    if isinstance(value, int | float):
        return str(value)
    return f"<![CDATA[{value}]]>" if "]]>" not in value else escape(value)
