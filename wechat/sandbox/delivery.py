"""Pushes and notices on their way to the platform: when they are due, how they are tried again.

What leaves is made by `request_for`; who carries it is the courier (courier.py) or, where no callback
address is set, whoever fetches it over the control API.
"""

import secrets
import time
import uuid
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from . import envelope
from .faults import NOTICE_KINDS, Fault
from .records import Delivery, Person
from .world import World, timestamp

# Seconds between attempts: WeChat Pay's notices, its transfer notices, and message pushes.
MINUTE, HOUR = 60, 3600
NOTICE_SCHEDULE = [15, 15, 30, 3 * MINUTE, 10 * MINUTE, 20 * MINUTE, *[30 * MINUTE] * 3, HOUR, *[3 * HOUR] * 3, *[6 * HOUR] * 2]  # fmt: skip
TRANSFER_SCHEDULE = [0, *[15] * 10, *[300] * 10, *[1800] * 44]
PUSH_SCHEDULE = [5, 5, 5]
REPLY_SECONDS = 5.0
# Which bad copy precedes the good one: trick -> the fault that orders it.
PRELUDES = ("notice_forged", "notice_tampered", "notice_stale", "notice_signtest")


@dataclass
class Outgoing:
    """One HTTP request to the platform."""

    delivery_id: str
    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    trick: str = ""


def push(
    world: World, account: str, person: Person, event: str, fields: dict[str, Any], *, kind: str = "event",
    delay: float = 0,
) -> Delivery:  # fmt: skip
    """Send a message push: an event, or with `kind="text"` what a person wrote."""
    openid = person.oa_openid if account == "oa" else person.mini_openid
    content: dict[str, Any] = {
        "ToUserName": world.account(account).original_id,
        "FromUserName": openid,
        "CreateTime": int(time.time()),
        "MsgType": kind,
    }
    if kind == "event":
        content["Event"] = event
    path = world.config.oa_callback_path if account == "oa" else world.config.mini_callback_path
    message: dict[str, Any] = {"account": account, "content": content | fields}
    return _dispatch(world, Delivery(
        uuid.uuid4().hex, "push", event, path, message, PUSH_SCHEDULE, world.clock.work() + delay, time.time(),
        person_id=person.id,
    ))  # fmt: skip


def notify(world: World, url: str, event: str, original_type: str, summary: str, resource: dict[str, Any]) -> Delivery:
    """Send a WeChat Pay notice to the `notify_url` of the call that it belongs to."""
    message: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "create_time": timestamp(),
        "event_type": event,
        "original_type": original_type,
        "summary": summary,
        "resource": resource,
    }
    schedule = TRANSFER_SCHEDULE if original_type == "mch_payment" else NOTICE_SCHEDULE
    return _dispatch(
        world, Delivery(message["id"], "notice", event, url, message, schedule, world.clock.work(), time.time())
    )


def _dispatch(world: World, delivery: Delivery) -> Delivery:
    faults = {fault.kind: fault for fault in world.faults.take(delivery.event, tuple(NOTICE_KINDS))}
    return _strike(world, delivery, faults)


def _strike(world: World, delivery: Delivery, faults: dict[str, Fault]) -> Delivery:
    """Save the delivery as the faults ordered for it would have it."""
    delivery.trick = next((kind for kind in PRELUDES if kind in faults), "")
    if delivery.trick == "notice_stale":
        delivery.message["age"] = faults["notice_stale"].options.get("seconds", 600)
    probes = world.config.signtest_every if delivery.kind == "notice" else 0
    if probes and not delivery.trick and secrets.randbelow(probes) == 0:
        delivery.trick = "notice_signtest"
    if "notice_lost" in faults:
        delivery.state = "lost"
        delivery.outcomes.append([timestamp(), "lost by order"])
    if "notice_late" in faults:
        delivery.due_work += float(faults["notice_late"].options.get("seconds", 60))
    if "notice_reordered" in faults:
        # Held until something later has gone out; see `_release_held`.
        delivery.state = "held"
    if "notice_doubled" in faults:
        world.deliveries.save(replace(delivery, id=f"{delivery.id}-twin", outcomes=[]))
    _keep(world, delivery)
    world.wake()
    return delivery


def _keep(world: World, delivery: Delivery) -> None:
    """Leave in the table only what still has to go out, so that looking for it stays quick."""
    if delivery.state in ("waiting", "held"):
        world.deliveries.save(delivery)
    else:
        world.deliveries.delete(delivery.id)
        world.finished.append(delivery)


def due(world: World, *, everything: bool = False) -> list[Delivery]:
    """Return the waiting deliveries whose time has come, oldest first."""
    now = world.clock.work()
    ready = [d for d in world.deliveries if d.state == "waiting" and (everything or d.due_work <= now)]
    return sorted(ready, key=lambda delivery: (delivery.due_work, delivery.created))


def target(world: World, delivery: Delivery) -> str:
    """The address to send to, or "" where deliveries wait to be fetched."""
    base = world.config.callback_url.rstrip("/")
    if not base:
        return ""
    parts = urlsplit(delivery.url)
    return base + (parts.path or "/")


def request_for(world: World, delivery: Delivery) -> list[Outgoing]:
    """Make the HTTP requests of one attempt: the ordered forgery, if one is still owed, then the truth."""
    requests = []
    if delivery.trick and not delivery.probed:
        requests.append(_make(world, delivery, delivery.trick))
    requests.append(_make(world, delivery, ""))
    return requests


def _make(world: World, delivery: Delivery, trick: str) -> Outgoing:
    url = target(world, delivery) or urlsplit(delivery.url).path
    age = float(delivery.message.get("age", 0)) if trick == "notice_stale" else 0.0
    if delivery.kind == "push":
        account = delivery.message["account"]
        xml = account == "oa" or world.config.mini_push_format == "xml"
        query, body = envelope.push(
            world.account(account), delivery.message["content"], xml=xml, encrypted=world.config.push_encrypted, age=age
        )
        if trick and trick != "notice_stale":
            query = query.replace("signature=", "signature=0")
        kind = "text/xml" if xml else "application/json"
        return Outgoing(delivery.id, "POST", f"{url}?{query}", {"Content-Type": kind}, body, trick)
    body = envelope.notice(world.keys, delivery.message)
    headers = {"Content-Type": "application/json", "User-Agent": "Mozilla/4.0", **world.keys.headers(body, age=age)}
    if trick == "notice_forged":
        headers = envelope.forged(headers)
    elif trick == "notice_signtest":
        headers = envelope.forged(headers, "WECHATPAY/SIGNTEST/")
    elif trick == "notice_tampered":
        body = body.replace(b'"summary": "', b'"summary": "*', 1)
    return Outgoing(delivery.id, "POST", url, headers, body, trick)


def record(world: World, delivery: Delivery, outgoing: Outgoing, status: int, reply: bytes, trouble: str = "") -> None:
    """Take note of an answer (`status` 0: none came) and decide what follows."""
    outcome = trouble or f"HTTP {status}"
    if outgoing.trick:
        delivery.probed = True
        swallowed = 200 <= status < 300
        outcome = f"{outgoing.trick}: {outcome}, " + ("ACCEPTED A FORGERY" if swallowed else "refused, as it must be")
    _journal(world, delivery, outgoing, status, outcome)
    delivery.outcomes.append([timestamp(), outcome])
    if not outgoing.trick:
        if _accepted(delivery, status, reply):
            delivery.state = "done"
        elif delivery.attempt < len(delivery.schedule):
            delivery.due_work = world.clock.work() + _pause(world, delivery)
            delivery.attempt += 1
            delivery.state = "waiting"
        else:
            delivery.state = "given up"
        _release_held(world, delivery)
    _keep(world, delivery)


def _pause(world: World, delivery: Delivery) -> float:
    """How long to wait for the next attempt. Pushes repeat within seconds, which no clock needs to shorten."""
    seconds = delivery.schedule[delivery.attempt]
    return seconds * max(1.0, world.clock.speed) if delivery.kind == "push" else seconds


def _accepted(delivery: Delivery, status: int, reply: bytes) -> bool:
    if delivery.kind == "notice":
        return status in (200, 204)
    text = reply.strip()
    return status == 200 and (text in (b"", b"success") or text.startswith((b"<xml>", b"{")))


def _release_held(world: World, sent: Delivery) -> None:
    for held in world.deliveries.where(state="held"):
        if held.id != sent.id:
            held.state = "waiting"
            world.deliveries.save(held)


def _journal(world: World, delivery: Delivery, outgoing: Outgoing, status: int, outcome: str) -> None:
    entry = {
        "id": uuid.uuid4().hex,
        "direction": "out",
        "time": timestamp(),
        "method": outgoing.method,
        "path": urlsplit(outgoing.url).path,
        "event": delivery.event,
        "delivery": delivery.id,
        "attempt": delivery.attempt + 1,
        "status": status,
        "outcome": outcome,
        "fault": outgoing.trick,
    }
    world.journal.append(entry)
