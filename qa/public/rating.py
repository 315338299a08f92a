"""What feedback makes of a public answer.

The order is by the lower bound of Wilson's score interval (E. B. Wilson, "Probable inference, the law of succession,
and statistical inference", JASA 22, 1927): the share of people whom it helped, as sure as the number of voices allows.
Who adopted the answer is the first voice, so an answer without feedback stands above one that disappointed.
"""

from math import sqrt

from django.conf import settings

# 95% both sides.
Z = 1.96


def lower_bound(good: int, all_: int) -> float:
    """Wilson's lower bound of good/all_, 0 to 1; 0 without voices."""
    if not all_:
        return 0.0
    share, square = good / all_, Z * Z
    centre = share + square / (2 * all_)
    spread = Z * sqrt((share * (1 - share) + square / (4 * all_)) / all_)
    return max(0.0, (centre - spread) / (1 + square / all_))


def score(helped: int, not_helped: int) -> float:
    """How sure it is that the answer helps."""
    return lower_bound(helped + 1, helped + not_helped + 1)


def proven(helped: int, not_helped: int) -> bool:
    """So many people say that it helped, and more than say that it didn't."""
    return helped >= settings.QA_PROVEN_VOICES and helped > not_helped


def disproved(helped: int, not_helped: int) -> bool:
    """The opposite, by the same measure."""
    return not_helped >= settings.QA_PROVEN_VOICES and not_helped > helped
