"""How api.weixin.qq.com answers: always HTTP 200, an `errcode`, and ` rid: …` behind each error."""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .. import catalogue
from ..records import Usage
from ..world import World

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40029: "invalid code",
    40037: "invalid template_id",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40129: "invalid scene",
    40163: "code been used",
    40165: "invalid weapp pagepath",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41030: "invalid page",
    42001: "access_token expired",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44002: "empty post data",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    47001: "data format error",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
    61010: "code is expired",
    87014: "risky content",
}


class WeixinError(Exception):
    def __init__(self, errcode: int, errmsg: str = "") -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.errmsg = errmsg or MESSAGES.get(errcode, "unknown error")


@dataclass
class Call:
    """One request after its envelope was checked."""

    world: World
    account: str
    path: str
    query: dict[str, str]
    body: dict[str, Any]

    def text(self, name: str, errcode: int = 40097) -> str:
        """Return the body's non-empty string `name`, or refuse with `errcode`."""
        value = self.body.get(name)
        if not isinstance(value, str) or not value:
            raise WeixinError(errcode)
        return value


Handler = Callable[[Call], dict[str, Any] | Response]


def endpoint(handler: Handler, *, accounts: tuple[str, ...] = ("oa", "mini"), token: bool = True) -> Callable:
    """Wrap a handler: parse, check the token and its quota, turn errors into WeChat's answers."""

    async def view(request: Request) -> Response:
        world: World = request.app.state.world
        raw = await request.body()
        try:
            call = Call(world, "", request.url.path, dict(request.query_params), {})
            injected(world, request, call.query.get("access_token"))
            if request.method == "POST":
                call.body = _json(raw)
            if token:
                call.account = check_token(world, call.query.get("access_token"))
                if call.account not in accounts:
                    raise WeixinError(48001)
                count_call(world, call.account, call.path)
            result = handler(call)
        except WeixinError as error:
            result = {"errcode": error.errcode, "errmsg": f"{error.errmsg} rid: {_rid()}"}
        if isinstance(result, Response):
            return result
        request.state.outcome = str(result.get("errcode", 0))
        return JSONResponse(result)

    return view


def ok(**more: Any) -> dict[str, Any]:
    return {"errcode": 0, "errmsg": "ok", **more}


def injected(world: World, request: Request, token: str | None) -> None:
    """Carry out the weixin faults that were ordered for this request."""
    if not world.faults:
        return
    for fault in world.faults.take(f"{request.method} {request.url.path}", ("errcode", "quota", "token_expired")):
        request.state.fault = fault.kind
        if fault.kind == "quota":
            raise WeixinError(45009)
        if fault.kind == "token_expired":
            if token:
                world.tokens.delete(token)
            raise WeixinError(42001)
        raise WeixinError(int(fault.options.get("errcode", -1)))


def check_token(world: World, value: str | None) -> str:
    if not value:
        raise WeixinError(41001)
    token = world.tokens.get(value)
    if token is None:
        raise WeixinError(40001)
    if token.expires_now <= world.clock.now():
        raise WeixinError(42001)
    return token.account


def count_call(world: World, account: str, path: str) -> None:
    """Count one call against its quotas. Raises 45009 or 45011 where one is used up."""
    now = world.clock.now()
    for limits, period, errcode in ((daily_limits(world), 86_400, 45009), (catalogue.MINUTE_LIMITS, 60, 45011)):
        limit = limits.get(path)
        if limit is None:
            continue
        # Chinese days begin eight hours before UTC's.
        slot = int((now + 8 * 3600) // period)
        if bump(world, f"{account} {path} {period} {slot}") > limit:
            raise WeixinError(errcode)


def daily_limits(world: World) -> dict[str, int]:
    return catalogue.DAILY_LIMITS | world.config.daily_limits if world.config.daily_limits else catalogue.DAILY_LIMITS


def bump(world: World, key: str) -> int:
    usage = world.usage.get(key) or Usage(key)
    usage.count += 1
    world.usage.save(usage)
    return usage.count


def _json(raw: bytes) -> dict[str, Any]:
    if not raw:
        raise WeixinError(44002)
    try:
        body = json.loads(raw)
    except ValueError:
        raise WeixinError(47001) from None
    if not isinstance(body, dict):
        raise WeixinError(47001)
    return body


def _rid() -> str:
    return f"{int(time.time()):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
