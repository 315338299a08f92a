"""Parametric QR codes, mini-program codes, links into the mini-program, and who follows."""

import io
import re
from typing import Any

import segno
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..records import Person, QrCode
from ..world import World, letters
from . import messages, protocol
from .protocol import Call, WeixinError

MAX_QR_SECONDS = 2_592_000
DEFAULT_QR_SECONDS = 60
MAX_LINK_SECONDS = 30 * 86_400
_MINI_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")


def create(call: Call) -> dict[str, Any]:
    world, body = call.world, call.body
    action, info = body.get("action_name"), body.get("action_info")
    scene = _scene(action, info.get("scene") if isinstance(info, dict) else None)
    permanent = action in ("QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE")
    seconds = 0 if permanent else body.get("expire_seconds", DEFAULT_QR_SECONDS)
    if type(seconds) is not int or not (permanent or 1 <= seconds <= MAX_QR_SECONDS):
        raise WeixinError(40052, "invalid expire_seconds")
    if permanent and len(world.qrcodes.where(expires_now=0.0)) >= 100_000:
        raise WeixinError(45029, "qrcode count out of limit")
    now = world.clock.now()
    code = QrCode("gQ" + letters(94), letters(22), "oa", scene, "", now, 0.0 if permanent else now + seconds)
    world.qrcodes.save(code)
    answer = {"ticket": code.ticket, "url": address(world, code)}
    return answer if permanent else {**answer, "expire_seconds": seconds}


def _scene(action: Any, scene: Any) -> str:
    if not isinstance(scene, dict):
        raise WeixinError(40053, "invalid action info")
    if action in ("QR_STR_SCENE", "QR_LIMIT_STR_SCENE"):
        text = scene.get("scene_str")
        if not isinstance(text, str) or not 1 <= len(text) <= 64:
            raise WeixinError(40053, "invalid action info")
        return text
    if action in ("QR_SCENE", "QR_LIMIT_SCENE"):
        number, highest = scene.get("scene_id"), 100_000 if action == "QR_LIMIT_SCENE" else 2**32 - 1
        if type(number) is not int or not 1 <= number <= highest:
            raise WeixinError(40053, "invalid action info")
        return str(number)
    raise WeixinError(40051, "invalid action name")


def address(world: World, code: QrCode) -> str:
    """The text inside the QR picture: real codes hold a short address of WeChat's, ours one of the phone's."""
    return f"{world.config.public_url}/q/{code.short}"


async def show(request: Request) -> Response:
    """mp.weixin.qq.com/cgi-bin/showqrcode: the picture of a ticket, 404 for an unknown one."""
    world: World = request.app.state.world
    code = world.qrcodes.get(request.query_params.get("ticket", ""))
    if code is None or code.account != "oa":
        return JSONResponse({"errcode": 40069, "errmsg": "invalid ticket"}, status_code=404)
    return _picture(address(world, code))


def mini_code(call: Call) -> Response:
    world, body = call.world, call.body
    scene, page = body.get("scene"), body.get("page", "")
    if not isinstance(scene, str) or not _MINI_SCENE.fullmatch(scene):
        raise WeixinError(40129)
    if page and not messages.valid_page(world, page):
        raise WeixinError(41030)
    if body.get("env_version", "release") not in ("release", "trial", "develop"):
        raise WeixinError(40097)
    known = next((c for c in world.qrcodes if c.account == "mini" and (c.scene, c.page) == (scene, page)), None)
    code = known or world.qrcodes.save(QrCode("MC" + letters(30), letters(22), "mini", scene, page, world.clock.now()))
    return _picture(address(world, code))


def url_link(call: Call) -> dict[str, Any]:
    world, body = call.world, call.body
    path, query = body.get("path", ""), body.get("query", "")
    if path and not messages.valid_page(world, path):
        raise WeixinError(40165)
    if not isinstance(query, str) or len(query) > 1024:
        raise WeixinError(40212, "invalid query")
    now = world.clock.now()
    expires = now + MAX_LINK_SECONDS
    if body.get("expire_type", 0) == 1:
        days = body.get("expire_interval")
        if type(days) is not int or not 1 <= days <= 30:
            raise WeixinError(85401, "expire_interval out of range")
        expires = now + days * 86_400
    elif body.get("expire_time"):
        expires = body["expire_time"]
        if type(expires) is not int or not now < expires <= now + MAX_LINK_SECONDS:
            raise WeixinError(85401, "expire_time out of range")
    page = f"{path}?{query}" if query else path
    code = world.qrcodes.save(QrCode("UL" + letters(30), letters(22), "link", "", page, now, expires))
    return protocol.ok(url_link=address(world, code))


def user_info(call: Call) -> dict[str, Any]:
    person = call.world.person_by_openid(call.query.get("openid"), "oa")
    if person is None:
        raise WeixinError(40003)
    if not person.follows:
        return {"subscribe": 0, "openid": person.oa_openid, "unionid": person.unionid}
    return _follower(person)


def _follower(person: Person) -> dict[str, Any]:
    return {
        "subscribe": 1,
        "openid": person.oa_openid,
        "language": "zh_CN",
        "subscribe_time": person.subscribe_time,
        "unionid": person.unionid,
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": person.subscribe_scene,
        "qr_scene": 0,
        "qr_scene_str": person.qr_scene,
    }


def _picture(text: str) -> Response:
    buffer = io.BytesIO()
    segno.make(text, error="m").save(buffer, kind="png", scale=8, border=3)
    return Response(buffer.getvalue(), media_type="image/png")
