"""Messages that a service account and a mini-program send in the same way."""

from collections.abc import Mapping

from .base import ApiClient


class CustomerMessages(ApiClient):
    """客服消息 (POST /cgi-bin/message/custom/send): within 48 hours of what the person did, few at a time (45047)."""

    def send_text(self, *, openid: str, text: str) -> None:
        """Send plain text."""
        self._send_customer_message(openid, "text", {"content": text})

    def send_image(self, *, openid: str, media_id: str) -> None:
        """Send a picture; `media_id` comes from `upload_image`."""
        self._send_customer_message(openid, "image", {"media_id": media_id})

    def send_mini_program_page(
        self, *, openid: str, title: str, page_path: str, thumb_media_id: str, appid: str = ""
    ) -> None:
        """Send a mini-program card. `appid` is needed from a service account, which must be linked to it."""
        card = {"title": title, "pagepath": page_path, "thumb_media_id": thumb_media_id}
        self._send_customer_message(openid, "miniprogrampage", {**card, **({"appid": appid} if appid else {})})

    def upload_image(self, *, content: bytes, filename: str, mime_type: str = "image/jpeg") -> str:
        """Keep a picture at WeChat for three days (临时素材, POST /cgi-bin/media/upload) and return its media_id."""
        result = self.request_json(
            "POST", "/cgi-bin/media/upload", params={"type": "image"}, files={"media": (filename, content, mime_type)}
        )
        return result["media_id"]

    def _send_customer_message(self, openid: str, kind: str, content: Mapping[str, str]) -> None:
        self.request_json(
            "POST", "/cgi-bin/message/custom/send", body={"touser": openid, "msgtype": kind, kind: dict(content)}
        )


def wrap_fields(fields: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """{"thing1": "茶杯"} as template and subscribe messages want it: {"thing1": {"value": "茶杯"}}."""
    return {name: {"value": str(value)} for name, value in fields.items()}
