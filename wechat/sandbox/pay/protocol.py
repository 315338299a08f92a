"""The envelope of APIv3: each request's signature is verified, each 2xx reply is signed."""

import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from .. import settlement
from ..envelope import SIGNATURE_TYPE, forged
from ..world import World
from .errors import OLD_SPELLINGS, PayError

MAX_SKEW_SECONDS = 300
_PARAMETER = re.compile(r'\s*([a-z_]+)="([^"]*)"\s*')


@dataclass
class Call:
    """One request whose signature was good."""

    world: World
    query: dict[str, str]
    path: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)

    def number(self, name: str) -> str:
        return self.path[name]

    def required(self, name: str) -> str:
        """Return a query parameter. Raises PARAM_ERROR where it is absent."""
        value = self.query.get(name)
        if not value:
            message = f"输入源“/query/{name}”映射到字段“{name}”必填性规则校验失败，此字段为必填项"
            raise PayError("PARAM_ERROR", message, detail={"location": "query", "field": name})
        return value

    def own_mchid(self, value: Any, name: str = "sp_mchid") -> None:
        if value != self.world.credentials.sp_mchid:
            raise PayError("NO_AUTH", f"{name}与发起请求的商户号不一致")


Handler = Callable[[Call], dict[str, Any] | None]


def endpoint(handler: Handler, *, old_spellings: bool = False, any_body: bool = False) -> Callable:
    """Wrap a handler whose result becomes a signed 200, or 204 for None.

    With `any_body` the body may be empty where the call takes none.
    """

    async def view(request: Request) -> Response:
        world: World = request.app.state.world
        raw = await request.body()
        try:
            authorize(world, request, raw)
            _injected(world, request)
            settlement.tick(world)
            call = Call(world, dict(request.query_params), request.path_params)
            if request.method == "POST" and (raw or not any_body):
                call.body = _json(request, raw)
            result = handler(call)
        except PayError as error:
            return refuse(request, error, old_spellings=old_spellings)
        return reply(request, result)

    return view


def authorize(world: World, request: Request, signed_body: bytes) -> None:
    """Verify the Authorization header. Raises SIGN_ERROR, or PARAM_ERROR for a missing header."""
    for name in ("user-agent", "accept"):
        if not request.headers.get(name):
            raise PayError("PARAM_ERROR", f"Http头缺少{name.title()}")
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    if scheme != SIGNATURE_TYPE:
        raise PayError("SIGN_ERROR", "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
    given = {match[1]: match[2] for match in map(_PARAMETER.fullmatch, rest.split(",")) if match}
    if missing := {"mchid", "nonce_str", "timestamp", "serial_no", "signature"} - given.keys():
        raise PayError("SIGN_ERROR", f"Http头Authorization缺少{'、'.join(sorted(missing))}")
    if given["mchid"] != world.credentials.sp_mchid:
        raise PayError("SIGN_ERROR", "商户号与签名信息不符，未找到该商户")
    if given["serial_no"].upper() != world.credentials.cert_serial:
        raise PayError("SIGN_ERROR", "商户证书序列号有误，请使用签名私钥匹配的证书序列号")
    if not given["timestamp"].isdecimal() or abs(time.time() - int(given["timestamp"])) > MAX_SKEW_SECONDS:
        raise PayError("SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    target = request.scope["raw_path"].decode()
    if request.scope["query_string"]:
        target += "?" + request.scope["query_string"].decode()
    message = f"{request.method}\n{target}\n{given['timestamp']}\n{given['nonce_str']}\n"
    if not world.keys.verify(message + signed_body.decode(errors="replace") + "\n", given["signature"]):
        raise _sign_mismatch(request.method, target, message)


def _sign_mismatch(method: str, target: str, message: str) -> PayError:
    return PayError("SIGN_ERROR", "错误的签名，验签失败", detail={
        "detail": {"issue": "sign not match"},
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": method,
            "url": target,
            "truncated_sign_message": message,
            "sign_message_length": len(message),
        },
    })  # fmt: skip


def _injected(world: World, request: Request) -> None:
    if not world.faults:
        return
    for fault in world.faults.take(f"{request.method} {request.url.path}", ("pay_error",)):
        request.state.fault = fault.kind
        code = str(fault.options.get("code", "SYSTEM_ERROR"))
        message = str(fault.options.get("message", "系统异常，请用相同参数重新调用"))
        raise PayError(code, message, status=int(fault.options.get("status", 0)))


def _json(request: Request, raw: bytes) -> dict[str, Any]:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise PayError("PARAM_ERROR", "Http头Content-Type应为application/json", status=415)
    try:
        body = json.loads(raw)
    except ValueError:
        raise PayError("PARAM_ERROR", "请求体不是合法的JSON") from None
    if not isinstance(body, dict):
        raise PayError("PARAM_ERROR", "请求体应为JSON对象")
    return body


def reply(request: Request, result: dict[str, Any] | None) -> Response:
    """A signed 200 with JSON, or a signed 204."""
    world: World = request.app.state.world
    body = b"" if result is None else json.dumps(result, ensure_ascii=False).encode()
    headers = world.keys.headers(body)
    subject = f"{request.method} {request.url.path}"
    if world.faults:
        for fault in world.faults.take(subject, ("unsigned", "forged_reply")):
            request.state.fault = fault.kind
            if fault.kind == "unsigned":
                headers = {}
            else:
                headers = forged(headers, "WECHATPAY/SIGNTEST/" if fault.options.get("signtest") else "")
    headers["Request-ID"] = _request_id(0)
    status = 204 if result is None else 200
    return Response(body, status, headers, "application/json" if body else None)


def refuse(request: Request, error: PayError, *, old_spellings: bool = False) -> Response:
    code = OLD_SPELLINGS.get(error.code, error.code) if old_spellings else error.code
    body: dict[str, Any] = {"code": code, "message": error.message}
    if error.detail is not None:
        body["detail"] = error.detail
    request.state.outcome = code
    headers = {"Request-ID": _request_id(error.tail)}
    return Response(json.dumps(body, ensure_ascii=False).encode(), error.status, headers, "application/json")


def _request_id(tail: int) -> str:
    return f"{uuid.uuid4().hex.upper()}-{tail}"
