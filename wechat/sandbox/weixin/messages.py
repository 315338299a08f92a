"""Subscribe messages, template messages and customer-service messages to the phones."""

import re
import secrets
import time
from typing import Any

from .. import catalogue
from ..delivery import push
from ..records import Message, Person, SentTemplate, Template
from ..world import World, unique_id
from . import fields, protocol
from .protocol import Call, WeixinError

_PAGE = re.compile(r"[A-Za-z0-9_\-][A-Za-z0-9_\-/.]*(\?[^\s]*)?")
CLIENT_MSG_ID_SECONDS = 600
# What opens the window for customer-service messages: (messages, seconds).
WINDOWS = {"message": (5, 48 * 3600), "follow": (3, 60), "scan": (3, 60), "menu": (3, 60), "enter": (2, 60)}


def deliver(world: World, person: Person, account: str, kind: str, title: str, **more: Any) -> Message:
    """Put a message on a phone."""
    return world.messages.save(Message(unique_id(), person.id, account, kind, title, time.time(), **more))


def open_window(world: World, person: Person, account: str, cause: str) -> None:
    count, seconds = WINDOWS[cause]
    until = world.clock.now() + seconds
    kept = [w for w in person.windows.get(account, []) if w[0] > 0 and w[1] > world.clock.now()]
    person.windows[account] = [*kept, [count, until]]
    world.people.save(person)


def subscribe_send(call: Call) -> dict[str, Any]:
    world, body = call.world, call.body
    person = _recipient(call)
    template = _template(world, body, "subscribe")
    page = body.get("page", "")
    if page and not valid_page(world, page):
        raise WeixinError(41030)
    if body.get("miniprogram_state", "formal") not in ("formal", "trial", "developer"):
        raise WeixinError(40097)
    pairs = fields.check(template, body.get("data"))
    if person.credits.get(template.template_id, 0) < 1:
        raise WeixinError(43101)
    person.credits[template.template_id] -= 1
    world.people.save(person)
    deliver(
        world, person, "service", "subscribe", template.title, fields=pairs, mini_path=page,
        template_id=template.template_id,
    )  # fmt: skip
    return protocol.ok(msgid=secrets.randbelow(10**17))


def template_send(call: Call) -> dict[str, Any]:
    world, body = call.world, call.body
    person = _recipient(call)
    template = _template(world, body, "template")
    mini = body.get("miniprogram") or {}
    mini_path = _linked_page(world, mini) if mini else ""
    pairs = fields.check(template, body.get("data"))
    repeated = _repeated(world, person, body.get("client_msg_id"))
    if repeated:
        return protocol.ok(msgid=repeated)
    if not person.follows:
        raise WeixinError(43004)
    msgid = 10**17 + secrets.randbelow(10**17)
    if body.get("client_msg_id"):
        key = f"{person.id} {body['client_msg_id']}"
        world.sent_templates.save(SentTemplate(key, msgid, world.clock.now()))
    status = _fate(world, person)
    if status == "success":
        deliver(
            world, person, "oa", "template", template.title, fields=pairs, link=str(body.get("url") or ""),
            mini_path=mini_path, template_id=template.template_id,
        )  # fmt: skip
    push(world, "oa", person, "TEMPLATESENDJOBFINISH", {"MsgID": msgid, "Status": status})
    return protocol.ok(msgid=msgid)


def custom_send(call: Call) -> dict[str, Any]:
    world, body = call.world, call.body
    person = _recipient(call)
    kind = body.get("msgtype")
    content = body.get(kind) if isinstance(kind, str) else None
    if kind not in ("text", "image", "link", "miniprogrampage", "msgmenu", "news") or not isinstance(content, dict):
        raise WeixinError(40008, "invalid message type")
    if call.account == "oa" and not person.follows:
        raise WeixinError(45015)
    _use_window(world, person, call.account)
    text = str(content.get("content") or content.get("head_content") or content.get("description") or "")
    deliver(
        world, person, "oa" if call.account == "oa" else "service", f"custom_{kind}", str(content.get("title", "")),
        text=text, mini_path=str(content.get("pagepath", "")), link=str(content.get("url", "")),
    )  # fmt: skip
    return protocol.ok()


def valid_page(world: World, page: Any) -> bool:
    """A page path has no leading slash and, where the pages are known, is one of them."""
    if not isinstance(page, str) or not _PAGE.fullmatch(page) or len(page) > 1024:
        return False
    return not world.config.mini_pages or page.partition("?")[0] in world.config.mini_pages


def _recipient(call: Call) -> Person:
    person = call.world.person_by_openid(call.body.get("touser"), call.account)
    if person is None:
        raise WeixinError(40003)
    return person


def _template(world: World, body: dict[str, Any], kind: str) -> Template:
    template_id, data = body.get("template_id"), body.get("data")
    template = world.templates.get(template_id) if isinstance(template_id, str) else None
    if template is None and isinstance(template_id, str) and template_id.startswith(catalogue.OPEN_TEMPLATE_PREFIX):
        if not isinstance(data, dict) or not data or not all(fields.known_key(key) for key in data):
            raise WeixinError(47003, "argument invalid! data keys do not name keyword types")
        name = template_id.removeprefix(catalogue.OPEN_TEMPLATE_PREFIX)
        keys = sorted(data, key=fields.number_of)  # JSON says nothing about their order
        title, labels = catalogue.OPEN_TITLES.get(name, (name, keys))
        pairs = [list(pair) for pair in zip(keys, labels if len(labels) == len(keys) else keys, strict=True)]
        template = world.templates.save(Template(template_id, kind, title, pairs))
    if template is None or template.kind != kind:
        raise WeixinError(40037)
    return template


def _linked_page(world: World, mini: Any) -> str:
    if not isinstance(mini, dict) or world.account_of(mini.get("appid")) != "mini":
        raise WeixinError(40013)
    page = mini.get("pagepath", "")
    if page and not valid_page(world, page):
        raise WeixinError(40165)
    return page or "index"


def _repeated(world: World, person: Person, client_msg_id: Any) -> int:
    if not client_msg_id:
        return 0
    sent = world.sent_templates.get(f"{person.id} {client_msg_id}")
    return sent.msgid if sent and world.clock.now() - sent.sent_now < CLIENT_MSG_ID_SECONDS else 0


def _fate(world: World, person: Person) -> str:
    struck = [fault.kind for fault in world.faults.take(person.oa_openid, ("user_block", "system_failed"))]
    if person.blocks or "user_block" in struck:
        return "failed:user block"
    return "failed: system failed" if struck else "success"


def _use_window(world: World, person: Person, account: str) -> None:
    windows = [w for w in person.windows.get(account, []) if w[1] > world.clock.now()]
    if not windows:
        raise WeixinError(45015)
    usable = next((w for w in windows if w[0] > 0), None)
    if usable is None:
        raise WeixinError(45047)
    usable[0] -= 1
    person.windows[account] = windows
    world.people.save(person)
