"""What share of invitations comes to something, and how soon: counts that fade, smoothed towards what is known of more.

A shop that answered 2 of 2 is not surer than one that answered 90 of 100. Each rate is therefore pulled towards the
next wider one (empirical Bayes): this shop in this category → this shop → this category → all, by as many
invitations' weight as the wider rate is worth.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# What happened this long ago counts half.
RECORD_HALF_LIFE = timedelta(days=45)
# Yesterday's invitations still count a little when the next are shared out.
RECENT_HALF_LIFE = timedelta(hours=24)

# A float, or an array of them: the same formulas serve one shop, a batch and a year.
Numbers = Any


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


@dataclass(frozen=True, slots=True)
class Record:
    """What has come of invitations: how many counted, of these answered, of these adopted."""

    trials: Numbers = 0.0
    answers: Numbers = 0.0
    adoptions: Numbers = 0.0


# Believed before anybody has answered anything, and for how many invitations that stands.
PRIOR_ANSWERS, PRIOR_ADOPTIONS, PRIOR_WEIGHT = 0.5, 0.25, 20
# How many invitations the wider rate is worth, where a shop's own and its category's stand against it.
SHOP_WEIGHT, CATEGORY_WEIGHT = 4, 6
# Good and bad service, believed of a shop of which nothing is known.
SERVICE, SERVICE_WEIGHT = 0.8, 8
# Seconds to an answer, believed of a shop that has given none: half of Stack Overflow's first answers come within
# 11 minutes.
PRIOR_SECONDS = 600
# How far one shop's answers lie apart, and shops from each other (standard deviations of the logarithm); by these, for
# how many answers the belief stands.
SECONDS_SPREAD, SHOPS_SPREAD = 0.8, 1.0
SECONDS_WEIGHT = (SECONDS_SPREAD / SHOPS_SPREAD) ** 2


def answer_rate(whole: Record, category: Record, shop: Record, together: Record) -> Numbers:
    """The chance that a shop answers in a category: all → the category → the shop → the shop in the category.

    Args:
        whole: of all shops; category: of all shops in it; shop: of this shop; together: of this shop in it.
    """
    chain = ((whole, PRIOR_WEIGHT), (category, PRIOR_WEIGHT), (shop, SHOP_WEIGHT), (together, CATEGORY_WEIGHT))
    return backed_off([(r.answers, r.trials) for r, _ in chain], PRIOR_ANSWERS, [weight for _, weight in chain])


def adoption_rate(whole: Record, category: Record, shop: Record, together: Record) -> Numbers:
    """The same for the chance that an answer is adopted."""
    chain = ((whole, PRIOR_WEIGHT), (category, PRIOR_WEIGHT), (shop, SHOP_WEIGHT), (together, CATEGORY_WEIGHT))
    # What was prepared is adopted without having been answered by a person.
    counts = [(r.adoptions, max(r.answers, r.adoptions)) for r, _ in chain]
    return backed_off(counts, PRIOR_ADOPTIONS, [weight for _, weight in chain])


def service_rate(praise: float, blame: float) -> float:
    """The share of what was said of a shop's service that was good."""
    return smoothed(praise, praise + blame, SERVICE, SERVICE_WEIGHT)


def usual_seconds(seen: float, answers: float) -> float:
    """How long the shop takes to answer, in seconds.

    Args:
        seen: the geometric mean of its answers, 0 where there are none; answers: on how many that rests.
    """
    if not seen or answers <= 0:
        return PRIOR_SECONDS
    logs = (answers * math.log(seen) + SECONDS_WEIGHT * math.log(PRIOR_SECONDS)) / (answers + SECONDS_WEIGHT)
    return math.exp(logs)


def in_time(usual: float, answers: float, within: float) -> float:
    """The chance that an answer that comes at all comes `within` so many seconds: times to an answer are log-normal.

    Args:
        usual: see usual_seconds; answers: on how many that rests. The fewer, the less is sure (the predictive
            distribution of a normal mean: A. Gelman and others, Bayesian Data Analysis, 2.5).
    """
    if within <= 0:
        return 0.0
    spread = SECONDS_SPREAD * math.sqrt(1 + 1 / (answers + SECONDS_WEIGHT))
    return 0.5 * math.erfc(math.log(usual / within) / (spread * math.sqrt(2)))


def still_coming(chance: float, usual: float, answers: float, *, waited: float, until: float) -> float:
    """The chance of an answer from a shop that has been silent since it was asked.

    Args:
        chance: that it answered at all, as believed when it was asked.
        usual, answers: see in_time.
        waited: seconds since it was asked; until: seconds from then to the end of its time.
    """
    whole = in_time(usual, answers, until)
    gone = in_time(usual, answers, min(waited, until)) / whole if whole else 1.0
    return chance * (1 - gone) / (1 - chance * gone) if gone < 1 else 0.0
