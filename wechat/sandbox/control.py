"""The control page and its API: faults, clock, callbacks, the journal, and what an operator sets up."""

import base64
import json
import secrets
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from . import courier, delivery, envelope, faults, settlement
from .pay import applyments
from .records import Template
from .weixin import fields
from .world import World, digits

templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
SETTABLE = {
    "callback_url": str,
    "oa_callback_path": str,
    "mini_callback_path": str,
    "mini_url": str,
    "push_encrypted": bool,
    "mini_push_format": str,
    "trade_managed": bool,
    "max_split_permyriad": int,
    "fee_permyriad": int,
    "signtest_every": int,
    "mini_pages": list,
    "daily_limits": dict,
}


class BadRequest(Exception):
    """What the caller of the control or phone API got wrong."""


def api(handler: Any) -> Any:
    """Wrap a handler that takes (request, world, body) and returns JSON; BadRequest becomes a 400."""

    async def view(request: Request) -> Response:
        raw = await request.body()
        try:
            body = json.loads(raw) if raw.strip() else {}
            if not isinstance(body, dict):
                raise BadRequest("the body must be a JSON object")
            settlement.tick(request.app.state.world)
            result = await handler(request, request.app.state.world, body)
        except (BadRequest, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse(result)

    return view


async def page(request: Request) -> Response:
    kinds = {
        "平台来的请求": faults.REQUEST_KINDS,
        "发给平台的通知": faults.NOTICE_KINDS,
        "事情的结局": faults.FATE_KINDS,
    }
    context = {"kinds": kinds}
    return templates.TemplateResponse(request, "control.html", context)


async def state(request: Request, world: World, body: dict) -> dict[str, Any]:
    config = {name: getattr(world.config, name) for name in SETTABLE}
    counts = {
        name: len(getattr(world, name))
        for name in ("people", "messages", "qrcodes", "orders", "refunds", "splits", "sub_merchants", "deliveries")
    }
    clock = {"speed": world.clock.speed, "work": world.clock.work(), "now": world.clock.now()}
    return {"config": config, "counts": counts, "clock": clock, "faults": world.faults.listing()}


async def configure(request: Request, world: World, body: dict) -> dict[str, Any]:
    for name, value in body.items():
        if name not in SETTABLE or type(value) is not SETTABLE[name]:
            raise BadRequest(f"{name} cannot be set to {value!r}; settable: {', '.join(SETTABLE)}")
    for name, value in body.items():
        setattr(world.config, name, value)
    world.wake()
    return await state(request, world, {})


async def add_fault(request: Request, world: World, body: dict) -> dict[str, Any]:
    return asdict(world.faults.order(body))


async def list_faults(request: Request, world: World, body: dict) -> dict[str, Any]:
    return {"faults": world.faults.listing()}


async def clear_faults(request: Request, world: World, body: dict) -> dict[str, Any]:
    fault_id = request.path_params.get("fault_id")
    if fault_id and not world.faults.cancel(fault_id):
        raise BadRequest(f"no fault {fault_id}")
    if not fault_id:
        world.faults.clear()
    return {"faults": world.faults.listing()}


async def requests(request: Request, world: World, body: dict) -> dict[str, Any]:
    wanted, limit = request.query_params.get("path"), int(request.query_params.get("limit", 200))
    direction = request.query_params.get("direction")
    rows = [
        entry
        for entry in reversed(world.journal)
        if (not wanted or wanted in entry["path"]) and (not direction or entry["direction"] == direction)
    ]
    return {"requests": rows[:limit]}


async def deliveries(request: Request, world: World, body: dict) -> dict[str, Any]:
    items = [*world.deliveries, *reversed(world.finished)]
    return {"deliveries": [_delivery(world, item) for item in items[:300]]}


def _delivery(world: World, item: Any) -> dict[str, Any]:
    names = ("id", "kind", "event", "state", "attempt", "url", "outcomes", "trick")
    due_in = round(item.due_work - world.clock.work(), 1) if item.state == "waiting" else None
    content = item.message.get("resource") or item.message.get("content")
    return {name: getattr(item, name) for name in names} | {"due_in": due_in, "content": content}


async def reset(request: Request, world: World, body: dict) -> dict[str, Any]:
    world.reset()
    return {"status": "ok"}


async def clock(request: Request, world: World, body: dict) -> dict[str, Any]:
    if "speed" in body:
        world.clock.set_speed(float(body["speed"]))
    if "advance" in body:
        world.clock.advance(float(body["advance"]))
    settlement.tick(world)
    world.wake()
    return (await state(request, world, {}))["clock"]


async def deliver(request: Request, world: World, body: dict) -> dict[str, Any]:
    """Send what is due, or with `all` everything; without a callback address hand it to the caller instead."""
    everything = body.get("all") is True
    if world.config.callback_url:
        sent = await request.app.state.courier.flush(everything=everything)
        return {"sent": [_delivery(world, item) for item in sent], "requests": []}
    settlement.tick(world)
    waiting = [out for item in delivery.due(world, everything=everything) for out in delivery.request_for(world, item)]
    return {"sent": [], "requests": [_outgoing(out) for out in waiting]}


def _outgoing(out: delivery.Outgoing) -> dict[str, Any]:
    return {**asdict(out), "body": base64.b64encode(out.body).decode()}


async def delivered(request: Request, world: World, body: dict) -> dict[str, Any]:
    """Take the answer that a fetched request got: {status, body (base64), trick}."""
    item = world.deliveries.get(request.path_params["delivery_id"])
    if item is None:
        raise BadRequest("no such delivery is waiting")
    out = delivery.Outgoing(item.id, "POST", item.url, {}, b"", str(body.get("trick", "")))
    courier.finish(world, item, out, int(body.get("status", 0)), base64.b64decode(body.get("body", "")))
    return _delivery(world, item)


async def verify_callbacks(request: Request, world: World, body: dict) -> dict[str, Any]:
    """The URL check that WeChat makes when a callback address is entered on its pages."""
    results = {}
    async with httpx.AsyncClient(timeout=delivery.REPLY_SECONDS, trust_env=False) as client:
        for name, path in (("oa", world.config.oa_callback_path), ("mini", world.config.mini_callback_path)):
            stamp, nonce, echo = str(int(time.time())), secrets.token_hex(8), digits(19)
            signature = envelope.digest(world.account(name).token, stamp, nonce)
            query = {"signature": signature, "timestamp": stamp, "nonce": nonce, "echostr": echo}
            try:
                answer = await client.get(world.config.callback_url.rstrip("/") + path, params=query)
            except httpx.HTTPError as trouble:
                results[name] = f"no answer: {type(trouble).__name__}"
                continue
            passed = answer.status_code == 200 and answer.text == echo
            results[name] = "ok" if passed else f"HTTP {answer.status_code}, not the echostr"
    return results


async def add_template(request: Request, world: World, body: dict) -> dict[str, Any]:
    """Set up a message template: {template_id, kind, title, fields: [[key, label], …]}."""
    pairs = body.get("fields")
    if body.get("kind") not in ("template", "subscribe") or not body.get("template_id") or not pairs:
        raise BadRequest("template_id, kind (template or subscribe) and fields are required")
    if not all(isinstance(pair, list) and len(pair) == 2 and fields.known_key(pair[0]) for pair in pairs):
        raise BadRequest("fields are [key, label] pairs whose key names a keyword type, as in thing1")
    template = Template(body["template_id"], body["kind"], str(body.get("title", "")), pairs)
    return asdict(world.templates.save(template))


async def list_templates(request: Request, world: World, body: dict) -> dict[str, Any]:
    return {"templates": [asdict(template) for template in world.templates]}


async def add_sub_merchant(request: Request, world: World, body: dict) -> dict[str, Any]:
    """Open a sub-merchant's account without an application."""
    mchid = str(body.get("sub_mchid") or "16" + digits(8))
    return asdict(applyments.open_account(world, mchid, str(body.get("name", "测试店铺"))))


async def orders(request: Request, world: World, body: dict) -> dict[str, Any]:
    return {"orders": [asdict(order) for order in world.orders][-300:]}


ROUTES = [
    Route("/control/", page),
    Route("/control/state", api(state), methods=["GET"]),
    Route("/control/config", api(configure), methods=["POST"]),
    Route("/control/faults", api(list_faults), methods=["GET"]),
    Route("/control/faults", api(add_fault), methods=["POST"]),
    Route("/control/faults", api(clear_faults), methods=["DELETE"]),
    Route("/control/faults/{fault_id}", api(clear_faults), methods=["DELETE"]),
    Route("/control/requests", api(requests), methods=["GET"]),
    Route("/control/deliveries", api(deliveries), methods=["GET"]),
    Route("/control/deliveries/{delivery_id}", api(delivered), methods=["POST"]),
    Route("/control/deliver", api(deliver), methods=["POST"]),
    Route("/control/reset", api(reset), methods=["POST"]),
    Route("/control/clock", api(clock), methods=["POST"]),
    Route("/control/callbacks/verify", api(verify_callbacks), methods=["POST"]),
    Route("/control/templates", api(list_templates), methods=["GET"]),
    Route("/control/templates", api(add_template), methods=["POST"]),
    Route("/control/sub-merchants", api(add_sub_merchant), methods=["POST"]),
    Route("/control/orders", api(orders), methods=["GET"]),
]
