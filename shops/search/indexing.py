"""Making the index beside PostgreSQL and keeping it current (docs/adr/0013).

The database itself notes with each product the transaction that last changed what it is found by
(Product.changed_in), and an index notes up to which transaction it has read. So it can catch up from wherever it stands,
nothing is queued, and any number of hosts may have one of their own. One writes at a time: the lock is the kernel's, on
a file beside the index, and gone with its holder.
"""

import fcntl
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import connection

from core.ids import public_id

from ..models import Product
from .index import CURRENT, State, Unusable, opened, root, schema

if TYPE_CHECKING:
    import tantivy

# How a build goes, which one that was killed is taken up from.
BUILDING = "building.json"
# How folders begin that are ours to remove.
FOLDER = "weixuan-index-"
# Rows of one read, and of one commit while building: a minute's work at most is done again.
ROWS, COMMITTED = 5_000, 200_000
HEAP_BYTES = 100_000_000

# What was committed below the first number is seen by every later statement; the rest tells one database from another,
# and from itself before it was rewound to an earlier moment.
POSITION = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    concat_ws('-', s.system_identifier, c.timeline_id, d.oid)
FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d WHERE d.datname = current_database()
"""
READ = """
SELECT id, category_id, {on_sale}, array_to_string(tsvector_to_array(search), ' ')
FROM {table} WHERE {which} AND id > %s ORDER BY id LIMIT {rows}
"""
ON_SALE, CHANGED = "status = 'published' AND search IS NOT NULL", "changed_in >= %s"

Progress = Callable[[int], None]


class Busy(Exception):
    """Somebody else is at it."""


@contextmanager
def _alone(name: str, *, wait: bool) -> Iterator[None]:
    root().mkdir(parents=True, exist_ok=True)
    with (root() / name).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise Busy from error
        yield


def _position() -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(POSITION)
        return cursor.fetchone()


def _rows(which: str, *values: int, after: int = 0) -> Iterator[list[tuple]]:
    """(id, category, whether it is on sale, words), ROWS at a time: no snapshot is held while they are written."""
    sql = READ.format(table=Product._meta.db_table, on_sale=ON_SALE, which=which, rows=ROWS)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, [*values, after])
            rows = cursor.fetchall()
        if rows:
            yield rows
            after = rows[-1][0]
        if len(rows) < ROWS:
            return


def _add(writer: "tantivy.IndexWriter", row: tuple) -> None:
    import tantivy

    pk, category, _on_sale, words = row
    document = tantivy.Document()
    document.add_unsigned("id", pk)
    if category is not None:
        document.add_unsigned("category", category)
    document.add_text("words", words)
    writer.add_document(document)


def _apply(index: "tantivy.Index", since: int) -> int:
    """Write what changed in or after a transaction; doing it again changes nothing. Returns how many products."""
    import tantivy

    changed = _rows(CHANGED, since)
    first = next(changed, None)
    if first is None:
        return 0
    written = 0
    with index.writer(HEAP_BYTES, 1) as writer:
        for rows in (first, *changed):
            # By query: tantivy-py's delete by term does nothing for a number (0.27).
            keys = [row[0] for row in rows]
            writer.delete_documents_by_query(tantivy.Query.term_set_query(schema(), "id", keys))
            for row in rows:
                if row[2]:
                    _add(writer, row)
            written += len(rows)
        writer.commit()
    return written


def catch_up() -> int:
    """Bring the index in use up to date; returns how many changed products were looked at.

    While a long transaction that writes is open, what was committed since it began is written again each time.

    Raises:
        Busy: somebody else is writing; Unusable: there is none, it is broken, or it is another database's.
    """
    with _alone("write.lock", wait=False):
        return _catch_up(State.read(root() / CURRENT))


def _catch_up(state: State) -> int:
    began = time.time()
    position, history = _position()
    if history != state.history or position < state.position:
        raise Unusable("of another database")
    try:
        written = _apply(opened(state.folder), state.position)
    except ValueError as error:
        raise Unusable("corrupt") from error
    now = replace(state, position=position, commits=state.commits + bool(written), current_at=began, after=0)
    now.write(root() / CURRENT)
    return written


def build(progress: Progress) -> int:
    """Make a new index and put it into use; searches and changes go on with the old one meanwhile.

    A build that was killed goes on where it last committed.

    Args:
        progress: told how many products have been written.

    Returns:
        How many were written by this call, without those that changed meanwhile.

    Raises:
        Busy: another build is running.
    """
    with _alone("build.lock", wait=False):
        state, index = _begun()
        written = _fill(state, index, progress)
        with _alone("write.lock", wait=True):
            _catch_up(state)
            (root() / BUILDING).unlink()
        _tidy(state.folder)
        return written


def _begun() -> tuple[State, "tantivy.Index"]:
    """A build that was killed, or a new one."""
    import tantivy

    position, history = _position()
    try:
        state = State.read(root() / BUILDING)
        if state.history == history and state.position <= position:
            index = opened(state.folder)
            with index.writer(HEAP_BYTES, 1) as writer:
                later = tantivy.Query.range_query(
                    schema(), "id", tantivy.FieldType.Unsigned, lower_bound=state.after, include_lower=False
                )
                writer.delete_documents_by_query(later)
                writer.commit()
            return state, index
    except Unusable:
        pass
    state = State(folder=FOLDER + public_id(), history=history, position=position)
    (root() / state.folder).mkdir()
    state.write(root() / BUILDING)
    return state, tantivy.Index(schema(), str(root() / state.folder))


def _fill(state: State, index: "tantivy.Index", progress: Progress) -> int:
    written = since_commit = 0
    with index.writer(HEAP_BYTES, 1) as writer:
        for rows in _rows(ON_SALE, after=state.after):
            for row in rows:
                _add(writer, row)
            written, since_commit = written + len(rows), since_commit + len(rows)
            if since_commit >= COMMITTED:
                writer.commit()
                replace(state, after=rows[-1][0]).write(root() / BUILDING)
                since_commit = 0
                progress(written)
        writer.commit()
    progress(written)
    return written


def _tidy(kept: str) -> None:
    """Remove the other indexes. Who still reads one has its files open and is not disturbed."""
    for folder in root().glob(f"{FOLDER}*"):
        if folder.name != kept:
            shutil.rmtree(folder, ignore_errors=True)
