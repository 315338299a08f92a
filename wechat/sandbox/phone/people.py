"""What a person does with the phone, apart from paying."""

import secrets
import time
from typing import Any

from ..catalogue import OPEN_TEMPLATE_PREFIX, OPEN_TITLES
from ..control import BadRequest
from ..delivery import push
from ..records import Person, QrCode
from ..weixin import messages
from ..world import World, digits, letters, unique_id

MAX_TEMPLATES_A_CALL = 3


def create(world: World, nickname: str, *, follows: bool) -> Person:
    """Make a person with a phone number, an openid at both accounts and one unionid."""
    nickname = nickname.strip()
    if not 1 <= len(nickname) <= 20:
        raise BadRequest("nickname must have 1 to 20 characters")
    person = Person(
        unique_id()[:12], nickname, "o" + letters(27), "o" + letters(27), "o" + letters(27), "138" + digits(8)
    )
    world.people.save(person)
    if follows:
        follow(world, person)
    return person


def facts(world: World, person: Person) -> dict[str, Any]:
    names = ("id", "nickname", "unionid", "oa_openid", "mini_openid", "phone", "follows", "blocks", "credits")
    return {**{name: getattr(person, name) for name in names}, "mini_program": mini_link(world, person, "")}


def find(world: World, reference: str) -> Person:
    """Return the person with this id, openid or nickname. Raises BadRequest for a stranger."""
    person = (
        world.people.get(reference)
        or world.people.find(oa_openid=reference)
        or world.people.find(mini_openid=reference)
        or next((person for person in world.people if person.nickname == reference), None)
    )
    if person is None:
        raise BadRequest(f"nobody here is called {reference}")
    return person


def follow(world: World, person: Person, code: QrCode | None = None) -> None:
    if person.follows:
        return
    person.follows, person.subscribe_time = True, int(time.time())
    person.subscribe_scene = "ADD_SCENE_QR_CODE" if code else "ADD_SCENE_SEARCH"
    person.qr_scene = code.scene if code else ""
    world.people.save(person)
    messages.open_window(world, person, "oa", "follow")
    more = {"EventKey": f"qrscene_{code.scene}", "Ticket": code.ticket} if code else {"EventKey": ""}
    push(world, "oa", person, "subscribe", more)


def unfollow(world: World, person: Person) -> None:
    if not person.follows:
        return
    person.follows, person.subscribe_time, person.qr_scene = False, 0, ""
    world.people.save(person)
    push(world, "oa", person, "unsubscribe", {"EventKey": ""})


def block(world: World, person: Person, blocks: bool) -> None:
    """拒收: the person still follows, but takes no template messages."""
    person.blocks = blocks
    world.people.save(person)


def find_code(world: World, reference: str) -> QrCode:
    """Return a QR code by ticket, scene, or the text inside its picture."""
    code = (
        world.qrcodes.get(reference)
        or world.qrcodes.find(short=reference.rsplit("/", 1)[-1])
        or next((item for item in world.qrcodes if item.scene and item.scene == reference), None)
    )
    if code is None:
        raise BadRequest("没有这个二维码")
    if code.expires_now and code.expires_now <= world.clock.now():
        raise BadRequest("二维码已过期")
    return code


def scan(world: World, person: Person, code: QrCode, *, follows: bool = True) -> dict[str, Any]:
    """Scan a QR code. A stranger to the account is asked to follow first; `follows` says the answer."""
    if code.account != "oa":
        page = code.page or "index"
        if code.scene:
            page += ("&" if "?" in page else "?") + f"scene={code.scene}"
        return {"opened": mini_link(world, person, page)}
    if person.follows:
        messages.open_window(world, person, "oa", "scan")
        push(world, "oa", person, "SCAN", {"EventKey": code.scene, "Ticket": code.ticket})
        return {"event": "SCAN", "scene": code.scene}
    if not follows:
        return {"event": "", "scene": code.scene}
    follow(world, person, code)
    return {"event": "subscribe", "scene": code.scene}


def subscribe(world: World, person: Person, template_ids: Any, *, accept: bool = True) -> dict[str, str]:
    """wx.requestSubscribeMessage: one tap is one credit for each accepted template, at most three a call."""
    if not isinstance(template_ids, list) or not 1 <= len(template_ids) <= MAX_TEMPLATES_A_CALL:
        raise BadRequest("requestSubscribeMessage takes 1 to 3 template ids")
    result = {}
    for template_id in template_ids:
        template = world.templates.get(str(template_id))
        known = (template and template.kind == "subscribe") or str(template_id).startswith("sandbox-")
        if not known:
            raise BadRequest(f"20001: no template {template_id}")
        result[template_id] = "accept" if accept else "reject"
        if accept:
            person.credits[template_id] = person.credits.get(template_id, 0) + 1
    world.people.save(person)
    return result


def title_of(world: World, template_id: str) -> str:
    """What the sheet of requestSubscribeMessage calls a template."""
    template = world.templates.get(template_id)
    name = template_id.removeprefix(OPEN_TEMPLATE_PREFIX)
    return template.title if template else OPEN_TITLES.get(name, (name, []))[0]


def write(world: World, person: Person, account: str, text: str) -> None:
    """Send a text message to the official account or the mini-program's customer service."""
    if account not in ("oa", "service") or not 1 <= len(text) <= 600:
        raise BadRequest("account must be oa or service, text 1 to 600 characters")
    name = "oa" if account == "oa" else "mini"
    if name == "oa" and not person.follows:
        raise BadRequest("先关注公众号才能发消息")
    messages.deliver(world, person, account, "text", "", text=text, mine=True)
    messages.open_window(world, person, name, "message")
    number = secrets.randbelow(9 * 10**17) + 10**17
    push(world, name, person, "", {"Content": text, "MsgId": number}, kind="text")


def mini_link(world: World, person: Person, page: str) -> str:
    """The address that stands for opening a page of the mini-program, in this person's hands."""
    base = world.config.mini_url
    joint = "&" if "?" in page else "?"
    return f"{base.rstrip('/')}/{page}{joint}sandbox_person={person.id}"
