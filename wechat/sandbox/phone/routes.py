"""Addresses of the phone: its pages, and the JSON that pages and tests act through."""

import asyncio
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..control import BadRequest, api, templates
from ..records import Applyment, Person
from ..weixin import codes, login
from ..world import World
from . import people, wallet

LONGEST_WAIT_SECONDS = 20


def acting(handler: Any) -> Any:
    """Wrap a handler of (world, person, body) as a JSON address below /phone/api/people/<person>/."""

    async def run(request: Request, world: World, body: dict[str, Any]) -> Any:
        return handler(world, people.find(world, request.path_params["person"]), body)

    return api(run)


async def page(request: Request) -> Response:
    return templates.TemplateResponse(request, "phone.html", {})


async def short_code(request: Request) -> Response:
    """What the text inside a QR picture leads to."""
    world: World = request.app.state.world
    code = world.qrcodes.find(short=request.path_params["short"])
    return RedirectResponse(f"/phone/scan?ticket={code.ticket}" if code else "/phone/")


async def list_people(request: Request, world: World, body: dict) -> dict[str, Any]:
    return {"people": [people.facts(world, person) for person in world.people]}


async def create_person(request: Request, world: World, body: dict) -> dict[str, Any]:
    person = people.create(world, str(body.get("nickname", "")), follows=body.get("follows") is True)
    return people.facts(world, person)


def show_person(world: World, person: Person, body: dict) -> dict[str, Any]:
    return people.facts(world, person)


def login_code(world: World, person: Person, body: dict) -> dict[str, Any]:
    return {"code": login.issue_code(world, person, "login").code}


def phone_code(world: World, person: Person, body: dict) -> dict[str, Any]:
    return {"code": login.issue_code(world, person, "phone").code}


def subscribe(world: World, person: Person, body: dict) -> dict[str, Any]:
    return people.subscribe(world, person, body.get("template_ids"), accept=body.get("accept") is not False)


def follow(world: World, person: Person, body: dict) -> dict[str, Any]:
    people.follow(world, person)
    return people.facts(world, person)


def unfollow(world: World, person: Person, body: dict) -> dict[str, Any]:
    people.unfollow(world, person)
    return people.facts(world, person)


def block(world: World, person: Person, body: dict) -> dict[str, Any]:
    people.block(world, person, body.get("blocks") is not False)
    return people.facts(world, person)


def scan(world: World, person: Person, body: dict) -> dict[str, Any]:
    reference = body.get("ticket") or body.get("scene") or body.get("text")
    if not isinstance(reference, str):
        raise BadRequest("ticket, scene or text is required")
    return people.scan(world, person, people.find_code(world, reference), follows=body.get("follow") is not False)


def write(world: World, person: Person, body: dict) -> dict[str, Any]:
    people.write(world, person, str(body.get("account", "oa")), str(body.get("text", "")))
    return {"status": "ok"}


def pay_as(world: World, person: Person, body: dict) -> dict[str, Any]:
    return wallet.pay(world, body, person)


def receive(world: World, person: Person, body: dict) -> dict[str, Any]:
    return wallet.receive(world, str(body.get("transaction_id", "")), person)


def purchases(world: World, person: Person, body: dict) -> dict[str, Any]:
    return {"orders": wallet.purchases(world, person)}


def accept_transfer(world: World, person: Person, body: dict) -> dict[str, Any]:
    return wallet.accept_transfer(world, str(body.get("package_info", "")))


async def messages(request: Request, world: World, body: dict) -> dict[str, Any]:
    """The person's messages, oldest first; with `after` (a count) and `wait` seconds it waits for more."""
    person = people.find(world, request.path_params["person"])
    after = int(request.query_params.get("after", 0))
    wait = min(float(request.query_params.get("wait", 0)), LONGEST_WAIT_SECONDS)
    rows = world.messages.where(person_id=person.id)
    while len(rows) <= after and wait > 0:
        await asyncio.sleep(0.2)
        wait -= 0.2
        rows = world.messages.where(person_id=person.id)
    return {"messages": [_message(world, person, row) for row in rows[after:]], "count": len(rows)}


def _message(world: World, person: Person, row: Any) -> dict[str, Any]:
    link = people.mini_link(world, person, row.mini_path) if row.mini_path else row.link
    return {**asdict(row), "open": link}


async def sheet(request: Request, world: World, body: dict) -> dict[str, Any]:
    return wallet.sheet(world, request.query_params.get("prepay_id", ""))


async def pay(request: Request, world: World, body: dict) -> dict[str, Any]:
    return wallet.pay(world, body)


async def any_login_code(request: Request, world: World, body: dict) -> dict[str, Any]:
    reference = body.get("person") or body.get("openid")
    if not isinstance(reference, str):
        raise BadRequest("person (id, openid or nickname) is required")
    return login_code(world, people.find(world, reference), {})


async def any_receive(request: Request, world: World, body: dict) -> dict[str, Any]:
    return wallet.receive(world, str(body.get("transaction_id", "")))


async def recent_codes(request: Request, world: World, body: dict) -> dict[str, Any]:
    now = world.clock.now()
    live = [code for code in world.qrcodes if not code.expires_now or code.expires_now > now]
    newest = sorted(live, key=lambda code: code.created, reverse=True)[:12]
    return {"codes": [{**asdict(code), "address": codes.address(world, code)} for code in newest]}


async def template_titles(request: Request, world: World, body: dict) -> dict[str, Any]:
    ids = request.query_params.getlist("id")
    return {"templates": [{"id": found, "title": people.title_of(world, found)} for found in ids]}


async def sign(request: Request) -> Response:
    """签约: the merchant's administrator signs the contract of an application."""
    world: World = request.app.state.world
    item: Applyment | None = world.applyments.get(request.path_params["applyment_id"])
    if item and request.method == "POST":
        item.signed = True
        world.applyments.save(item)
    return templates.TemplateResponse(request, "sign.html", {"item": item}, status_code=200 if item else 404)


PERSON = "/phone/api/people/{person}"
ROUTES = [
    Route("/phone/", page),
    Route("/phone/scan", page),
    Route("/phone/pay", page),
    Route("/phone/subscribe", page),
    Route("/phone/sign/{applyment_id}", sign, methods=["GET", "POST"]),
    Route("/q/{short}", short_code),
    Route("/phone/api/people", api(list_people), methods=["GET"]),
    Route("/phone/api/people", api(create_person), methods=["POST"]),
    Route("/phone/api/login-code", api(any_login_code), methods=["POST"]),
    Route("/phone/api/pay", api(sheet), methods=["GET"]),
    Route("/phone/api/pay", api(pay), methods=["POST"]),
    Route("/phone/api/receive", api(any_receive), methods=["POST"]),
    Route("/phone/api/codes", api(recent_codes), methods=["GET"]),
    Route("/phone/api/templates", api(template_titles), methods=["GET"]),
    Route(PERSON, acting(show_person), methods=["GET"]),
    Route(f"{PERSON}/messages", api(messages), methods=["GET"]),
    Route(f"{PERSON}/messages", acting(write), methods=["POST"]),
    Route(f"{PERSON}/orders", acting(purchases), methods=["GET"]),
    Route(f"{PERSON}/login-code", acting(login_code), methods=["POST"]),
    Route(f"{PERSON}/phone-code", acting(phone_code), methods=["POST"]),
    Route(f"{PERSON}/subscribe", acting(subscribe), methods=["POST"]),
    Route(f"{PERSON}/follow", acting(follow), methods=["POST"]),
    Route(f"{PERSON}/unfollow", acting(unfollow), methods=["POST"]),
    Route(f"{PERSON}/block", acting(block), methods=["POST"]),
    Route(f"{PERSON}/scan", acting(scan), methods=["POST"]),
    Route(f"{PERSON}/pay", acting(pay_as), methods=["POST"]),
    Route(f"{PERSON}/receive", acting(receive), methods=["POST"]),
    Route(f"{PERSON}/accept-transfer", acting(accept_transfer), methods=["POST"]),
]
