"""Many questions × shops that take so many each: who is asked what, so that all questions together do best.

Up to EXACT questions this is solved exactly, as a transportation problem. The Hungarian method cannot say that a shop
with room for three stands once in each question; run in rounds of one shop a question it came to 2 to 3% less than
this, in the same time (docs/matching.md). Beyond EXACT the best pair goes first. A shop is never given twice to one
question, nor more questions than it takes.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Above this many questions the best pair goes first.
EXACT = 200
# Draws the newcomers; a simulation seeds it.
lottery = random.Random()  # noqa: S311 (no secret)


@dataclass(frozen=True)
class Wish:
    """A question that wants `size` shops.

    Attributes:
        shops: (shop, what it is worth) of those that may be asked, best first.
        newcomers: shops among them that have hardly been asked yet; the last place is kept for one of them.
    """

    size: int
    shops: Sequence[tuple[int, float]]
    newcomers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Given:
    """A shop for a question. `propensity` is the chance that the draw had to choose it; None where nobody drew."""

    shop_id: int
    propensity: float | None = None


def assign(wishes: Sequence[Wish], room: Mapping[int, int], *, exact: int = EXACT) -> list[list[Given]]:
    """The shops for each wish, best first.

    Args:
        room: how many more questions each shop takes.
    """
    left = Counter(room)
    drawn = [_draw(wish, left) for wish in wishes]
    sizes = [wish.size - bool(newcomer) for wish, newcomer in zip(wishes, drawn, strict=True)]
    worth = [
        {shop: value for shop, value in wish.shops if not newcomer or shop != newcomer.shop_id}
        for wish, newcomer in zip(wishes, drawn, strict=True)
    ]
    chosen = _take_best(sizes, worth, left)
    if chosen is None:
        chosen = (_together if len(wishes) <= exact else _best_pair_first)(sizes, worth, left)
    return [
        [*map(Given, sorted(shops, key=lambda shop: -worth[number][shop])), *([newcomer] if newcomer else [])]
        for number, (shops, newcomer) in enumerate(zip(chosen, drawn, strict=True))
    ]


def one_by_one(wishes: Sequence[Wish], room: Mapping[int, int]) -> list[list[Given]]:
    """What questions that don't wait for each other get: each takes its best, the first come first."""
    left, found = Counter(room), []
    for wish in wishes:
        shops = [shop for shop, _value in wish.shops if left[shop] > 0][: wish.size]
        left.subtract(shops)
        found.append([*map(Given, shops)])
    return found


def _draw(wish: Wish, left: Counter) -> Given | None:
    """A newcomer for the last place, by lot in proportion to what each is worth, beside those who are among the best
    by themselves; it has its room at once."""
    free = [(shop, value) for shop, value in wish.shops if left[shop] > 0]
    others = free[max(0, wish.size - 1) :]
    fresh = [(shop, value) for shop, value in others if shop in wish.newcomers and value > 0]
    if wish.size < 2 or not fresh:
        return None
    total = sum(value for _shop, value in fresh)
    shop, value = lottery.choices(fresh, weights=[value for _shop, value in fresh])[0]
    left[shop] -= 1
    return Given(shop, round(value / total, 6))


def _take_best(sizes: Sequence[int], worth: Sequence[dict[int, float]], left: Counter) -> list[set[int]] | None:
    """Everybody's best, where no shop is wanted by more than it takes: nothing can be better."""
    best = [
        set(sorted((shop for shop in shops if left[shop] > 0), key=lambda shop: -shops[shop])[:size])
        for size, shops in zip(sizes, worth, strict=True)
    ]
    wanted = Counter(shop for shops in best for shop in shops)
    return best if all(left[shop] >= count for shop, count in wanted.items()) else None


def _together(sizes: Sequence[int], worth: Sequence[dict[int, float]], left: Counter) -> list[set[int]]:
    """Exactly: a linear program whose corners are whole numbers, for each pair stands in two sums."""
    from scipy.optimize import linprog  # 40 MB that a web process never needs.
    from scipy.sparse import coo_matrix

    pairs = [(question, shop) for question, shops in enumerate(worth) for shop in shops if left[shop] > 0]
    if not pairs:
        return [set() for _ in sizes]
    row_of = {shop: len(sizes) + place for place, shop in enumerate(dict.fromkeys(shop for _question, shop in pairs))}
    rows = [question for question, _shop in pairs] + [row_of[shop] for _question, shop in pairs]
    sums = coo_matrix((np.ones(len(rows)), (rows, [*range(len(pairs))] * 2)))
    # A little on top, so that a place is filled before it stays empty.
    gains = [-(worth[question][shop] + 1e-6) for question, shop in pairs]
    solved = linprog(gains, A_ub=sums, b_ub=[*sizes, *(left[shop] for shop in row_of)], bounds=(0, 1), method="highs")
    chosen: list[set[int]] = [set() for _ in sizes]
    for (question, shop), share in zip(pairs, solved.x, strict=True):
        if share > 0.5:
            chosen[question].add(shop)
    return chosen


def _best_pair_first(sizes: Sequence[int], worth: Sequence[dict[int, float]], left: Counter) -> list[set[int]]:
    chosen: list[set[int]] = [set() for _ in sizes]
    pairs = sorted(
        ((value, question, shop) for question, shops in enumerate(worth) for shop, value in shops.items()),
        key=lambda pair: (-pair[0], pair[1], pair[2]),
    )
    for _value, question, shop in pairs:
        if left[shop] > 0 and len(chosen[question]) < sizes[question]:
            chosen[question].add(shop)
            left[shop] -= 1
    return chosen
