"""What past invitations say of shops, as numbers for a model: counts, rates, and the company a shop was asked in.

That a shop answers says less than that it answers where the others who were asked with it don't, and a shop that has
been asked but twice is best known by those with which it was asked. On real invitations this lifts the AUC from .895
to .902 (docs/matching.md). Nothing here looks at the outcome of the rows that features are made for.
"""

from dataclasses import dataclass

import numpy as np

from .rates import smoothed
from .rows import Rows, pair, places

# Trials that the wider rate is worth.
OWN, TOGETHER, CATEGORY, COMPANY, APPEAL = 1, 2, 20, 2, 5
# Shops whose company is smoothed with the mean of all, in one question.
OTHERS = 3


@dataclass(frozen=True)
class History:
    """Tallies by shop, by category and by both. `shops`, `categories` and `pairs` are sorted; place 0 is the unknown."""

    shops: np.ndarray
    by_shop: np.ndarray
    categories: np.ndarray
    by_category: np.ndarray
    pairs: np.ndarray
    by_pair: np.ndarray
    mean: np.ndarray

    # Columns of by_shop, by_category and by_pair.
    SHOP = ("trials", "answered", "rate", "company", "peers", "beyond")
    CATEGORIES = ("category_rate", "appeal")
    PAIR = ("together", "together_answered")
    # Of all that were asked, or may be, for the same question.
    FIELD = ("field", "field_rate", "field_sum", "field_company", "field_known", "field_trials", "field_best")
    PLACE = ("place", "place_share", "rate_together", "field_rate_together")
    NAMES = (*SHOP, *CATEGORIES, *PAIR, *PLACE, *FIELD)

    @classmethod
    def of(cls, rows: Rows) -> "History":
        """What `rows` say; a shop asked twice for one question counts once."""
        rows = rows.take(rows.first())
        mean = float(rows.answered.mean()) if len(rows) else 0.5
        shops, shop = np.unique(rows.shop, return_inverse=True)
        categories, category = np.unique(rows.category, return_inverse=True)
        both = pair(rows.shop, rows.category)
        pairs, together_at = np.unique(both, return_inverse=True)
        by_shop = _shops(rows, shop, len(shops), mean)
        expected = by_shop[shop, cls.SHOP.index("rate")]
        asked, answered = _counts(category, rows.answered, len(categories))
        beyond = answered - np.bincount(category, expected, len(categories))
        appeal = beyond / (np.bincount(category, expected, len(categories)) + APPEAL)
        together, together_answered = _counts(together_at, rows.answered, len(pairs))
        unknown = np.array([[0.0, 0.0, mean, mean, mean, 0.0]])
        return cls(
            shops=shops,
            by_shop=np.vstack([unknown, by_shop]),
            categories=categories,
            by_category=np.vstack([[[mean, 0.0]], np.stack([smoothed(answered, asked, mean, CATEGORY), appeal], 1)]),
            pairs=pairs,
            by_pair=np.vstack([[[0.0, 0.0]], np.stack([together, together_answered], 1)]),
            mean=np.array([mean]),
        )

    def columns(self, question: np.ndarray, shop: np.ndarray, category: np.ndarray) -> np.ndarray:
        """The features NAMES of these pairs, one row a pair; rows of the same question are a field of candidates."""
        of_shop = self.by_shop[places(self.shops, shop)]
        of_pair = self.by_pair[places(self.pairs, pair(shop, category))]
        rate = of_shop[:, self.SHOP.index("rate")]
        rate_together = smoothed(of_pair[:, 1], of_pair[:, 0], rate, TOGETHER)
        field = _field(question, shop, of_shop, rate_together)
        return np.hstack([of_shop, self.by_category[places(self.categories, category)], of_pair, field])


def _shops(rows: Rows, shop: np.ndarray, count: int, mean: float) -> np.ndarray:
    trials, answered = _counts(shop, rows.answered, count)
    rate = smoothed(answered, trials, mean, OWN)
    _, question = np.unique(rows.question, return_inverse=True)
    size = np.bincount(question)
    of_question = np.bincount(question, rows.answered)
    # What the others made of the same questions, and how those others do elsewhere.
    others = smoothed(of_question[question] - rows.answered, size[question] - 1.0, mean, OTHERS)
    own_rate = rate[shop]
    peers = smoothed(np.bincount(question, own_rate)[question] - own_rate, size[question] - 1.0, mean, OWN)
    company = smoothed(np.bincount(shop, others, count), trials, mean, COMPANY)
    known_by = smoothed(np.bincount(shop, peers, count), trials, mean, COMPANY)
    beyond = np.bincount(shop, rows.answered - others, count) / (trials + 1)
    return np.stack([trials, answered, rate, company, known_by, beyond], axis=1)


def _field(question: np.ndarray, shop: np.ndarray, of_shop: np.ndarray, rate_together: np.ndarray) -> np.ndarray:
    """Among whom a shop stands: how many and how good they are, and its place among them (History.PLACE, FIELD)."""
    groups, group = np.unique(question, return_inverse=True)
    once = np.zeros(len(shop))
    once[np.unique(pair(shop, group), return_index=True)[1]] = 1.0
    size = np.bincount(group, once)

    def mean(values: np.ndarray) -> np.ndarray:
        return (np.bincount(group, values * once) / size)[group]

    trials, rate, company = of_shop[:, 0], of_shop[:, 2], of_shop[:, 3]
    order = np.lexsort((-rate_together, group))
    starts = np.concatenate([[0.0], np.cumsum(size)[:-1]])
    place = np.empty(len(shop))
    place[order] = np.cumsum(once[order]) - 1 - starts[group[order]]
    best = np.zeros(len(groups))
    np.maximum.at(best, group, rate_together)
    own = [place, place / size[group], rate_together, mean(rate_together)]
    whole = [
        size[group],
        mean(rate),
        mean(rate) * size[group],
        mean(company),
        mean(trials > 0),
        mean(np.log1p(trials)),
        best[group],
    ]
    return np.stack([*own, *whole], axis=1)


def _counts(place: np.ndarray, answered: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.bincount(place, minlength=count).astype(float), np.bincount(place, answered, count)
