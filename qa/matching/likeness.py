"""What shops made of questions like this one: those are alike that were put to the same shops.

Who is asked, or may be, says more of a question than its category. On real invitations a shop's outcomes, weighed by
how alike those questions are to this one, lift the AUC from .901 to .908 (docs/matching.md, "Who answers").
"""

from dataclasses import dataclass

import numpy as np

from .rates import smoothed
from .rows import Rows, places

# Outcomes remembered of a shop, the latest: each is held against a question that the shop may be asked.
REMEMBERED = 200
# Likeness that the shop's own rate is worth, summed and summed squared.
ALIKE, CLOSE = 0.3, 0.1
# Invitations that the mean is worth in a shop's rate, and answers that a usual question is worth in a question's.
OWN, APPEAL = 1, 2
# Two questions with hardly anybody else are not the same for it.
LEAST_COMPANY = 0.2


@dataclass(frozen=True)
class Likeness:
    """Outcomes by shop, and who was asked.

    Attributes:
        shops: sorted, each once. Of the next four, place 0 is the unknown shop.
        starts, counts: where a shop's outcomes stand.
        weight: the fewer questions a shop was asked, the more it tells of them.
        rate: the share that it answered.
        question, answered, beyond: of each outcome; beyond is what was more than shop and question let expect.
        company: of each question, the weight of all that were asked.
    """

    shops: np.ndarray
    starts: np.ndarray
    counts: np.ndarray
    weight: np.ndarray
    rate: np.ndarray
    question: np.ndarray
    answered: np.ndarray
    beyond: np.ndarray
    company: np.ndarray

    # Sums over the shop's outcomes by likeness, by its square (the closest alone count), and the greatest.
    NAMES = ("alike", "alike_rate", "alike_beyond", "close_rate", "close_beyond", "closest")

    @classmethod
    def of(cls, rows: Rows) -> "Likeness":
        """What `rows` say; a shop asked twice for one question counts once."""
        rows = rows.take(np.sort(rows.first()))
        mean = float(rows.answered.mean()) if len(rows) else 0.5
        shops, shop = np.unique(rows.shop, return_inverse=True)
        questions, question = np.unique(rows.question, return_inverse=True)
        asked = np.bincount(shop, minlength=len(shops))
        rate = smoothed(np.bincount(shop, rows.answered, len(shops)), asked, mean, OWN)
        usual = np.bincount(question, rate[shop], len(questions))
        appeal = (np.bincount(question, rows.answered, len(questions)) + APPEAL) / (usual + APPEAL)
        beyond = rows.answered - np.minimum(1.0, rate[shop] * appeal[question])
        weight = _weight(asked)
        order = np.argsort(shop, kind="stable")
        kept = order[np.repeat(np.cumsum(asked), asked) - np.arange(len(order)) <= REMEMBERED]
        counts = np.minimum(asked, REMEMBERED)
        return cls(
            shops=shops,
            starts=np.concatenate([[0], np.cumsum(counts) - counts]),
            counts=np.concatenate([[0], counts]),
            weight=np.concatenate([[_weight(0)], weight]),
            rate=np.concatenate([[mean], rate]),
            question=question[kept].astype(np.int32),
            answered=rows.answered[kept].astype(np.float32),
            beyond=beyond[kept].astype(np.float32),
            company=np.bincount(question, weight[shop], len(questions)),
        )

    def columns(self, question: np.ndarray, shop: np.ndarray) -> np.ndarray:
        """The features NAMES of these pairs, one row a pair; rows of the same question are a field of candidates."""
        columns = np.zeros((len(shop), len(self.NAMES)))
        order = np.argsort(question, kind="stable")
        for field in np.split(order, np.flatnonzero(np.diff(question[order])) + 1):
            candidates, back = np.unique(shop[field], return_inverse=True)
            columns[field] = self._field(candidates)[back]
        return columns

    def _field(self, candidates: np.ndarray) -> np.ndarray:
        """The same for the candidates of one question, each once."""
        at = places(self.shops, candidates)
        counts = self.counts[at]
        owner = np.repeat(np.arange(len(at)), counts)
        outcome = np.arange(len(owner)) + np.repeat(self.starts[at] - np.cumsum(counts) + counts, counts)
        alike = self._alike(at, owner, self.question[outcome])

        def total(values: np.ndarray) -> np.ndarray:
            return np.bincount(owner, values, len(at))

        closest = np.zeros(len(at))
        np.maximum.at(closest, owner, alike)
        columns = [total(alike)]
        for likeness, worth in ((alike, ALIKE), (alike**2, CLOSE)):
            much = total(likeness)
            columns.append(smoothed(total(likeness * self.answered[outcome]), much, self.rate[at], worth))
            columns.append(smoothed(total(likeness * self.beyond[outcome]), much, 0.0, worth))
        return np.stack([*columns, closest], axis=1)

    def _alike(self, at: np.ndarray, owner: np.ndarray, question: np.ndarray) -> np.ndarray:
        """How alike each outcome's question is to the one with these candidates, the outcome's own shop apart: the
        cosine of who was asked."""
        weight = self.weight[at]
        found, place = np.unique(question, return_inverse=True)
        own = weight[owner]
        shared = np.bincount(place, own, len(found))[place] - own
        here = np.maximum(weight.sum() - own, LEAST_COMPANY)
        there = np.maximum(self.company[question] - own, LEAST_COMPANY)
        return np.maximum(shared, 0.0) / np.sqrt(here * there)


def _weight(asked):
    return 1 / np.log(2 + asked)
