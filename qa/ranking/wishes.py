"""Services that buyers ask for in free words and shops answer in free words: engraving, a card, an invoice.

A closed list, so that what is not said can be named ("没说能不能刻字") and never guessed.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shops import search


@dataclass(frozen=True)
class Wish:
    name: str
    label: str | Promise
    terms: tuple[str, ...]


WISHES = (
    Wish("engraving", _("engraving"), ("刻字", "刻名", "刻上", "雕字")),
    Wish("printing", _("printing"), ("印字", "印名", "印logo", "印上", "印两个人的名字")),
    Wish("card", _("a greeting card"), ("贺卡", "写卡片", "手写卡")),
    Wish("wrapping", _("gift wrapping"), ("礼盒", "礼品包装", "包装成礼物")),
    Wish("invoice", _("an invoice"), ("发票", "专票", "普票")),
    Wish("home", _("delivery to the door"), ("送货上门", "送上门", "送到家")),
    Wish("fitting", _("installation"), ("安装",)),
    Wish("custom", _("made to order"), ("定制", "定做", "订做")),
    Wish("trial", _("a trial"), ("试用", "试吃", "小样")),
    Wish("exchange", _("exchange"), ("换货", "包换", "可以换", "能换")),
)
# 能不能刻字 and 可不可以刻字 ask; they refuse nothing.
_NOT = r"(?<![能可])(?:不能|不可以|不支持|没法|无法|不提供|暂不|不带|没有|不含|不开|不用|不要|不需要|别)"
# A refusal stands up to four characters before its word.
_NEAR = r"[^，,。；;！!？?\n]{0,4}"


def asked(text: str) -> list[Wish]:
    """The services that the buyer's words ask for; what they say they don't need is none."""
    folded = search.fold(text)
    return [wish for wish in WISHES if _says(wish, folded) and not _denies(wish, folded)]


def offered(wish: Wish, text: str) -> bool | None:
    """True where the shop's words offer it, False where they refuse it, None where they are silent."""
    folded = search.fold(text)
    if not _says(wish, folded):
        return None
    return not _denies(wish, folded)


def _says(wish: Wish, folded: str) -> bool:
    return any(term in folded for term in wish.terms)


def _denies(wish: Wish, folded: str) -> bool:
    return any(re.search(_NOT + _NEAR + re.escape(term), folded) for term in wish.terms)
