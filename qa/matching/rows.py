"""Invitations as arrays, and how tables of numbers are looked up by them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Rows:
    """Invitations, one place each, the latest last.

    Attributes:
        question, shop, category: numbers of our own; category -1 is none.
        answered: 1.0 or 0.0.
    """

    question: np.ndarray
    shop: np.ndarray
    category: np.ndarray
    answered: np.ndarray

    def __len__(self) -> int:
        return len(self.answered)

    def take(self, places: np.ndarray) -> "Rows":
        return Rows(*(getattr(self, field.name)[places] for field in fields(self)))

    def first(self) -> np.ndarray:
        """Places of the first row of each pair: a shop that was asked twice counts once."""
        return np.unique(pair(self.shop, self.question), return_index=True)[1]


def pair(shop: np.ndarray, other: np.ndarray) -> np.ndarray:
    """One key of a shop and a category or question: both are keys of rows, below 2^31 each."""
    return shop.astype(np.int64) << 31 | (other.astype(np.int64) + 1)


def places(known: np.ndarray, wanted: np.ndarray | Sequence[int]) -> np.ndarray:
    """Where each of `wanted` stands in the table that begins with the unknown's row; `known` is sorted."""
    wanted = np.asarray(wanted)
    if not len(known):
        return np.zeros(len(wanted), int)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.where(known[place] == wanted, place + 1, 0)
