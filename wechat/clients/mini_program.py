"""The mini-program: login, phone number, subscribe messages, codes, content checks, shipping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

from wechat import errors

from .messages import CustomerMessages, wrap_fields

CHINA = timezone(timedelta(hours=8))
Version = Literal["release", "trial", "develop"]
STATES = {"release": "formal", "trial": "trial", "develop": "developer"}

EXPRESS, SAME_CITY, VIRTUAL, SELF_PICKUP = 1, 2, 3, 4


@dataclass(frozen=True)
class LoginSession:
    """`session_key` decrypts what the client sends and never leaves the server."""

    openid: str
    unionid: str | None
    session_key: str = field(repr=False)


@dataclass(frozen=True)
class PhoneNumber:
    number: str = field(repr=False)  # with country code where it is not China's
    national_number: str = field(repr=False)
    country_code: str


@dataclass(frozen=True)
class TextVerdict:
    suggest: str  # pass | review | risky
    label: int  # 100 normal, 20001 politics, 20002 porn, 20006 crime, 20008 fraud…
    trace_id: str


@dataclass(frozen=True)
class Parcel:
    """One parcel. `express_company` is WeChat's delivery id (SF, YTO…); SF also wants a masked phone number."""

    item: str
    tracking_no: str = ""
    express_company: str = ""
    receiver_contact: str = field(default="", repr=False)


class MiniProgramClient(CustomerMessages):
    def code_to_session(self, *, code: str) -> LoginSession:
        """Turn wx.login's code, good once, into a person (GET /sns/jscode2session).

        Raises:
            WeChatError: `is_login_code_spent` for an unknown or used code; 45011 over 100 a minute; 40226 banned.
        """
        query = {
            "appid": self.appid,
            "secret": self.secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        # Without an access token: wechatpy sends one, which makes each login wait for a token first.
        result = self.request_json("GET", "/sns/jscode2session", params=query, with_token=False)
        return LoginSession(result["openid"], result.get("unionid") or None, result["session_key"])

    def get_phone_number(self, *, code: str) -> PhoneNumber:
        """Turn the getPhoneNumber button's code (good once, 5 minutes) into a number; WeChat charges for each."""
        info = self.request_json("POST", "/wxa/business/getuserphonenumber", body={"code": code})["phone_info"]
        return PhoneNumber(info["phoneNumber"], info["purePhoneNumber"], str(info["countryCode"]))

    def send_subscribe_message(
        self, *, openid: str, template_id: str, fields: Mapping[str, str], page: str = "", version: Version = "release"
    ) -> None:
        """Spend one of the person's subscriptions on a message (POST /cgi-bin/message/subscribe/send).

        Raises:
            WeChatError: `is_out_of_credit` (43101); 47003 for a field over its limit.
        """
        body = {
            "touser": openid,
            "template_id": template_id,
            "data": wrap_fields(fields),
            "miniprogram_state": STATES[version],
            "lang": "zh_CN",
        }
        self.request_json("POST", "/cgi-bin/message/subscribe/send", body={**body, **({"page": page} if page else {})})

    def get_unlimited_code(
        self, *, scene: str, page: str = "", version: Version = "release", width: int = 430, check_path: bool = True
    ) -> bytes:
        """Draw a mini-program code (POST /wxa/getwxacodeunlimit).

        Args:
            scene: at most 32 visible ASCII characters, handed to the page.
            page: without a leading slash; the home page if empty.
            width: 280 to 1280 pixels.
            check_path: False allows a page that is not published yet.

        Returns:
            The picture, PNG or JPEG.
        """
        if not 1 <= len(scene) <= 32:
            raise ValueError("a mini-program code's scene has 1 to 32 characters")
        body: dict[str, Any] = {"scene": scene, "width": width, "env_version": version, "check_path": check_path}
        result = self.call("POST", "/wxa/getwxacodeunlimit", body={**body, **({"page": page} if page else {})})
        if isinstance(result, bytes):
            return result
        raise errors.WeChatError(errors.BAD_REPLY, "getwxacodeunlimit without a picture")

    def generate_url_link(
        self, *, path: str = "", query: str = "", expire_days: int = 30, version: Version = "release"
    ) -> str:
        """Make a link that opens the mini-program from outside WeChat (POST /wxa/generate_urllink); at most 30 days."""
        body = {"path": path, "query": query, "env_version": version, "expire_type": 1, "expire_interval": expire_days}
        return self.request_json("POST", "/wxa/generate_urllink", body=body)["url_link"]

    def check_text(self, *, openid: str, text: str, scene: int) -> TextVerdict:
        """Ask whether a text may be shown (POST /wxa/msg_sec_check, version 2); see `wechat.moderation`.

        Args:
            openid: its author, who was in the mini-program within two hours (else 61010).
            text: 1 to 2,500 characters.
            scene: 1 profile, 2 comment, 3 forum, 4 social log.
        """
        body = {"version": 2, "openid": openid, "scene": scene, "content": text}
        payload = self.request_json("POST", "/wxa/msg_sec_check", body=body)
        result = payload.get("result") or {}
        return TextVerdict(result.get("suggest", ""), int(result.get("label", 0)), payload.get("trace_id", ""))

    def check_media(self, *, openid: str, media_url: str, media_type: int, scene: int) -> str:
        """Ask about a picture (`media_type` 2) or sound (1) by its address (POST /wxa/media_check_async, version 2).

        Returns:
            trace_id; the verdict comes within 30 minutes as the event wxa_media_check.
        """
        body = {"version": 2, "openid": openid, "scene": scene, "media_url": media_url, "media_type": media_type}
        return self.request_json("POST", "/wxa/media_check_async", body=body)["trace_id"]

    def upload_shipping_info(
        self,
        *,
        transaction_id: str,
        payer_openid: str,
        parcels: Sequence[Parcel],
        logistics_type: int = EXPRESS,
        shipped_at: datetime | None = None,
    ) -> None:
        """Tell WeChat that an order was shipped, without which its money stays frozen
        (POST /wxa/sec/order/upload_shipping_info).

        Args:
            transaction_id: WeChat's; an order of a sub-merchant is not found by our own number (10060001).
            parcels: 1 to 15; more than one means split delivery.
            logistics_type: EXPRESS, SAME_CITY, VIRTUAL or SELF_PICKUP.
            shipped_at: aware; now if None.

        Raises:
            WeChatError: `is_shipping_recorded` where it was uploaded before; 10060001 (transient) for about a
                minute after payment.
        """
        if not 1 <= len(parcels) <= 15:
            raise ValueError("a shipment has 1 to 15 parcels")
        shipped_at = shipped_at or datetime.now(CHINA)
        body = {
            "order_key": {"order_number_type": 2, "transaction_id": transaction_id},
            "logistics_type": logistics_type,
            "delivery_mode": 1 if len(parcels) == 1 else 2,
            "shipping_list": [_parcel(parcel) for parcel in parcels],
            "upload_time": shipped_at.astimezone(CHINA).isoformat(timespec="milliseconds"),
            "payer": {"openid": payer_openid},
        }
        if len(parcels) > 1:
            body["is_all_delivered"] = True
        self.request_json("POST", "/wxa/sec/order/upload_shipping_info", body=body)


def _parcel(parcel: Parcel) -> dict[str, Any]:
    out: dict[str, Any] = {"item_desc": parcel.item[:120]}
    if parcel.tracking_no:
        out |= {"tracking_no": parcel.tracking_no, "express_company": parcel.express_company}
    if parcel.receiver_contact:
        out["contact"] = {"receiver_contact": parcel.receiver_contact}
    return out
