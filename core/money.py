"""Money is an integer number of fen. Only this module formats, shares out and rounds it."""

from collections.abc import Sequence

BASIS_POINTS = 10_000


def yuan(amount_fen: int) -> str:
    """`50850` -> `¥508.50`, `50800` -> `¥508`, always exact (design rule: ".00" is dropped)."""
    sign = "-" if amount_fen < 0 else ""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{sign}¥{whole:,}.{fen:02d}" if fen else f"{sign}¥{whole:,}"


def at_rate(amount_fen: int, rate_bp: int) -> int:
    """`rate_bp` basis points of `amount_fen`, rounded down: the remainder stays with the payee."""
    if amount_fen < 0 or not 0 <= rate_bp <= BASIS_POINTS:
        raise ValueError("a rate applies to a non-negative amount and lies in 0..10000 basis points")
    return amount_fen * rate_bp // BASIS_POINTS


def share_out(amount_fen: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights without losing a fen.

    Largest remainder: each part is rounded down, then the left-over fen go one each to the
    largest remainders, earlier parts first. The parts always sum to `amount_fen`.

    Raises:
        ValueError: no weights, a negative one, or all zero.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    parts = [amount_fen * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(amount_fen * weights[i] % total))
    for i in by_remainder[: amount_fen - sum(parts)]:
        parts[i] += 1
    return parts
