"""Budgets: 300以内, 三百左右, 200-500, 不超过五百, ¥60–80, 两三百."""

import re
from typing import NamedTuple

from .numbers import NUMBER, SPAN, span, value

MIN_YUAN, MAX_YUAN = 1, 10_000_000
# "About 300" means this share below and above.
AROUND = 0.2

UNIT = r"(?:元钱?|块钱?|rmb|RMB|人民币)"
CUE = r"(?:预算|价位|价格|单价|价钱|花费?|每份|人均)(?:大概|大约|差不多|[是在约为:： ])*"
NOT_MONEY = r"(?!\s*(?:岁|号|日|月|份|个|人|位|码|cm|CM|厘米|毫米|米|寸|ml|ML|毫升|升|克|斤|kg|KG|g|年|点|天|小时|分钟|周|星期|件|套|支|瓶|盒|箱|只|把|条|双|本|包|[.\d]))"
ONE = rf"(?:{SPAN.pattern.replace('(', '(?:')}|{NUMBER})"

RANGE = re.compile(
    rf"(?P<cue>{CUE})?(?P<sign>¥)?\s*(?P<low>{NUMBER})\s*(?P<unit1>{UNIT})?\s*(?:-{{1,2}}|–|—|~|〜|至|到)\s*¥?\s*"
    rf"(?P<high>{NUMBER})\s*(?P<unit2>{UNIT})?{NOT_MONEY}(?P<date>\s*(?:前|之前|号|日))?"
)
AT_MOST = re.compile(
    rf"(?:不要超过|不能超过|别超过|不超过|不超|不高于|最多|最高|低于|少于|控制在|上限)\s*¥?\s*(?P<a>{ONE})\s*{UNIT}?{NOT_MONEY}"
    rf"|¥?(?P<b>{ONE})\s*{UNIT}?\s*(?:以内|以下|之内|之下|封顶|不到|内)"
)
AT_LEAST = re.compile(
    rf"(?:不低于|不少于|至少|起码|高于|最低|超过)\s*¥?\s*(?P<a>{ONE})\s*{UNIT}?{NOT_MONEY}"
    rf"|¥?(?P<b>{ONE})\s*{UNIT}?\s*(?:以上|起步|往上)"
)
ABOUT = re.compile(
    rf"¥?(?P<a>{ONE})\s*{UNIT}?\s*(?:左右|上下|出头|来块|多块)"
    rf"|(?:大概|大约|差不多|约)\s*¥?(?P<b>{ONE})\s*{UNIT}|¥\s*(?P<c>{ONE})|(?P<d>{ONE})\s*{UNIT}"
)
CUED = re.compile(rf"{CUE}\s*¥?(?P<a>{ONE}){NOT_MONEY}")


class Budget(NamedTuple):
    min_fen: int | None
    max_fen: int | None


def find(text: str) -> tuple[Budget, tuple[int, int]] | None:
    """The budget in a folded text, with where it stands; None without one."""
    return _range(text) or _bound(text)


def _fen(yuan: float | None) -> int | None:
    return round(yuan * 100) if yuan is not None and MIN_YUAN <= yuan <= MAX_YUAN else None


def _range(text: str):
    for match in RANGE.finditer(text):
        money = match["cue"] or match["sign"] or match["unit1"] or match["unit2"]
        low, high = value(match["low"]), value(match["high"])
        if low is None or high is None or (match["date"] and not money):
            continue
        if not money and (high < 20 or (low <= 12 and high <= 31)):
            continue  # 11-28 is a day, 1-2 a count.
        if low < 10 <= high / 10 and match["high"][-1] in "百千万" and match["low"][-1] not in "百千万":
            low *= high / (value(match["high"][:-1]) or 1)  # 三到五百: the first takes the unit of the second.
        low_fen, high_fen = _fen(min(low, high)), _fen(max(low, high))
        if low_fen and high_fen:
            return Budget(low_fen, high_fen), match.span()
    return None


def _bound(text: str):
    readings = ((AT_MOST, _at_most), (AT_LEAST, _at_least), (ABOUT, _about), (CUED, _at_most))
    for pattern, reading in readings:
        for match in pattern.finditer(text):
            word = next((group for group in match.groupdict().values() if group), "")
            budget = _between(word) or reading(value(word))
            if budget and (budget.min_fen or budget.max_fen):
                return budget, match.span()
    return None


def _between(word: str) -> Budget | None:
    pair = span(word)
    return Budget(_fen(pair[0]), _fen(pair[1])) if pair else None


def _at_most(yuan: float | None) -> Budget | None:
    return Budget(None, _fen(yuan)) if yuan else None


def _at_least(yuan: float | None) -> Budget | None:
    return Budget(_fen(yuan), None) if yuan else None


def _about(yuan: float | None) -> Budget | None:
    return Budget(_fen(yuan * (1 - AROUND)), _fen(yuan * (1 + AROUND))) if yuan else None
