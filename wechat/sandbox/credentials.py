"""Keys and ids shared by the sandbox and the platform that talks to it.

Made once per installation and kept in the data directory, so that a demo keeps its keys over
restarts and no key is ever part of the repository.
"""

import base64
import datetime
import json
import os
import secrets
import string
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

FILE_NAME = "credentials.json"
# file name in the data directory -> who holds it
KEY_FILES = {
    "merchant_private_key": "merchant_key.pem",
    "merchant_certificate": "merchant_cert.pem",
    "platform_private_key": "platform_key.pem",
    "platform_public_key": "platform_public_key.pem",
}


@dataclass(frozen=True)
class Account:
    """An official account or a mini-program: what its developer page shows."""

    appid: str
    original_id: str
    secret: str
    token: str
    aes_key: str


@dataclass(frozen=True)
class Credentials:
    """Everything both ends of the contract have to agree on, and the platform's own private key."""

    official_account: Account
    mini_program: Account
    sp_mchid: str
    apiv3_key: str
    cert_serial: str
    public_key_id: str
    merchant_private_key: str
    merchant_certificate: str
    platform_private_key: str
    platform_public_key: str


def load(data_dir: str | os.PathLike) -> Credentials:
    """Return the installation's credentials, making them on the first call.

    Raises OSError where the directory cannot be written.
    """
    directory = Path(data_dir)
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / FILE_NAME).exists():
        _create(directory)
    facts = json.loads((directory / FILE_NAME).read_text())
    keys = {name: (directory / file).read_text() for name, file in KEY_FILES.items()}
    official, mini = Account(**facts.pop("official_account")), Account(**facts.pop("mini_program"))
    return Credentials(official_account=official, mini_program=mini, **facts, **keys)


def ensure(data_dir: str | os.PathLike, root: str = "http://127.0.0.1:8002") -> dict[str, str]:
    """Return the platform's WECHAT_* settings for this sandbox, making the keys where they are absent.

    `root` is the sandbox's own address. The platform's private signing key is not among the values:
    only WeChat's end, here the sandbox, holds it.
    """
    known = load(data_dir)
    settings = {
        "WECHAT_API_ROOT": root,
        "WECHAT_PAY_ROOT": root,
        "WECHAT_PAY_SP_MCHID": known.sp_mchid,
        "WECHAT_PAY_PRIVATE_KEY": known.merchant_private_key,
        "WECHAT_PAY_CERT_SERIAL": known.cert_serial,
        "WECHAT_PAY_APIV3_KEY": known.apiv3_key,
        "WECHAT_PAY_PUBLIC_KEY": known.platform_public_key,
        "WECHAT_PAY_PUBLIC_KEY_ID": known.public_key_id,
    }
    for prefix, account in (("OA", known.official_account), ("MINI", known.mini_program)):
        settings |= {
            f"WECHAT_{prefix}_APPID": account.appid,
            f"WECHAT_{prefix}_SECRET": account.secret,
            f"WECHAT_{prefix}_TOKEN": account.token,
            f"WECHAT_{prefix}_AES_KEY": account.aes_key,
        }
    return settings


def _create(directory: Path) -> None:
    merchant, platform = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    sp_mchid = "19" + _digits(8)
    certificate = _certificate(merchant, sp_mchid)
    pem, public = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    texts = {
        "merchant_private_key": _private_pem(merchant),
        "merchant_certificate": certificate.public_bytes(pem).decode(),
        "platform_private_key": _private_pem(platform),
        "platform_public_key": platform.public_key().public_bytes(pem, public).decode(),
    }
    for name, file in KEY_FILES.items():
        _write(directory / file, texts[name])
    facts = {
        "official_account": _account(),
        "mini_program": _account(),
        "sp_mchid": sp_mchid,
        "apiv3_key": _letters(32),
        "cert_serial": format(certificate.serial_number, "X"),
        "public_key_id": "PUB_KEY_ID_01" + sp_mchid + _digits(18),
    }
    # Written last: its presence says that the key files are complete.
    _write(directory / FILE_NAME, json.dumps(facts, indent=2))


def _account() -> dict[str, str]:
    # An EncodingAESKey is 43 characters of base64 that decode, with one "=", to 32 bytes.
    aes_key = base64.b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    return {
        "appid": "wx" + secrets.token_hex(8),
        "original_id": "gh_" + secrets.token_hex(6),
        "secret": secrets.token_hex(16),
        "token": _letters(24),
        "aes_key": aes_key,
    }


def _certificate(key: rsa.RSAPrivateKey, mchid: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, mchid)])
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=5 * 365))
        .sign(key, hashes.SHA256())
    )


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))


def _letters(count: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(count))
