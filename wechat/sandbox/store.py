"""The sandbox's memory: plain records in dictionaries, written through to one SQLite file.

Everything is read from memory; SQLite only lets a sandbox continue after a restart. All work happens
on one thread of one event loop, so no record needs a lock.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Generic, TypeVar

Record = TypeVar("Record")


class Table(Generic[Record]):
    """Records of one class by their key, with optional unique look-ups by other fields."""

    def __init__(self, store: "Store", record_class: type[Record], key: str, unique: tuple[str, ...] = ()) -> None:
        self.name = record_class.__name__
        self._store, self._class, self._key = store, record_class, key
        self._rows: dict[str, Record] = {}
        self._indexes: dict[str, dict[Any, str]] = {name: {} for name in unique}

    def save(self, record: Record) -> Record:
        key = getattr(record, self._key)
        self._rows[key] = record
        for name, index in self._indexes.items():
            if value := getattr(record, name):
                index[value] = key
        self._store.touch(self.name, key, record)
        return record

    def get(self, key: str | None) -> Record | None:
        return self._rows.get(key) if key is not None else None

    def find(self, **lookup: Any) -> Record | None:
        """Return the record whose unique field has this value: `find(out_trade_no="…")`."""
        [(name, value)] = lookup.items()
        return self.get(self._indexes[name].get(value))

    def where(self, **values: Any) -> list[Record]:
        return [row for row in self if all(getattr(row, name) == value for name, value in values.items())]

    def delete(self, key: str) -> None:
        record = self._rows.pop(key, None)
        for name, index in self._indexes.items():
            index.pop(getattr(record, name, None), None)
        self._store.touch(self.name, key, None)

    def clear(self) -> None:
        self._rows.clear()
        for index in self._indexes.values():
            index.clear()

    def load(self, key: str, body: str) -> None:
        known = {item.name for item in fields(self._class)}  # type: ignore[arg-type]
        record = self._class(**{name: value for name, value in json.loads(body).items() if name in known})
        self._rows[key] = record
        for name, index in self._indexes.items():
            if value := getattr(record, name):
                index[value] = key

    def __iter__(self) -> Iterator[Record]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)


class Store:
    """One SQLite file, or memory alone where `path` is None."""

    def __init__(self, path: Path | None) -> None:
        self._database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        # The operating system keeps what a killed process wrote, and nothing here outlives a power cut.
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS record (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )
        self._tables: list[Table] = []
        self._changed: dict[tuple[str, str], Any] = {}

    def table(self, record_class: type[Record], key: str, unique: tuple[str, ...] = ()) -> Table[Record]:
        table = Table(self, record_class, key, unique)
        rows = self._database.execute("SELECT key, body FROM record WHERE kind = ?", [table.name])
        for row_key, body in rows:
            table.load(row_key, body)
        self._tables.append(table)
        return table

    def touch(self, kind: str, key: str, record: Any) -> None:
        self._changed[kind, key] = record

    @property
    def has_changes(self) -> bool:
        return bool(self._changed)

    def commit(self) -> None:
        """Write every change since the last call in one transaction."""
        if not self._changed:
            return
        changed, self._changed = self._changed, {}
        self._database.execute("BEGIN")
        for (kind, key), record in changed.items():
            if record is None:
                self._database.execute("DELETE FROM record WHERE kind = ? AND key = ?", [kind, key])
            else:
                body = json.dumps(vars(record), ensure_ascii=False)
                self._database.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", [kind, key, body])
        self._database.execute("COMMIT")

    def clear(self) -> None:
        for table in self._tables:
            table.clear()
        self._changed.clear()
        self._database.execute("DELETE FROM record")

    def close(self) -> None:
        self.commit()
        self._database.close()
