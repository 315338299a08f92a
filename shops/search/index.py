"""An optional index of the products on sale beside PostgreSQL, for catalogues past two million (docs/adr/0013).

`settings.SEARCH_ENGINE = "tantivy"` and the extra `tantivy` switch it on. It is a derived folder on this host
(settings.SEARCH_INDEX_ROOT) which `indexing` makes and keeps current. It only names the products that are worth looking
at: whether they are on sale, have the words, and in which order they come, PostgreSQL says of each from its row. Where
the package or the index is missing, broken or behind, PostgreSQL finds them alone.
"""

import functools
import importlib.util
import json
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.core.checks import Warning, register
from prometheus_client import Counter

if TYPE_CHECKING:
    import tantivy

log = logging.getLogger(__name__)

ENGINES = ("postgresql", "tantivy")
# Changes with what a document holds: an index of another format has to be built anew.
FORMAT = 1
# Names the folder in use and how far it has come; replaced as a whole, so readers see the old or the new.
CURRENT = "current.json"
# After an index that could not be read, none is tried for so long.
REST_SECONDS = 5.0

FALLBACKS = Counter(
    "weixuan_search_fallbacks", "Searches that PostgreSQL did alone because the index was no use", ["cause"]
)


@dataclass(frozen=True)
class State:
    """How far an index has come.

    Attributes:
        history: the database it was made from; a restored one is another.
        position: every transaction below this one is in it.
        commits: how often it was written; readers open it anew when this has changed.
        current_at: when nothing was missing from it (seconds since 1970).
        after: while it is being built, the last product that was read.
    """

    folder: str
    history: str
    position: int
    commits: int = 0
    current_at: float = 0.0
    after: int = 0
    format: int = FORMAT

    def write(self, path: Path) -> None:
        new = path.with_suffix(".new")
        new.write_text(json.dumps(asdict(self)))
        new.replace(path)

    @classmethod
    def read(cls, path: Path) -> "State":
        """Raises: Unusable."""
        try:
            state = cls(**json.loads(path.read_text()))
        except FileNotFoundError as error:
            raise Unusable("missing") from error
        except (OSError, ValueError, TypeError) as error:
            raise Unusable("corrupt") from error
        if state.format != FORMAT:
            raise Unusable("of another format")
        return state


class Unusable(Exception):
    """The index can't be used; the message is the cause in a word or two."""


def root() -> Path:
    return Path(settings.SEARCH_INDEX_ROOT)


def is_chosen() -> bool:
    return settings.SEARCH_ENGINE == "tantivy"


def is_installed() -> bool:
    return importlib.util.find_spec("tantivy") is not None


@register()
def engine_is_there(app_configs, **kwargs):
    if settings.SEARCH_ENGINE not in ENGINES:
        message = f"SEARCH_ENGINE is {settings.SEARCH_ENGINE!r}, which isn't known: PostgreSQL searches."
        return [Warning(message, hint=f"Choose one of: {', '.join(ENGINES)}.", id="shops.W002")]
    if is_chosen() and not is_installed():
        message = "SEARCH_ENGINE is 'tantivy', which is not installed: PostgreSQL searches."
        return [Warning(message, hint="Install requirements/tantivy.txt.", id="shops.W003")]
    return []


@functools.cache
def schema() -> "tantivy.Schema":
    import tantivy

    fields = tantivy.SchemaBuilder()
    fields.add_unsigned_field("id", indexed=True, fast=True)
    fields.add_unsigned_field("category", indexed=True)
    # The tokens of Product.search as they stand there, between spaces: nothing else cuts words.
    fields.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
    return fields.build()


def opened(folder: str) -> "tantivy.Index":
    """Raises: Unusable."""
    if not is_installed():
        raise Unusable("not installed")
    import tantivy

    try:
        index = tantivy.Index.open(str(root() / folder))
        # Read again when we say so: a thread that watches would not outlive a fork.
        index.config_reader(reload_policy="manual")
    except ValueError as error:
        raise Unusable("corrupt") from error
    return index


@dataclass(frozen=True)
class _Opened:
    stamp: tuple
    state: State
    index: "tantivy.Index"
    searcher: "tantivy.Searcher"


class _Process:
    """What this process has open, until when (monotonic seconds) it tries no more, and what it has complained of."""

    opened: _Opened | None = None
    rest_until = 0.0
    cause = ""


def nearest(
    ways: Sequence[Sequence[str]], worth: Mapping[str, float], *, most: int, categories: Collection[int] | None = None
) -> list[int] | None:
    """Primary keys of products that the index has on sale, best first; None where PostgreSQL has to find them.

    Args:
        ways: a product has all tokens of one of these.
        worth: what each token adds to a product's score.
        categories: those of one of these only (primary keys).
    """
    cause = _Process.cause
    if time.monotonic() >= _Process.rest_until:
        try:
            searcher = _fresh().searcher
            hits = searcher.search(_query(ways, worth, categories), limit=most, count=False).hits
            keys = searcher.fast_field_values("id", [address for _score, address in hits])
        except Unusable as unusable:
            cause = str(unusable)
        except BaseException as error:
            # A broken file may make the library panic, which is no Exception.
            if not isinstance(error, ValueError | OSError) and type(error).__name__ != "PanicException":
                raise
            log.warning("the index could not be searched: %s", error)
            cause = "corrupt"
        else:
            if cause:
                log.warning("the index is of use again")
                _Process.cause = ""
            return cast(list[int], keys)
        complain(cause)
    FALLBACKS.labels(cause).inc()
    return None


def complain(cause: str) -> None:
    """Say once for each cause that searches go without the index, and let them for a while."""
    if cause != _Process.cause:
        log.warning("the index is no use (%s): PostgreSQL searches alone", cause)
    _Process.cause, _Process.opened = cause, None
    _Process.rest_until = time.monotonic() + REST_SECONDS


def _fresh() -> _Opened:
    """The index in use as it is now: one look at a file.

    Raises:
        Unusable: missing, corrupt, not installed, or behind by more than settings.SEARCH_INDEX_STALE_SECONDS.
    """
    path, now = root() / CURRENT, _Process.opened
    try:
        stat = path.stat()
    except OSError as error:
        raise Unusable("missing") from error
    stamp = (str(path), stat.st_ino, stat.st_mtime_ns)
    if now is None or now.stamp != stamp:
        now = _Process.opened = _open(stamp, State.read(path), now)
    if time.time() - now.state.current_at > settings.SEARCH_INDEX_STALE_SECONDS:
        raise Unusable("stale")
    return now


def _open(stamp: tuple, state: State, before: _Opened | None) -> _Opened:
    if before is None or before.stamp[0] != stamp[0] or before.state.folder != state.folder:
        index = opened(state.folder)
    else:
        index = before.index
        if before.state.commits == state.commits:
            return _Opened(stamp, state, index, before.searcher)
        index.reload()
    return _Opened(stamp, state, index, index.searcher())


def _query(
    ways: Sequence[Sequence[str]], worth: Mapping[str, float], categories: Collection[int] | None
) -> "tantivy.Query":
    from tantivy import Occur, Query

    has = {
        token: Query.term_query(schema(), "words", token, "basic")
        for token in dict.fromkeys([*worth, *(token for way in ways for token in way)])
    }
    # The same score as PostgreSQL's (ranking.points_sql): a sum, whatever the length of a title.
    alone = {way[0]: worth.get(way[0], 0.0) for way in ways if not way[1:]}
    either = [(Occur.Should, Query.const_score_query(has[token], value)) for token, value in alone.items()]
    for way in ways:
        if way[1:]:
            both = Query.boolean_query([(Occur.Must, has[token]) for token in way])
            either.append((Occur.Should, Query.const_score_query(both, 0.0)))
    query = Query.boolean_query(either)
    # One around the other: so a frequent token is only looked up in the products that were found. Side by side, tantivy
    # goes through all products that have one of them, which at three million takes 2.5 times as long.
    for token, value in worth.items():
        if token not in alone:
            more = Query.const_score_query(has[token], value)
            query = Query.boolean_query([(Occur.Must, query), (Occur.Should, more)])
    if categories is not None:
        of_them = Query.term_set_query(schema(), "category", list(categories))
        query = Query.boolean_query([(Occur.Must, query), (Occur.Must, Query.const_score_query(of_them, 0.0))])
    return query
