"""wx.login and getPhoneNumber: codes that work once, for five minutes, for one account."""

import base64
import secrets
from typing import Any

from ..records import Code, Person
from ..world import World, letters
from . import protocol
from .protocol import Call, WeixinError

CODE_SECONDS = 300
SESSIONS_A_MINUTE = 100


def issue_code(world: World, person: Person, kind: str) -> Code:
    """Make the code that wx.login ("login") or getPhoneNumber ("phone") hands the mini-program."""
    if kind == "login":
        person.visited_now = world.clock.now()
        world.people.save(person)
    prefix = "0" if kind == "login" else ""
    return world.codes.save(Code(prefix + letters(31), kind, person.id, world.clock.now()))


def jscode2session(call: Call) -> dict[str, Any]:
    world, query = call.world, call.query
    if world.account_of(query.get("appid")) != "mini":
        raise WeixinError(40013)
    if query.get("secret") != world.account("mini").secret:
        raise WeixinError(40125)
    if not query.get("js_code"):
        raise WeixinError(41008)
    if query.get("grant_type") != "authorization_code":
        raise WeixinError(40002)
    code = world.codes.get(query["js_code"])
    if code and code.used and code.kind == "login":
        raise WeixinError(40163)
    person = _redeem(world, code, "login")
    minute = int(world.clock.now() // 60)
    if protocol.bump(world, f"mini session {person.id} {minute}") > SESSIONS_A_MINUTE:
        raise WeixinError(45011)
    session_key = base64.b64encode(secrets.token_bytes(16)).decode()
    return {"session_key": session_key, "openid": person.mini_openid, "unionid": person.unionid}


def phone_number(call: Call) -> dict[str, Any]:
    # WeChat answers 40029 for unknown, used and expired alike here.
    person = _redeem(call.world, call.world.codes.get(call.text("code", 40029)), "phone")
    watermark = {"timestamp": int(call.world.clock.now()), "appid": call.world.account("mini").appid}
    info = {"phoneNumber": person.phone, "purePhoneNumber": person.phone, "countryCode": "86", "watermark": watermark}
    return protocol.ok(phone_info=info)


def _redeem(world: World, code: Code | None, kind: str) -> Person:
    if code is None or code.kind != kind or code.used or world.clock.now() - code.issued_now > CODE_SECONDS:
        raise WeixinError(40029)
    person = world.people.get(code.person_id)
    if person is None:
        raise WeixinError(40029)
    code.used = True
    world.codes.save(code)
    return person
