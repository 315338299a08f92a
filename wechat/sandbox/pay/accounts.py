"""Sub-merchants' balances, uploaded pictures, and the certificates that a new merchant does not get."""

import hashlib
import json
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from .. import settlement
from ..records import Media
from ..world import World, letters
from . import orders, protocol
from .errors import PayError
from .protocol import Call

MAX_IMAGE_BYTES = 2 * 1024 * 1024
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".bmp", ".png")


def balance(call: Call) -> dict[str, Any]:
    mchid = call.number("sub_mchid")
    kind = call.query.get("account_type", "BASIC")
    if kind not in ("BASIC", "OPERATION", "FEES", "DEPOSIT"):
        raise PayError("PARAM_ERROR", "account_type枚举值错误")
    orders.check_sub_merchant(call.world, mchid)
    merchant = settlement.sub_merchant(call.world, mchid)
    own = kind == "BASIC"
    return {
        "sub_mchid": mchid,
        "account_type": kind,
        "available_amount": merchant.available if own else 0,
        "pending_amount": merchant.pending if own else 0,
    }


def certificates(call: Call) -> dict[str, Any]:
    # Merchants admitted since late 2024 have a public key only.
    raise PayError("RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")


async def upload_image(request: Request) -> Response:
    """POST /v3/merchant/media/upload: the signature covers `meta` alone, not the multipart body."""
    world: World = request.app.state.world
    try:
        async with request.form() as form:
            meta, file = form.get("meta"), form.get("file")
            protocol.authorize(world, request, meta.encode() if isinstance(meta, str) else b"")
            if not isinstance(meta, str) or not isinstance(file, UploadFile):
                raise PayError("PARAM_ERROR", "缺少meta或file")
            result = _keep(world, meta, file.filename or "", await file.read())
    except PayError as error:
        return protocol.refuse(request, error)
    return protocol.reply(request, result)


def _keep(world: World, meta: str, filename: str, content: bytes) -> dict[str, str]:
    try:
        declared = json.loads(meta)
        name, digest = declared["filename"], declared["sha256"]
    except (ValueError, TypeError, KeyError):
        raise PayError("PARAM_ERROR", "meta应为包含filename与sha256的JSON") from None
    if not str(name).lower().endswith(IMAGE_SUFFIXES) or name != filename:
        raise PayError("PARAM_ERROR", "图片文件名须以.jpg、.bmp、.png为后缀，且与meta一致")
    if len(content) > MAX_IMAGE_BYTES:
        raise PayError("PARAM_ERROR", "图片大小不能超过2M")
    if hashlib.sha256(content).hexdigest() != str(digest).lower():
        raise PayError("PARAM_ERROR", "图片文件的sha256与meta不一致")
    media = world.media.save(Media(letters(96), str(digest), str(name)))
    return {"media_id": media.media_id}
