import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import money


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "¥0"), (1, "¥0.01"), (50800, "¥508"), (50850, "¥508.50"), (123456789, "¥1,234,567.89"), (-105, "-¥1.05")],
)
def test_yuan_is_exact(fen, text):
    assert money.yuan(fen) == text


def test_at_rate_rounds_down():
    assert money.at_rate(999, 500) == 49
    assert money.at_rate(999, 0) == 0


@pytest.mark.parametrize(("amount", "rate"), [(-1, 100), (100, -1), (100, 10_001)])
def test_at_rate_refuses_nonsense(amount, rate):
    with pytest.raises(ValueError):
        money.at_rate(amount, rate)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_share_out_loses_no_fen(amount, weights):
    parts = money.share_out(amount, weights)
    assert sum(parts) == amount
    assert all(abs(part - amount * w / sum(weights)) < 1 for part, w in zip(parts, weights, strict=True))


def test_share_out_gives_the_remainder_to_the_first():
    assert money.share_out(100, [1, 1, 1]) == [34, 33, 33]


@pytest.mark.parametrize("weights", [[], [0, 0], [-1, 2]])
def test_share_out_refuses_weights_without_meaning(weights):
    with pytest.raises(ValueError):
        money.share_out(100, weights)
