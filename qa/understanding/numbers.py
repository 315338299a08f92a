"""Numbers as people type them: 300, 1.5k, 三百五, 两三百."""

import re

DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
LATIN_UNITS = {"k": 1000, "K": 1000, "w": 10_000, "W": 10_000, **UNITS}
CHINESE = "零〇一二两三四五六七八九十百千万"

# One number; a Latin one may carry a unit (3千, 30 万, 1.5k). Not part of a longer word or number.
NUMBER = rf"(?:(?<![\d.])\d{{1,7}}(?:\.\d{{1,2}})?(?:[kKwW]|\s?[百千万])?|[{CHINESE}]+)"
# 两三百, 四五十: two neighbouring digits before one unit.
SPAN = re.compile(r"([一二两三四五六七八九])([一二两三四五六七八九])([十百千万])")


def value(text: str) -> float | None:
    """The value of one NUMBER; None where the characters make no number."""
    text = text.strip()
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s?([kKwW百千万])?", text):
        return float(match[1]) * LATIN_UNITS.get(match[2] or "", 1)
    return _chinese(text) if text and set(text) <= set(CHINESE) else None


def span(text: str) -> tuple[float, float] | None:
    """两三百 -> (200, 300)."""
    match = SPAN.fullmatch(text.strip())
    if match is None or DIGITS[match[1]] >= DIGITS[match[2]]:
        return None
    return DIGITS[match[1]] * UNITS[match[3]], DIGITS[match[2]] * UNITS[match[3]]


def _chinese(text: str) -> float | None:
    total, section, digit, last_unit = 0, 0, None, 1
    for char in text:
        if char in DIGITS:
            if digit and char not in "零〇":
                return None  # 两三百 is a span, not a number.
            digit = DIGITS[char]
            if char in "零〇":
                last_unit = 10
        elif char == "万":
            total, section, digit, last_unit = (total + section + (digit or 0)) * 10_000, 0, None, 10_000
        else:
            last_unit = UNITS[char]
            section += (1 if digit is None else digit) * last_unit
            digit = None
    # 三百五 is 350 and 一千五 is 1,500: a last digit without a unit counts tenths of the unit before it.
    tail = (digit or 0) * (last_unit // 10 if last_unit > 10 else 1)
    return float(total + section + tail) or None
