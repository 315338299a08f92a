"""What a title says of a product beside what was asked for, by kind: so that options are always of one kind."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

import rjieba

from shops import search

from ..lexicon import KINDS, UNITS

# The longer word wins: 玫瑰金色 is not 金色.
_KNOWN = {word: (kind, meaning) for kind, words in KINDS.items() for word, meaning in words.items()}
_WORDS = re.compile("|".join(sorted(map(re.escape, _KNOWN), key=len, reverse=True)))
_MEASURE = re.compile(
    rf"(?<![\d.a-z])(\d{{1,5}}(?:\.\d{{1,2}})?)\s?({'|'.join(sorted(UNITS, key=len, reverse=True))})(?![a-z])"
)
# A title opens with a brand when that is Latin (Sansui/山水…), or short and set apart (华为 Mate X3); both: the Chinese.
_LATIN = re.compile(r"([a-z][a-z0-9&'.-]{1,19})[\s/·|(（\[]*([\u3400-\u9fff]{2,3}(?=[\s/·|)）\]a-z]))?")
_CHINESE = re.compile(r"([\u3400-\u9fff]{2,3})(?=[\s/·|(（]|[a-z])")
_OPENING = re.compile(r"^[\s\[【(（「#|]+")


def facets(title: str, asked_for: Sequence[str]) -> dict[str, set[str]]:
    """Kind -> options that hold for this title.

    Args:
        asked_for: the words looked for, folded; what they say already is no option.
    """
    folded = search.fold(title)
    found: dict[str, set[str]] = defaultdict(set)
    for kind, option in [*_listed(folded), *_measures(folded), *_brand(folded), *_types(folded, asked_for)]:
        if not any(option in word or word in option for word in asked_for if len(word) > 1) or kind == "type":
            found[kind].add(option)
    return dict(found)


def _listed(folded: str) -> Iterator[tuple[str, str]]:
    return (_KNOWN[match[0]] for match in _WORDS.finditer(folded))


def _measures(folded: str) -> Iterator[tuple[str, str]]:
    for number, unit in _MEASURE.findall(folded):
        kind, shown = UNITS[unit]
        yield kind, f"{number} {shown}"


def _brand(folded: str) -> Iterator[tuple[str, str]]:
    opening = _OPENING.sub("", folded)
    if match := _LATIN.match(opening):
        yield "brand", match[2] if match[2] and match[2] not in _KNOWN else match[1]
    elif (match := _CHINESE.match(opening)) and match[1] not in _KNOWN:
        yield "brand", match[1]


def _types(folded: str, asked_for: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Words that end like what was asked for: 书包, 钱包 for 包. What was asked for itself says nothing new."""
    ends = {word[-1] for word in asked_for if search.is_chinese(word[-1])}
    for word in rjieba.cut(folded):
        if len(word) > 1 and word[-1] in ends and word not in asked_for and all(map(search.is_chinese, word)):
            yield "type", word
