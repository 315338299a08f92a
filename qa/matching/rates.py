"""What share of invitations comes to something: counts that fade, smoothed towards what is known of more.

A shop that answered 2 of 2 is not surer than one that answered 90 of 100. Each rate is therefore pulled towards the
next wider one (empirical Bayes): this shop in this category → this shop → this category → all, by as many
invitations' weight as the wider rate is worth.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np

# What happened this long ago counts half.
RECORD_HALF_LIFE = timedelta(days=45)
# Half of the invitations of an afternoon are forgotten by night.
RECENT_HALF_LIFE = timedelta(hours=6)

Numbers = TypeVar("Numbers", float, "np.ndarray")


def fade(value: float, since: datetime | None, now: datetime, half_life: timedelta) -> float:
    """What is left of `value`, true at `since`, by `now`."""
    if not since or now <= since:
        return value
    return value * 0.5 ** ((now - since) / half_life)


def smoothed(successes: Numbers, trials: Numbers, prior: Numbers, weight: float) -> Numbers:
    """The share of `trials` that succeeded, where `prior` counts like `weight` trials more."""
    return (successes + prior * weight) / (trials + weight)


def backed_off(counts: Sequence[tuple[Numbers, Numbers]], prior: Numbers, weights: Sequence[float]) -> Numbers:
    """The rate of the narrowest of `counts`, each smoothed towards the one before.

    Args:
        counts: (successes, trials) from the widest to the narrowest.
        prior: what is believed before anything has happened.
        weights: how many trials the wider rate is worth, one for each of `counts`.
    """
    rate = prior
    for (successes, trials), weight in zip(counts, weights, strict=True):
        rate = smoothed(successes, trials, rate, weight)
    return rate
