"""Whatever is sent, no route breaks: a refusal is a problem document with a `code`, and never a 5xx.

Walks the URL resolver and the OpenAPI description, so that a new route or field is tried from its first day.
"""

import base64
import json
import logging
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import zip_longest
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from accounts.models import User
from core.api.errors import CONTENT_TYPE as PROBLEM
from core.api.permissions import Anyone
from merchants.models import Merchant
from shops.models import Product
from tests.architecture.test_routes import ROUTES
from tests.architecture.test_tenancy import at_api, at_desk, estate, filled, place_of

__all__ = ["estate"]

API = "api/v1/"
JSON = "application/json"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
WRITES = ("POST", "PUT", "PATCH")

# (content type, body): what isn't even JSON, or not an object.
BODIES = {
    "empty": (JSON, b""),
    "a word": (JSON, b"tea"),
    "cut off": (JSON, b'{"text": "te'),
    "null": (JSON, b"null"),
    "list": (JSON, b"[]"),
    "list of lists": (JSON, b"[[1], {}]"),
    "number": (JSON, b"1"),
    "text": (JSON, b'"text"'),
    "endless number": (JSON, b'{"quantity": ' + b"9" * 6000 + b"}"),
    "NaN": (JSON, b'{"quantity": NaN}'),
    "deep list": (JSON, b"[" * 20_000 + b"]" * 20_000),
    "deep object": (JSON, b'{"a":' * 20_000 + b"1" + b"}" * 20_000),
    "not UTF-8": (JSON, b'{"text": "\xff\xfe\xc3"}'),
    "UTF-16": (JSON, '{"text": "茶"}'.encode("utf-16")),
    "with a mark": (JSON, b"\xef\xbb\xbf{}"),
    "no such charset": ("application/json; charset=tea", b"{}"),
    "large": (JSON, b'{"text": "' + b"a" * 3_000_000 + b'"}'),
    "no type": ("", b"{}"),
    "plain text": ("text/plain", b"{}"),
    "XML": ("application/xml", b"<a/>"),
    "form": ("application/x-www-form-urlencoded", b"kind=text&text=a"),
    "form data without boundary": ("multipart/form-data", b"--x"),
    "form data cut off": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="image"'),
    "a file that is none": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a\x00b.png"\r\n\r\nno picture\r\n--x--\r\n',
    ),
}
# What a field may get that it doesn't expect.
VALUES = {
    "null": None,
    "empty": "",
    "blank": " \n\t",
    "NUL": "a\0b",
    "half a surrogate pair": "\ud83d",
    "right to left": "\u202eabc\u200b",
    "long": "长" * 20_000,
    "true": True,
    "minus one": -1,
    "zero": 0,
    "2^31": 2**31,
    "2^63": 2**63,
    "10^400": 10**400,
    "fraction": 0.1 + 0.2,
    "1e308": 1e308,
    "list": [],
    "list of nothing": [None, [], {}],
    "object": {"id": {"id": None}},
    "a formula": "=cmd|'/c calc'!A1",
    "year 0": "0000-00-00T00:00:00Z",
    "year 9999": "9999-12-31T23:59:59+00:00",
}


def cursor(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# What a page's parameters may get; and whole queries.
PARAMETERS = {
    "limit": ("%00", "-1", "0", "x", "9" * 400, "1e3", "²", "١"),
    "page": ("%00", "-1", "0", "x", "9" * 400),
    "after_seq": ("%00", "-1", "x", "9" * 400, "٣", "²", "1.5", ""),
    **dict.fromkeys(("q", "tab", "category", "shop"), ("%00", "%FF%FE", quote("长" * 3000))),
    **dict.fromkeys(("view", "next"), ("%00", "%FF%FE")),
    **dict.fromkeys(("status", "code"), ("%00",)),
}
WHOLE = (
    "q=%F0%9F%8D%B5%26%7C%21%3A%2A%28%29%27%5C",
    "q=" + quote("' \\ & | ! <-> :* ( ) %"),
    "category=1&category=2&shop=[]&shop[]=1",
    "&&&==%=%zz",
)
CURSORS = (
    *("x", "%00", "%FF", "=", quote(cursor("p=tea")), quote(cursor("p=\0"))),
    *(quote(cursor(text)) for text in ("o=-1", "o=99999999999999999999", "r=1&p=" + "9" * 400, "p=-1")),
    *(quote(cursor(text)) for text in ("p=2026-11-22", "r=x", "p=9223372036854775808", "o=1&o=2")),
)
# The first value of each parameter, the second, and so on.
TOGETHER = [
    [f"{name}={value}" for name, value in zip(PARAMETERS, values, strict=True) if value is not None]
    for values in zip_longest(*PARAMETERS.values())
]
IDS = ["%00", "a%00b", "0" * 20, "a" * 3000, "%F0%9F%8D%B5", "%FF", "..%2F..", "-1", "9" * 30, "%20"]


def api_routes() -> Iterator[tuple[str, type]]:
    for path, entry in ROUTES:
        if path.startswith(API):
            yield path, entry.callback.cls


def url_of(path: str, ids: dict[str, str]) -> str:
    """A route filled with rows that are there."""
    if place_of(path):
        return filled(path, ids)
    for kind in ("product", "shop"):
        path = re.sub(rf"<\w+:(?:{kind}_)?id>", ids[kind], path) if f"/{kind}s/" in path else path
    return "/" + re.sub(r"<\w+:purpose>", "terms", path)


class Description:
    """The OpenAPI description: what a request may hold."""

    def __init__(self):
        self.whole = SchemaGenerator().get_schema(request=None, public=True)

    def fields(self, path: str, method: str) -> dict:
        operation = (
            self.whole["paths"].get("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path), {}).get(method.lower(), {})
        )
        content = operation.get("requestBody", {}).get("content", {})
        return self.resolved(content.get(JSON, {}).get("schema", {})).get("properties", {})

    def resolved(self, schema: dict) -> dict:
        for part in schema.get("allOf", []) + schema.get("oneOf", []):
            schema = {**schema, **self.resolved(part)}
        if ref := schema.get("$ref"):
            return self.resolved(self.whole["components"]["schemas"][ref.rpartition("/")[2]])
        return schema

    def plausible(self, name: str, schema: dict, ids: dict[str, str]):
        """A value that gets past the field, so that another field's bad one is looked at."""
        schema = self.resolved(schema)
        if name.removesuffix("_id") in ids:
            return ids[name.removesuffix("_id")]
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type")
        if kind == "array":
            return [self.plausible(name, schema.get("items", {}), ids)]
        if kind == "object":
            return {key: self.plausible(key, value, ids) for key, value in schema.get("properties", {}).items()}
        given = {"date-time": "2030-01-01T00:00:00+08:00", "date": "2030-01-01"}.get(
            schema.get("format"), "13812345678"
        )
        return {"integer": 1, "number": 1, "boolean": True}.get(kind, given)


@pytest.fixture(autouse=True)
def quiet():
    """Thousands of refusals, each of which Django would tell of."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def people(estate):
    """Ids of one shop and one buyer's rows, and both people's clients."""
    ids, _ = estate
    owner = Merchant.objects.get(name="山南茶器").memberships.get(role="owner").user
    product = Product.objects.get(public_id=ids["product"])
    more = {"shop": product.shop.public_id, "sku": product.skus.first().public_id}
    buyer = User.objects.get(addresses__public_id=ids["address"])
    clients = {"buyer": at_api(buyer), "staff": at_api(owner), "desk": at_desk(owner), "nobody": Client()}
    for client in clients.values():
        client.raise_request_exception = False
    return {**ids, **more}, clients


def caller(path: str, clients: dict[str, Client]) -> Client:
    return clients["staff" if path.startswith("api/v1/shop/") else "buyer"]


def send(client: Client, method: str, url: str, body: bytes = b"{}", content_type: str = JSON):
    """One request that leaves nothing behind, neither rows nor counted tries."""
    cache.clear()
    headers = {"Idempotency-Key": "the-same-bad-key"}
    with transaction.atomic():
        response = client.generic(method, url, body, content_type=content_type, headers=headers)
        transaction.set_rollback(True)
    return response


def query(ask: Callable, url: str) -> None:
    """Call `ask` with bad queries. Parameters go together: what takes them has read each, and where a page refuses,
    it may have been the first, so each is asked alone."""
    for some in TOGETHER:
        if ask(f"{url}?{'&'.join(some)}").status_code >= 400:
            for one in some:
                ask(f"{url}?{one}")
    for whole in WHOLE:
        ask(f"{url}?{whole}")


def is_route(response) -> bool:
    """Whether the address led to a view at all."""
    return response.wsgi_request.resolver_match is not None


def complaint(response) -> str:
    """What is wrong with an answer of the API; "" for nothing."""
    away = response.status_code == 503 and response["Content-Type"].startswith(PROBLEM)
    if response.status_code >= 500 and not away:  # WeChat may be away; that is told with a code.
        return f"{response.status_code} {(response.exc_info or [''])[0]!r}"
    if response.status_code >= 400 and response.request["REQUEST_METHOD"] != "HEAD":
        if not response["Content-Type"].startswith(PROBLEM):
            return f"{response.status_code} as {response['Content-Type']}"
        if not json.loads(response.content).get("code"):
            return f"{response.status_code} without a code"
    return ""


def test_the_walk_finds_routes_and_fields():
    """Or all the silence below would prove nothing."""
    description = Description()
    assert len(list(api_routes())) > 40
    assert {"text", "city"} <= set(description.fields("api/v1/questions", "POST"))
    assert {"lines", "valid_until"} <= set(description.fields("api/v1/shop/conversations/<str:id>/quotes", "POST"))


def test_whoever_isnt_signed_in_is_told_so(people):
    ids, clients = people
    told = []
    for path, view in api_routes():
        if Anyone in view.permission_classes:
            continue
        for method in METHODS:
            if hasattr(view, method.lower()):
                response = send(clients["nobody"], method, url_of(path, ids))
                told.append((method, path, response.status_code))
    assert [row for row in told if row[2] != 401] == []


def test_bodies_that_are_no_request(people):
    ids, clients = people
    complaints = []
    for path, view in api_routes():
        for method in WRITES:
            if not hasattr(view, method.lower()):
                continue
            for name, (content_type, body) in BODIES.items():
                response = send(caller(path, clients), method, url_of(path, ids), body, content_type)
                complaints.append((method, path, name, complaint(response)))
    assert [row for row in complaints if row[-1]] == []


def test_fields_that_hold_something_else(people):
    ids, clients = people
    description = Description()
    complaints = []
    for path, view in api_routes():
        for method in WRITES:
            fields = description.fields(path, method) if hasattr(view, method.lower()) else {}
            good = {name: description.plausible(name, schema, ids) for name, schema in fields.items()}
            for field in fields:
                for name, value in VALUES.items():
                    bodies = [{**good, field: value}]
                    if isinstance(good[field], list):
                        bodies.append({**good, field: [value]})
                        bodies += [
                            {**good, field: [{**item, key: value}]}
                            for item in good[field]
                            if isinstance(item, dict)
                            for key in item
                        ]
                    for body in bodies:
                        response = send(caller(path, clients), method, url_of(path, ids), json.dumps(body).encode())
                        complaints.append((method, path, field, name, complaint(response)))
    assert len(complaints) > 500
    assert [row for row in complaints if row[-1]] == []


def test_queries_and_ids_that_are_none(people):
    ids, clients = people
    complaints = []

    def ask(client, url, method="GET"):
        response = send(client, method, url)
        complaints.append((method, url[:200], complaint(response)))
        return response

    for path, view in api_routes():
        client, url = caller(path, clients), url_of(path, ids)
        if hasattr(view, "get"):
            query(partial(ask, client), url)
            for bad in CURSORS:
                ask(client, f"{url}?cursor={bad}")
        for bad in IDS if "<" in path else ():
            # The type of the id decides what gets through; the words of the route stay.
            guessed = "/" + re.sub(r"<[^>]+>", bad, path)
            if is_route(ask(client, guessed)):
                for method in METHODS[1:]:
                    ask(client, guessed, method)
    assert [row for row in complaints if row[-1]] == []


class Dashboard:
    """The dashboard's pages; `broken` is every request that one of them could not answer."""

    def __init__(self, ids: dict[str, str]):
        paths = [path for path, _ in ROUTES if path.startswith("m/") and not path.startswith("m/^")]
        self.guessed = ["/" + re.sub(r"<[^>]+>", bad, path) for path in paths if "<" in path for bad in IDS]
        self.urls = [
            "/" + path if place_of(path) is None else filled(path, ids) for path in paths if "logout" not in path
        ]
        self.names: set[str] = set()
        self.broken: list[tuple] = []

    def look(self, client, method, url, *content):
        response = send(client, method, url, *content)
        if response.status_code >= 500:
            self.broken.append(
                (method, url[:90], *(str(c)[:90] for c in content), response.exc_info and response.exc_info[0])
            )
        elif method == "GET" and not response.streaming:
            self.names |= set(re.findall(r'name="([\w-]+)"', response.content.decode(errors="replace")))
        return response


def test_pages_break_for_nobody(people):
    """Bad queries and ids. How a page says no is its own test."""
    ids, clients = people
    pages = Dashboard(ids)
    for url in pages.urls:
        query(partial(pages.look, clients["desk"], "GET"), url)
    for url in pages.guessed:
        if is_route(pages.look(clients["desk"], "GET", url)):
            pages.look(clients["desk"], "POST", url)
    assert pages.broken == []


def test_forms_break_for_nobody(people):
    """Every form gets every name that any form has."""
    ids, clients = people
    pages = Dashboard(ids)
    for url in pages.urls:
        pages.look(clients["desk"], "GET", url)
    assert {"text", "q"} <= pages.names
    # The others refuse the method, whatever is sent.
    for url in [url for url in pages.urls if pages.look(clients["desk"], "POST", url).status_code != 405]:
        for value in ("", "%00", "%FF", "a%00b", "-1", "9" * 400, "长" * 3000, "%F0%9F%8D%B5", "[]"):
            body = "&".join(f"{name}={value}" for name in sorted(pages.names)).encode()
            pages.look(clients["desk"], "POST", url, body, "application/x-www-form-urlencoded")
        for content_type, body in BODIES.values():
            pages.look(clients["desk"], "POST", url, body, content_type)
    assert pages.broken == []


def test_public_pages_break_for_nobody(people):
    _, clients = people
    broken = []

    def ask(url, method="GET", *content):
        response = send(clients["nobody"], method, url, *content)
        if response.status_code >= 500:
            broken.append((method, url[:90], *content, response.status_code))
        return response

    for url in ("/", "/q/", "/robots.txt", "/sitemap.xml", "/m/login/", "/m/apply/", "/b/", "/media/", "/healthz",
                "/api/schema/"):  # fmt: skip
        query(ask, url)
    for bad in IDS:
        for url in ("/media/{}", "/q/{}/", "/sitemap-{}.xml", "/b/{}", "/{}", "/api/v1/{}", "/wechat/pay/notify/{}/"):
            ask(url.format(bad))
    for kind in ("official-account", "mini-program"):
        for content_type, body in BODIES.values():
            url = f"/wechat/callback/{kind}/?signature=%FF&timestamp=%00&nonce=&echostr=1"
            ask(url, "POST", body, content_type)
    assert broken == []
