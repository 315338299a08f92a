"""The day until which something is needed: 11月28日前, 28号, 下周三, 三天内, 月底, 圣诞前."""

import calendar
import re
from datetime import date, timedelta

from .numbers import CHINESE, NUMBER, value

NO_HURRY = re.compile(r"不着急|不急|不赶时间|什么时候都行")
MONTH_DAY = re.compile(rf"({NUMBER})月({NUMBER})(?:日|号)?")
SLASHED = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])[./-](3[01]|[12]\d|0?[1-9])(?=\s*(?:号|日|前|之前|要|到|收))")
DAY_ONLY = re.compile(rf"(?<![\d月{CHINESE}])({NUMBER})(?:号|日)(?!楼|店|线|门)")
WEEKDAY = re.compile(r"(下下|下|这|本)?个?(?:周|星期|礼拜)([一二三四五六日天末])")
NEAR = {"今天": 0, "今晚": 0, "今日": 0, "明天": 1, "明晚": 1, "明日": 1, "大后天": 3, "后天": 2}
NEAR_WORD = re.compile("|".join(NEAR))
WITHIN = re.compile(rf"({NUMBER})(天|周|星期|个星期|个礼拜)(?:内|之内|以内|后|要|就要)")
MONTH_END = re.compile(r"(下个?月|这个?月|本)?月?底")
FESTIVALS = {
    "元旦": (1, 1), "情人节": (2, 14), "妇女节": (3, 8), "劳动节": (5, 1), "五一": (5, 1), "儿童节": (6, 1),
    "六一": (6, 1), "教师节": (9, 10), "国庆": (10, 1), "平安夜": (12, 24), "圣诞": (12, 25),
}  # fmt: skip
FESTIVAL = re.compile("|".join(FESTIVALS))
WEEKDAYS = {**{c: i for i, c in enumerate("一二三四五六")}, "日": 6, "天": 6, "末": 6}


def no_hurry(text: str) -> bool:
    return NO_HURRY.search(text) is not None


def find(text: str, today: date) -> tuple[date, tuple[int, int]] | None:
    """The day named in a folded text, never before `today`, with where it stands."""
    for pattern, reading in READINGS:
        for match in pattern.finditer(text):
            day = reading(match, today)
            if day is not None and today <= day <= today + timedelta(days=366):
                return day, match.span()
    return None


def _next(today: date, month: int, day: int) -> date | None:
    """That day of this year, or of the next one when it is over."""
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def _month_day(match, today):
    month, day = value(match[1]), value(match[2])
    return _next(today, int(month), int(day)) if month and day and month <= 12 and day <= 31 else None


def _day_only(match, today):
    number = value(match[1])
    if not number or number > 31:
        return None
    month = today.replace(day=1)
    for _ in range(3):
        if number <= calendar.monthrange(month.year, month.month)[1] and month.replace(day=int(number)) >= today:
            return month.replace(day=int(number))
        month = (month + timedelta(days=32)).replace(day=1)
    return None


def _weekday(match, today):
    monday = today - timedelta(days=today.weekday())
    weeks = {"下": 1, "下下": 2}.get(match[1] or "", 0)
    day = monday + timedelta(weeks=weeks, days=WEEKDAYS[match[2]])
    return day + timedelta(weeks=1) if day < today and match[1] is None else day


def _within(match, today):
    number = value(match[1])
    return today + timedelta(days=int(number) * (1 if match[2] == "天" else 7)) if number and number <= 60 else None


def _month_end(match, today):
    first = today.replace(day=1)
    if (match[1] or "").startswith("下"):
        first = (first + timedelta(days=32)).replace(day=1)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


READINGS = (
    (MONTH_DAY, _month_day),
    (SLASHED, lambda match, today: _next(today, int(match[1]), int(match[2]))),
    (DAY_ONLY, _day_only),
    (WEEKDAY, _weekday),
    (NEAR_WORD, lambda match, today: today + timedelta(days=NEAR[match[0]])),
    (WITHIN, _within),
    (MONTH_END, _month_end),
    (FESTIVAL, lambda match, today: _next(today, *FESTIVALS[match[0]])),
)
