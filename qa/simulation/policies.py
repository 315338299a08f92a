"""Whom to ask: ours, and three that one could have thought of. All keep the same hard filters."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from .. import matching

EVERYBODY = 100_000
HALF_AN_HOUR = 1800
# No place is kept for newcomers, and each wave asks as many as the schedule says.
PLAIN = {"QA_NEWCOMER_INVITATIONS": 0, "QA_ENOUGH": 0}
# Whom a made-up policy asks; each simulation seeds it.
draw = random.Random()  # noqa: S311


@dataclass(frozen=True)
class Policy:
    """A name, and the settings that make it.

    Attributes:
        learns: it does otherwise once it knows the shops; one that never will is not led through the warm-up.
    """

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    learns: bool = False


def by_relevance(requests: Sequence[matching.Request], *, at: datetime) -> list[list[matching.Match]]:
    """The nearest goods, whoever sells them and however they answer."""
    return _scored_anew(requests, at, lambda match: (match.features["relevance"], draw.random()))


def at_random(requests: Sequence[matching.Request], *, at: datetime) -> list[list[matching.Match]]:
    """Any shops that have something fitting."""
    return _scored_anew(requests, at, lambda _match: (draw.random(), 0.0))


def _scored_anew(
    requests: Sequence[matching.Request], at: datetime, worth: Callable[[matching.Match], tuple[float, float]]
) -> list[list[matching.Match]]:
    """The shops that may be asked in the order of `worth`, whose second part decides among equals: the order in which
    they come is ours, and must not help a baseline."""
    found = matching.match_many([replace(request, limit=EVERYBODY) for request in requests], at=at)
    return [
        _first([(worth(match), match) for match in matches if not match.reason], request.limit)
        for request, matches in zip(requests, found, strict=True)
    ]


def _first(judged: list[tuple[tuple[float, float], matching.Match]], limit: int) -> list[matching.Match]:
    """The best `limit`, with scores that keep their order where a batch is assigned together."""
    judged.sort(key=lambda one: one[0], reverse=True)
    return [replace(match, score=1 / place) for place, (_worth, match) in enumerate(judged[:limit], 1)]


def _here(name: str) -> str:
    return f"{__name__}.{name}"


OURS = Policy("ours", learns=True)
POLICIES = {
    policy.name: policy
    for policy in (
        OURS,
        Policy("relevance", {"QA_MATCHER": _here("by_relevance"), **PLAIN}),
        Policy("random", {"QA_MATCHER": _here("at_random"), **PLAIN}),
        # Everybody who sells this kind, not only those with the nearest goods.
        Policy(
            "broadcast",
            {
                "QA_MATCHER": _here("by_relevance"),
                "QA_POOL": EVERYBODY,
                "QA_WAVES": [(EVERYBODY, HALF_AN_HOUR)],
                **PLAIN,
            },
        ),
    )
}
