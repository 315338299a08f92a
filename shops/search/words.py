"""How text becomes words: the only module that knows.

Traditional folds to simplified and full width to half width. Words come from rjieba's search mode; each Chinese
character is kept as a token of its own, so that 壶 finds 紫砂壶; Latin words are kept in their parts and joined,
so that superb finds super-b and r50 finds D50/R50.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import rjieba
from opencc import OpenCC

MAX_CHARACTERS = 4000
MAX_QUERY_TOKENS = 32
# Characters that stand in most texts and tell no two products apart.
STOP = frozenset("的了和是在有我你他她它给送想要买把个一款这那吗呢吧啊哦请问什么怎么哪")
LATIN_RUN = re.compile(r"[a-z0-9]+(?:[-_./·&' ][a-z0-9]+)*")
LATIN_WORD = re.compile(r"[a-z0-9]+")
LATIN_PART = re.compile(r"[a-z]+|[0-9]+")
# What a token of each kind weighs beside its rarity (docs/matching.md, "Retrieval"): names and model numbers are
# Latin; a character that stands alone in the query is a word that the dictionary doesn't know.
LATIN_WEIGHT, CHARACTER_WEIGHT, LONE_WEIGHT = 2.0, 1.5, 3.0


@functools.cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def fold(text: str) -> str:
    """Simplified characters, half width, lower case."""
    text = text[:MAX_CHARACTERS].encode("utf-8", "ignore").decode()
    return _simplifier().convert(unicodedata.normalize("NFKC", text)).lower()


def is_chinese(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


def words(folded: str) -> list[str]:
    """Words of a folded text, each once, in order of appearance."""
    cut = (word for word in rjieba.cut_for_search(folded) if word.isalnum())
    return list(dict.fromkeys([*cut, *_latin(folded)]))


def _latin(folded: str) -> Iterator[str]:
    for run in LATIN_RUN.findall(folded):
        whole = LATIN_WORD.findall(run)
        for left, right in pairwise(whole):
            if not (left + right).isdigit():
                yield left + right
        for word in whole:
            parts = LATIN_PART.findall(word)
            if len(parts) > 1:
                yield from [word, *parts]


def tokens(text: str) -> list[str]:
    """Words and single Chinese characters of `text`, folded, each once, in order of appearance."""
    folded = fold(text)
    return list(dict.fromkeys([*words(folded), *filter(is_chinese, folded)]))


def title_tokens(text: str) -> list[str]:
    """The tokens of a title that is searched: also words that it holds but is not cut into, as 餐桌布艺 holds 桌布."""
    held = (word for word in rjieba.cut_all(fold(text)) if len(word) > 1 and word.isalnum())
    return list(dict.fromkeys([*tokens(text), *held]))


def query_tokens(text: str) -> list[str]:
    """The tokens of a query that tell products apart; all of them where none would be left."""
    found = tokens(text)
    return ([token for token in found if token not in STOP] or found)[:MAX_QUERY_TOKENS]


def weights(tokens: Sequence[str]) -> dict[str, float]:
    """What each token of one query weighs beside its rarity."""
    longer = "|".join(token for token in tokens if len(token) > 1)
    return {token: _weight(token, longer) for token in tokens}


def _weight(token: str, longer: str) -> float:
    if LATIN_WORD.fullmatch(token):
        return LATIN_WEIGHT
    if len(token) > 1:
        return 1.0
    return CHARACTER_WEIGHT if token in longer else LONE_WEIGHT


def clean(given: Iterable[str]) -> list[str]:
    """Tokens as `tokens` would give them, from whatever a caller has: nothing in them can be an operator."""
    return list(dict.fromkeys(token for token in given if token and token.isalnum()))[:MAX_QUERY_TOKENS]
