"""wechatpy's client with its wire replaced, so that each of its API groups (tags, menus, media…) is cured too.

What wechatpy 1.8.18 does on its own: repeats a call with a bad token without limit, fetches a token per
instance without time-out, names hosts in code, and raises three families of exceptions.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from urllib3.filepost import encode_multipart_formdata
from wechatpy.client import WeChatClient

from wechat import errors

from .tokens import TokenStore, decode_object
from .transport import TIMEOUTS, Transport

HOST_IN_WECHATPY = "https://api.weixin.qq.com"

File = tuple[str, bytes, str]  # name, content, MIME type


class ApiClient(WeChatClient):
    """Calls to api.weixin.qq.com for one account.

    Every method raises `WeChatError`; see `wechat.errors` for what its three facts mean.
    """

    def __init__(self, *, appid: str, secret: str, transport: Transport, tokens: TokenStore):
        super().__init__(appid, secret, timeout=TIMEOUTS, auto_retry=False)
        self.transport = transport
        self.tokens = tokens

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        files: Mapping[str, File] | None = None,
        with_token: bool = True,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> dict[str, Any] | bytes:
        """Call once; once more where the token was refused and could be replaced.

        Returns:
            The JSON object, or bytes where WeChat answers with a picture.
        """
        content, content_type = _encode(body, files)
        for last_try in (False, True):
            query = dict(params or {})
            if with_token:
                query["access_token"] = token = self.tokens.get(timeouts=timeouts)
            reply = self.transport.send(
                method,
                f"{path}?{urlencode(query)}" if query else path,
                body=content,
                headers={"Content-Type": content_type} if content else None,
                timeouts=timeouts,
            )
            if reply.status == 200 and reply.headers.get("Content-Type", "").startswith(("image/", "audio/", "video/")):
                return reply.body
            payload = decode_object(reply.body, reply.status)
            error = errors.from_api(payload, reply.status)
            if error is None and reply.status == 200:
                return payload
            if error is None:
                error = errors.WeChatError(
                    f"HTTP_{reply.status}", permanent=reply.status != 429, http_status=reply.status
                )
            if last_try or not with_token or error.code not in errors.TOKEN_CODES:
                raise error
            self.tokens.replace(token, timeouts=timeouts)
        raise AssertionError("unreachable: the second try returns or raises")

    def request_json(self, method: str, path: str, **kwargs: Any) -> dict[str, Any]:
        """`call`, where only a JSON object is an answer."""
        result = self.call(method, path, **kwargs)
        if isinstance(result, bytes):
            raise errors.WeChatError(errors.BAD_REPLY, "a picture where JSON was due", unknown_outcome=True)
        return result

    # What wechatpy's own API groups use.

    @property
    def access_token(self) -> str:
        # wechatpy looks at every attribute before __init__ has run; it then gets the AttributeError it expects.
        return self.tokens.get()

    def fetch_access_token(self) -> None:
        raise NotImplementedError("tokens are shared; see wechat.clients.tokens")

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        base = kwargs.pop("api_base_url", self.API_BASE_URL)
        url = url_or_endpoint if url_or_endpoint.startswith(("http://", "https://")) else base + url_or_endpoint
        if not url.startswith(HOST_IN_WECHATPY + "/"):
            raise ValueError("wechatpy names a host that no setting covers")
        params = dict(kwargs.get("params") or {})
        process = kwargs.get("result_processor")
        result = self.call(
            method.upper(),
            url.removeprefix(HOST_IN_WECHATPY),
            params={k: v for k, v in params.items() if k != "access_token"},
            body=kwargs.get("data", kwargs.get("json")),
            files=kwargs.get("files"),
        )
        return process(result) if process else result


def _encode(body: Any, files: Mapping[str, File] | None) -> tuple[bytes | None, str]:
    if files:
        return encode_multipart_formdata({**(body or {}), **files})
    if body is None:
        return None, ""
    if isinstance(body, str | bytes):
        return (body.encode() if isinstance(body, str) else body), "application/json"
    # WeChat shows \uXXXX as it stands in some messages, so Chinese goes out as UTF-8.
    return json.dumps(body, ensure_ascii=False).encode(), "application/json; charset=utf-8"
