"""Whom to ask: ours, and three that one could have thought of. All keep the same hard filters."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .. import matching

EVERYBODY = 100_000
HALF_AN_HOUR = 1800
_draw = random.Random(1)  # noqa: S311 - whom a made-up policy asks


@dataclass(frozen=True)
class Policy:
    """A name, and the settings that make it."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)


def by_relevance(need, *, limit: int, **given) -> list[matching.Match]:
    """The nearest goods, whoever sells them and however they answer."""
    return _first(_askable(need, **given), lambda match: -match.features["relevance"], limit)


def at_random(need, *, limit: int, **given) -> list[matching.Match]:
    """Any shops that have something fitting."""
    return _first(_askable(need, **given), lambda _match: _draw.random(), limit)


def _askable(need, **given) -> list[matching.Match]:
    return [match for match in matching.match(need, limit=EVERYBODY, **given) if not match.reason]


def _first(matches: list[matching.Match], key: Callable, limit: int) -> list[matching.Match]:
    return sorted(matches, key=key)[:limit]


def _here(name: str) -> str:
    return f"{__name__}.{name}"


OURS = Policy("ours")
POLICIES = {
    policy.name: policy
    for policy in (
        OURS,
        Policy("relevance", {"QA_MATCHER": _here("by_relevance")}),
        Policy("random", {"QA_MATCHER": _here("at_random")}),
        Policy("broadcast", {"QA_MATCHER": _here("by_relevance"), "QA_WAVES": [(EVERYBODY, HALF_AN_HOUR)]}),
    )
}
