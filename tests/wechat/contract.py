"""WeChat Pay's calls as others describe them, to hold both ends against: TheNorthMemory/wechatpay-openapi (MIT).

Swagger 2.0 spread over files. References come as FILE.yaml#Name and FILE.yaml#/Name, with keys beside them
that win over the target's. It knows nothing of lengths, errors and time; some of its `required` lists and
enums are wrong against WeChat's own pages, and REPAIRS says which we override.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft4Validator

HOME = Path(os.environ.get("WECHATPAY_OPENAPI", Path(__file__).resolve().parents[3] / "shared" / "wechatpay-openapi"))
DOCS = HOME / "docs"

# operation, "request" or a status -> (required there and not at WeChat's, required at WeChat's and not there)
REPAIRS = {
    ("POST /v3/ecommerce/refunds/apply", "request"): (
        {"combine_transaction_id", "funds_account", "transaction_id"},
        {"sub_mchid"},
    ),
    ("POST /v3/combine-transactions/jsapi", "request"): ({"notify_url"}, set()),
    ("POST /v3/ecommerce/profitsharing/receivers/add", "request"): ({"appid"}, set()),
    ("GET /v3/pay/partner/transactions/out-trade-no/{out_trade_no}", "200"): (
        {"amount", "description", "notify_url"},
        {"trade_state", "trade_state_desc"},
    ),
    ("GET /v3/pay/partner/transactions/id/{transaction_id}", "200"): (
        {"amount", "description", "notify_url"},
        {"trade_state", "trade_state_desc"},
    ),
    ("GET /v3/combine-transactions/out-trade-no/{combine_out_trade_no}", "200"): ({"combine_transaction_id"}, set()),
    ("GET /v3/ecommerce/profitsharing/orders", "200"): (set(), {"status", "receivers"}),
    ("POST /v3/ecommerce/profitsharing/returnorders", "200"): (set(), {"transaction_id"}),
}
RELATIONS = ["SERVICE_PROVIDER", "DISTRIBUTOR", "SUPPLIER", "PLATFORM", "OTHERS"]


class _Loader(yaml.SafeLoader):
    """Dates stay text, as they are in JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def absent() -> str:
    """Why the description cannot be used here, or ""."""
    return "" if (DOCS / "swagger.yaml").exists() else f"the WeChat Pay description is not at {HOME}"


@cache
def _file(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506  a SafeLoader


@cache
def operation(key: str) -> dict[str, Any]:
    """The operation of "METHOD /path", its references resolved.

    Raises:
        KeyError: not described.
    """
    method, path = key.split()
    paths = _file(DOCS / "swagger.yaml")["paths"]
    entry = paths.get(path) or paths[path + "{empty}"]
    file = (DOCS / entry["$ref"]).resolve()
    return _resolve(_file(file)[method.lower()], file, ())


def _resolve(node: Any, base: Path, seen: tuple) -> Any:
    if isinstance(node, list):
        return [_resolve(item, base, seen) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return {name: _resolve(value, base, seen) for name, value in node.items()}
    if (reference, base) in seen:
        return {}
    name, _, fragment = reference.partition("#")
    path = (base.parent / name).resolve() if name else base
    target = _file(path)
    for part in filter(None, fragment.split("/")):
        target = target[part.replace("~1", "/").replace("~0", "~")]
    found = _resolve(target, path, (*seen, (reference, base)))
    beside = {name: _resolve(value, base, seen) for name, value in node.items() if name != "$ref"}
    return {**found, **beside} if isinstance(found, dict) else found


def described(key: str, where: str) -> dict[str, Any] | None:
    """The schema as it is written; see `schema`."""
    found = operation(key)
    if where == "request":
        return next((p["schema"] for p in found.get("parameters") or [] if p.get("in") == "body"), None)
    return ({str(status): answer for status, answer in found["responses"].items()}.get(where) or {}).get("schema")


def schema(key: str, where: str) -> dict[str, Any] | None:
    """The JSON schema of an operation's "request" or of its answer with a status, repaired; None where there is no body."""
    found = described(key, where)
    if found is None:
        return None
    dropped, added = REPAIRS.get((key, where), (set(), set()))
    found = _without_required(_repair(found), dropped)
    return {"allOf": [found, {"type": "object", "required": sorted(added)}]} if added else found


def _repair(node: Any, name: str = "") -> Any:
    if isinstance(node, list):
        return [_repair(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _repair(value, key) for key, value in node.items()}
    if node.get("type") == "string" and isinstance(node.get("enum"), list):
        node["enum"] = [str(value) for value in node["enum"]]  # 2401 is listed, "2401" is sent
        if "example" in node:
            node["example"] = str(node["example"])
    if name == "relation_type" and "PERSONAL_OPENID" in node.get("enum", ()):
        node["enum"] = RELATIONS
    return node


def _without_required(node: dict[str, Any], dropped: set[str]) -> dict[str, Any]:
    node = dict(node)
    if "allOf" in node:
        node["allOf"] = [_without_required(part, dropped) for part in node["allOf"]]
    if left := [name for name in node.pop("required", []) if name not in dropped]:
        node["required"] = left
    return node


def errors(key: str, where: str, value: Any) -> list[str]:
    """How a body differs from its description. Fields that the description does not know count too."""
    wanted = schema(key, where)
    if wanted is None:
        return [] if value in (None, {}) else ["no body is described"]
    found = Draft4Validator(wanted).iter_errors(value)
    return [f"/{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in found] + unknown_fields(wanted, value)


def unknown_fields(wanted: dict[str, Any], value: Any, at: str = "") -> list[str]:
    if isinstance(value, list):
        items = wanted.get("items") or {}
        return [text for item in value for text in unknown_fields(items, item, f"{at}[]")]
    if not isinstance(value, dict):
        return []
    known = properties(wanted)
    if not known:
        return []
    out = [f"{at}/{name}: not described" for name in value if name not in known]
    for name in value.keys() & known.keys():
        out += unknown_fields(known[name], value[name], f"{at}/{name}")
    return out


def properties(wanted: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for part in wanted.get("allOf") or []:
        known |= properties(part)
    return known | (wanted.get("properties") or {})


def query_parameters(key: str) -> set[str]:
    """Names that an operation wants in its query."""
    parameters = operation(key).get("parameters") or []
    return {p["name"] for p in parameters if p.get("in") == "query" and p.get("required") is True}


def sample(wanted: dict[str, Any] | None) -> Any:
    """A body made of the description's own examples."""
    if wanted is None:
        return {}
    if known := properties(wanted):
        return {name: sample(value) for name, value in known.items()}
    if wanted.get("type") == "array":
        example = wanted.get("example")
        return example if isinstance(example, list) else [sample(wanted.get("items") or {})]
    if "example" in wanted:
        return wanted["example"]
    if wanted.get("enum"):
        return wanted["enum"][0]
    return {"integer": 1, "number": 1, "boolean": True, "object": {}}.get(wanted.get("type", ""), "x")
