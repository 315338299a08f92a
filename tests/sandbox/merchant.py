"""A merchant written for these tests alone: signs requests, checks replies, opens notices."""

import base64
import json
import secrets
import time
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Merchant:
    def __init__(self, box) -> None:
        self.box, self.known = box, box.credentials
        self.http: httpx.Client = box.http
        self._key = serialization.load_pem_private_key(self.known.merchant_private_key.encode(), None)
        self._platform = serialization.load_pem_public_key(self.known.platform_public_key.encode())

    def sign(self, text: str) -> str:
        return base64.b64encode(self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()

    def authorization(self, method: str, target: str, body: str, **changed: str) -> str:
        stamp, nonce = changed.pop("timestamp", str(int(time.time()))), secrets.token_hex(16)
        given = {
            "mchid": self.known.sp_mchid,
            "nonce_str": nonce,
            "timestamp": stamp,
            "serial_no": self.known.cert_serial,
            "signature": self.sign(f"{method}\n{target}\n{stamp}\n{nonce}\n{body}\n"),
        } | changed
        return "WECHATPAY2-SHA256-RSA2048 " + ",".join(f'{name}="{value}"' for name, value in given.items())

    def call(self, method: str, target: str, body: dict | None = None, **changed: str) -> httpx.Response:
        """Make a signed call and check the signature of a 2xx reply. `changed` spoils the authorization."""
        text = json.dumps(body, ensure_ascii=False) if body is not None else ""
        headers = {"Authorization": self.authorization(method, target, text, **changed), "Accept": "application/json"}
        if text:
            headers["Content-Type"] = "application/json"
        response = self.http.request(method, target, content=text.encode(), headers=headers)
        if response.is_success:
            self.verify(response.headers, response.text)
        return response

    def get(self, target: str) -> httpx.Response:
        return self.call("GET", target)

    def post(self, target: str, body: dict | None = None) -> httpx.Response:
        return self.call("POST", target, body)

    def verify(self, headers: Any, body: str) -> None:
        """Raise InvalidSignature where WeChat Pay's signature does not fit."""
        assert headers["Wechatpay-Signature-Type"] == "WECHATPAY2-SHA256-RSA2048"
        assert headers["Wechatpay-Serial"] == self.known.public_key_id
        text = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n{body}\n"
        signature = base64.b64decode(headers["Wechatpay-Signature"])
        self._platform.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())

    def open_notice(self, body: str) -> tuple[dict, dict]:
        """Return the notice and its decrypted resource."""
        notice = json.loads(body)
        sealed = notice["resource"]
        key = AESGCM(self.known.apiv3_key.encode())
        plain = key.decrypt(
            sealed["nonce"].encode(), base64.b64decode(sealed["ciphertext"]), sealed["associated_data"].encode()
        )
        return notice, json.loads(plain)

    def encrypt(self, text: str) -> str:
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 (WeChat's choice)
        return base64.b64encode(self._platform.encrypt(text.encode(), oaep)).decode()

    # Whole requests, as the platform would make them.

    def prepay_body(self, sub_mchid: str, person, number: str = "ORDER0001", fen: int = 10_000, **more: Any) -> dict:
        return {
            "sp_appid": self.known.mini_program.appid,
            "sp_mchid": self.known.sp_mchid,
            "sub_mchid": sub_mchid,
            "description": "段泥西施壶礼盒",
            "out_trade_no": number,
            "notify_url": "https://shop.example/wechat/pay/notify/transaction/",
            "settle_info": {"profit_sharing": True},
            "amount": {"total": fen, "currency": "CNY"},
            "payer": {"sp_openid": person.mini_openid},
        } | more

    def prepay(self, sub_mchid: str, person, number: str = "ORDER0001", fen: int = 10_000, **more: Any) -> str:
        body = self.prepay_body(sub_mchid, person, number, fen, **more)
        response = self.post("/v3/pay/partner/transactions/jsapi", body)
        assert response.status_code == 200, response.text
        return response.json()["prepay_id"]

    def paid(self, sub_mchid: str, person, number: str = "ORDER0001", fen: int = 10_000, **more: Any) -> str:
        """Prepay and pay; return the transaction_id."""
        prepay_id = self.prepay(sub_mchid, person, number, fen, **more)
        return person.pay(prepay_id)["transaction_ids"][0]
