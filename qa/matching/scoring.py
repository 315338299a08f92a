"""How well a shop that may be asked would serve a question.

    P(answers if asked) × P(in time if answered) × P(adopted if answered) × relevance × service
        × exp(−load − recent invitations × 1, 2, 4 by wave)

each factor with a weight as its exponent, so that 0 leaves it out. In time is before the wave's deadline: 90 s in the
first, when nobody has answered yet, 10 minutes in the third. What costs is subtracted from the logarithm, since the
factors span orders of magnitude, and a shop that was asked lately gives way the more, the less a wave is about speed.

The chance of an answer is not the estimate itself but a draw from what it may be (Thompson): the less is known of a
shop, the wider the draw, so that newcomers are tried without being preferred. The draw is seeded and repeated; the
share of draws in which a shop is among those asked is its propensity, with which another policy can be tried on what
has happened (replay.py).
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from ..models import RoutingWeights
from .rates import SHOP_WEIGHT


@dataclass(frozen=True)
class Weights:
    """Exponents of the five factors; what each open question and recent invitation costs; how far draws go."""

    answers: float = 1.0
    in_time: float = 2.0
    adoption: float = 0.5
    relevance: float = 1.5
    service: float = 0.5
    load: float = 0.1
    recent: float = 0.5
    exploration: float = 0.3

    @classmethod
    def of(cls, row: RoutingWeights | None) -> "Weights":
        return cls(**{name: getattr(row, name) for name in asdict(cls())}) if row else cls()


@dataclass(frozen=True)
class Shops:
    """What the score is made of, one place a shop.

    Attributes:
        answers, in_time, adoption, relevance, service: 0 to 1.
        trials: invitations that `answers` rests on.
        load: questions open there; recent: invitations of the last days.
    """

    answers: np.ndarray
    in_time: np.ndarray
    adoption: np.ndarray
    relevance: np.ndarray
    service: np.ndarray
    trials: np.ndarray
    load: np.ndarray
    recent: np.ndarray

    @classmethod
    def of(cls, rows: Sequence[dict[str, float]]) -> "Shops":
        """From features as they are stored with an invitation."""
        return cls(**{name: np.array([row[name] for row in rows], float) for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Scores:
    """Scores by the one draw that decides, how much of each came from drawing, and the propensities."""

    total: np.ndarray
    explored: np.ndarray
    propensity: np.ndarray | None


def enough(answers: Sequence[float], *, places: int, hope: float) -> int:
    """How many of these shops are asked, best first: as many as together promise `hope` answers, one to `places`.

    Args:
        answers: the chance of each that it answers.
    """
    promised = 0.0
    for count, chance in enumerate(answers[:places]):
        if count and promised >= hope:
            return count
        promised += chance
    return min(places, len(answers))


def by_turn(weights: Weights, wave: int) -> float:
    """What each recent invitation costs: twice as much in the second wave, four times from the third on, for the first
    is about speed, the last about everybody's turn."""
    return weights.recent * 2 ** min(wave - 1, 2)


def score(
    shops: Shops, weights: Weights, *, places: int, seed: int, draws: int, hope: float = math.inf, wave: int = 1
) -> Scores:
    """The scores of the shops that may be asked for one question.

    Args:
        places: how many of them are asked at most; hope: see `enough`.
        seed: the same seed draws the same.
        draws: of which the first decides and all tell the propensity; 0 does not draw.
    """
    rest = shops.adoption**weights.adoption * shops.relevance**weights.relevance * shops.service**weights.service
    recent = by_turn(weights, wave) * shops.recent
    rest *= shops.in_time**weights.in_time * np.exp(-weights.load * shops.load - recent)
    expected = shops.answers**weights.answers * rest
    if draws == 0 or not weights.exploration or not len(expected):
        return Scores(expected, np.zeros_like(expected), None)
    drawn = _drawn(shops, weights.exploration, seed, draws) ** weights.answers * rest
    return Scores(drawn[0], drawn[0] - expected, _propensities(drawn, shops.answers, places, hope))


def _drawn(shops: Shops, exploration: float, seed: int, draws: int) -> np.ndarray:
    """Chances of an answer as they might be: a normal around the estimate, as wide as a beta of as many trials."""
    spread = np.sqrt(shops.answers * (1 - shops.answers) / (shops.trials + SHOP_WEIGHT + 1))
    noise = np.random.default_rng(seed).standard_normal((draws, len(shops.answers)))
    return np.clip(shops.answers + exploration * spread * noise, 0.01, 0.99)


def _propensities(drawn: np.ndarray, answers: np.ndarray, places: int, hope: float) -> np.ndarray:
    """How often each is among those asked; never quite 0 or 1, as draws are few."""
    draws, count = drawn.shape
    if count <= places and answers.sum() <= hope:
        return np.ones(count)
    places = min(places, count)
    among = np.argpartition(-drawn, places - 1, axis=1)[:, :places]
    if hope < places:
        order = np.argsort(-np.take_along_axis(drawn, among, axis=1), axis=1)
        best = np.take_along_axis(among, order, axis=1)
        asked = np.cumsum(answers[best], axis=1) - answers[best] < hope
        asked[:, 0] = True
        among = best[asked]
    return (np.bincount(among.ravel(), minlength=count) + 0.5) / (draws + 1)
