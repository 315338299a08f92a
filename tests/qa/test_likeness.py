"""What shops made of questions that were put to the same shops."""

import numpy as np
import pytest

from qa.matching import likeness, model
from qa.matching.likeness import Likeness
from qa.matching.rows import Rows


def of_two_kinds(questions=300, seed=3) -> Rows:
    """Two crowds of 12 shops; each shop answers what is put to its own crowd, and nothing that is put to the other
    with it as the only guest. All questions are of one category."""
    draw = np.random.default_rng(seed)
    question, shop = [], []
    for number in range(questions):
        crowd, guest = draw.choice(12, 6, replace=False) + 12 * (number % 2), draw.integers(12) + 12 * (1 - number % 2)
        question += [number] * 7
        shop += [*crowd, guest]
    question, shop = np.array(question), np.array(shop)
    return Rows(question, shop, np.zeros(len(shop), int), (shop // 12 == question % 2).astype(float))


def test_what_is_put_to_the_same_shops_is_alike():
    rows = of_two_kinds()
    past = Likeness.of(rows.take(np.flatnonzero(rows.question >= 2)))
    asked = rows.take(np.flatnonzero(rows.question < 2))
    columns = past.columns(asked.question, asked.shop)
    found = dict(zip(Likeness.NAMES, columns.T, strict=True))
    # The shop's own rate cannot tell: nearly the same of all.
    assert np.ptp([past.rate[1:].min(), past.rate[1:].max()]) < 0.2
    assert found["close_rate"][asked.answered > 0].min() > 0.9 > 0.5 > found["close_rate"][asked.answered == 0].max()
    assert found["alike_beyond"][asked.answered > 0].min() > found["alike_beyond"][asked.answered == 0].max()


def test_likeness_needs_company_and_outcomes():
    rows = of_two_kinds()
    past = Likeness.of(rows)
    columns = past.columns(np.array([0, 1, 1]), np.array([3, 10**6, 3]))
    alone, unknown, beside_the_unknown = (dict(zip(Likeness.NAMES, row, strict=True)) for row in columns)
    assert alone["alike"] == alone["closest"] == 0 and alone["alike_rate"] == past.rate[4]
    assert unknown["alike_rate"] == pytest.approx(rows.answered.mean()) and unknown["alike_beyond"] == 0
    assert beside_the_unknown["alike"] == 0


def test_no_more_of_a_shop_is_remembered_than_the_latest(monkeypatch):
    monkeypatch.setattr(likeness, "REMEMBERED", 10)
    rows = of_two_kinds()
    past = Likeness.of(rows)
    assert (past.counts[1:] == 10).all() and len(past.question) == 240
    ours = rows.question[rows.shop == 3]
    assert set(past.question[past.starts[4] :][:10]) == set(ours[-10:])


def test_columns_of_many_questions_are_those_of_each():
    rows = of_two_kinds(40)
    past = Likeness.of(of_two_kinds(60, seed=4))
    shuffled = rows.take(np.random.default_rng(1).permutation(len(rows)))
    together = past.columns(shuffled.question, shuffled.shop)
    for number in range(40):
        one = np.flatnonzero(shuffled.question == number)
        assert (together[one] == past.columns(np.zeros(len(one), int), shuffled.shop[one])).all()


def test_a_model_learns_from_likeness():
    pytest.importorskip("lightgbm")
    fresh = of_two_kinds(60, seed=9)
    chances = model.train(of_two_kinds()).predict(fresh.question, fresh.shop, fresh.category)
    assert model.auc(chances, fresh.answered) > 0.99
