"""Content checks. The verdict comes from a list of test words, because the real judge is not known."""

import uuid
from typing import Any
from urllib.parse import urlsplit

from .. import catalogue
from ..delivery import push
from ..records import Person
from . import protocol
from .protocol import Call, WeixinError

VISIT_SECONDS = 2 * 3600
MAX_CONTENT = 2500
PASS_LABEL = 100


def msg_sec_check(call: Call) -> dict[str, Any]:
    content = call.text("content", 47001)
    if call.body.get("version") != 2:
        # Version 1 speaks through the errcode; kept because wechatpy calls it.
        if judge(content)[0] == "risky":
            raise WeixinError(87014)
        return protocol.ok()
    if len(content) > MAX_CONTENT:
        raise WeixinError(40097, "content too long")
    _visitor(call)
    suggest, label = judge(content)
    detail = [{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}]
    return protocol.ok(result={"suggest": suggest, "label": label}, detail=detail, trace_id=_trace_id())


def media_check_async(call: Call) -> dict[str, Any]:
    url = urlsplit(call.text("media_url"))
    if url.scheme not in ("http", "https") or not url.hostname or call.body.get("media_type") not in (1, 2):
        raise WeixinError(40097)
    if call.body.get("version") != 2:
        raise WeixinError(40097, "invalid version")
    person = _visitor(call)
    trace_id = _trace_id()
    suggest = next((word for word in ("risky", "review") if word in url.path), "pass")
    label = PASS_LABEL if suggest == "pass" else 20002
    event = {
        "appid": call.world.account("mini").appid,
        "trace_id": trace_id,
        "version": 2,
        "detail": [{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}],
        "errcode": 0,
        "errmsg": "ok",
        "result": {"suggest": suggest, "label": label},
    }
    push(call.world, "mini", person, "wxa_media_check", event, delay=10)
    return protocol.ok(trace_id=trace_id)


def judge(content: str) -> tuple[str, int]:
    """Return (suggest, label); the gravest word found decides."""
    verdicts = [verdict for word, verdict in catalogue.RISKY_WORDS.items() if word in content]
    return min(verdicts, key=lambda verdict: verdict[0] != "risky", default=("pass", PASS_LABEL))


def _visitor(call: Call) -> Person:
    if call.body.get("scene") not in (1, 2, 3, 4):
        raise WeixinError(40097, "invalid scene")
    person = call.world.person_by_openid(call.body.get("openid"), "mini")
    if person is None or call.world.clock.now() - person.visited_now > VISIT_SECONDS:
        raise WeixinError(61010)
    return person


def _trace_id() -> str:
    return uuid.uuid4().hex[:32]
