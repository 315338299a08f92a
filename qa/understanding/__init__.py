"""From a buyer's words to a Need, by rules alone: no network, no model, the same result each time."""

from datetime import date

from django.utils import timezone

from shops import search

from ..need import SAID, Need, facts
from . import budget, catalogue, dates, people
from .masking import mask

__all__ = ["Need", "mask", "understand"]

# Words that carry no wish; search has its own list of single characters.
STOP_WORDS_TEXT = (
    "想要 想买 求推荐 推荐 有没有 有没 什么 哪些 哪种 哪款 怎么 请问 一下 一个 一款 一点 一些 适合 合适 最好 比较 可以 这种 那种 "
    "左右 以内 以下 以上 预算 不要 不想 需要 希望 的话 礼物 送给 大家 谢谢 帮忙 我们 自己 就是 但是 而且 因为 所以 还是 或者 好看 价格 "
    "不错 不能 不会 之前 之间 已经 马上 便宜 东西 给我 帮我 求助 求问 哪里 能不能 是不是 最近 打算 准备 预 算"
)
STOP_WORDS = frozenset(STOP_WORDS_TEXT.split())
MAX_WORDS = 24


def understand(text: str, *, today: date | None = None) -> Need:
    """Fill the slots that the text answers.

    Args:
        text: the buyer's own words, as they were typed.
        today: the buyer's date; now in the site's time zone if None.
    """
    folded = search.fold(text)
    need = Need(
        recipient=people.recipient(folded),
        age=people.age(folded),
        occasion=people.occasion(folded),
        quantity=people.quantity(folded),
        city=people.city(folded),
    )
    need.avoid, spoken_for = people.avoided(folded)
    if found := budget.find(folded):
        (need.budget_min_fen, need.budget_max_fen), place = found
        spoken_for.append(place)
    if by_day := dates.find(folded, today or timezone.localdate()):
        need.needed_by, place = by_day
        spoken_for.append(place)
    elif dates.no_hurry(folded):
        need.no_matter.append("needed_by")
    need.origins = {fact["slot"]: SAID for fact in facts(need)}
    wished = _without(folded, spoken_for)
    need.words = [word for word in words(wished) if word != need.recipient]
    catalogue.place(need, wished)
    return need


def words(text: str) -> list[str]:
    """What to look for: whole words first, then single characters."""
    found = [token for token in search.query_tokens(text) if token not in STOP_WORDS and not token.isdigit()]
    return sorted(found, key=lambda token: len(token) == 1)[:MAX_WORDS]


def _without(text: str, places: list[tuple[int, int]]) -> str:
    """The text with what is already understood blanked out, so that 不要红色 does not look for red."""
    for start, end in places:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
