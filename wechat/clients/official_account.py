"""The service account (服务号): template messages, parametric QR codes, followers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .messages import CustomerMessages, wrap_fields
from .transport import TIMEOUTS

MAX_QR_SECONDS = 2_592_000


@dataclass(frozen=True)
class QRCode:
    """A parametric QR code. `url` is what the picture says: draw it ourselves, no second call is needed."""

    ticket: str
    url: str
    expire_seconds: int | None


@dataclass(frozen=True)
class Follower:
    """What the account may know of a person. Name and picture have not been given out since 2021-12."""

    openid: str
    unionid: str | None
    is_following: bool
    language: str = ""
    followed_via: str = ""
    tag_ids: tuple[int, ...] = field(default=())


class OfficialAccountClient(CustomerMessages):
    def send_template_message(
        self,
        *,
        openid: str,
        template_id: str,
        fields: Mapping[str, str],
        url: str = "",
        mini_appid: str = "",
        mini_path: str = "",
        client_msg_id: str = "",
    ) -> str:
        """Send a 模板消息 (POST /cgi-bin/message/template/send).

        Args:
            fields: keyword -> text, already cut to the keyword's limit (thing 20, phrase 5…; else 47003).
            url: opened by a tap, unless `mini_appid` and `mini_path` name a page of a linked mini-program.
            client_msg_id: WeChat sends nothing twice under the same one.

        Returns:
            msgid, which TEMPLATESENDJOBFINISH names later.
        """
        body = {"touser": openid, "template_id": template_id, "data": wrap_fields(fields)}
        if url:
            body["url"] = url
        if mini_appid:
            body["miniprogram"] = {"appid": mini_appid, "pagepath": mini_path}
        if client_msg_id:
            body["client_msg_id"] = client_msg_id
        return str(self.request_json("POST", "/cgi-bin/message/template/send", body=body)["msgid"])

    def create_qr(self, *, scene: str, expire_seconds: int | None = 600) -> QRCode:
        """Make a QR code that tells us who scanned it (POST /cgi-bin/qrcode/create).

        Args:
            scene: 1 to 64 characters, "<prefix>:<token>" for a handler in WECHAT_SCENE_HANDLERS.
            expire_seconds: at most 2,592,000; None for a permanent one (100,000 in an account's life).
        """
        if not 1 <= len(scene) <= 64:
            raise ValueError("a scene has 1 to 64 characters")
        body: dict = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        if expire_seconds is not None:
            if not 1 <= expire_seconds <= MAX_QR_SECONDS:
                raise ValueError("a QR code lives 1 to 2,592,000 seconds")
            body |= {"action_name": "QR_STR_SCENE", "expire_seconds": expire_seconds}
        result = self.request_json("POST", "/cgi-bin/qrcode/create", body=body)
        return QRCode(result["ticket"], result["url"], result.get("expire_seconds"))

    def get_follower(self, *, openid: str, timeouts: tuple[float, float] = TIMEOUTS) -> Follower:
        """Read a person's unionid and whether they follow (GET /cgi-bin/user/info). `timeouts` in seconds."""
        result = self.request_json(
            "GET", "/cgi-bin/user/info", params={"openid": openid, "lang": "zh_CN"}, timeouts=timeouts
        )
        return Follower(
            openid=result["openid"],
            unionid=result.get("unionid") or None,
            is_following=bool(result.get("subscribe")),
            language=result.get("language", ""),
            followed_via=result.get("subscribe_scene", ""),
            tag_ids=tuple(result.get("tagid_list") or ()),
        )
