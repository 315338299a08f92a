"""Statements that the ORM words once and PostgreSQL plans once.

Wording a query of a few joins takes Django 0.6 ms, planning it takes PostgreSQL 0.3, answering it 0.05. On the way
of a purchase, and on the pages that buyers open most, the same statement is kept and only its values change:

    @Prepared(buyer_id=int, key=str)
    def _earlier(buyer_id, key):
        return Order.objects.filter(buyer=buyer_id, idempotency_key=key)

    _earlier.first(buyer_id=7, key="k-1")

The function runs once, with a stand-in for each value. Whatever else it looks at (the time, settings) is frozen
with it, so what changes must be one of the values. Rows come back as the queryset would give them: instances with
their select_related, or tuples of `values_list`.

The statements are PostgreSQL's own PREPARE, one for each connection (docs/adr/0007-prepared-statements.md). A pooler
that shares a connection between transactions forgets them: there DATABASE_PREPARE=off sends the same SQL whole.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache, cached_property
from typing import Any, cast
from weakref import WeakKeyDictionary

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, BooleanField, F, Func, Model, Value
from django.db.models.constants import OnConflict
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery

# What no query means, and every type of column takes.
STAND_INS: dict[type, Callable[[int], Any]] = {
    str: lambda number: f"<stand-in {number}>",
    int: lambda number: 32_101 + number,
    bytes: lambda number: f"<stand-in {number}>".encode(),
    datetime: lambda number: datetime(1900, 1, 1 + number, tzinfo=UTC),
    date: lambda number: date(1900, 1, 1 + number),
    # Of keys: compare them by `any_of`.
    list: lambda number: [32_101 + number],
}
PLACEHOLDER = re.compile(r"%(.)")

_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def any_of(field: str, keys: Sequence[int]) -> Func:
    """A condition for `filter`: the field is one of these keys. One statement for however many there are."""
    return Func(
        F(field),
        Value(keys, output_field=ArrayField(BigIntegerField())),
        template="(%(expressions)s))",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )


def _hashable(value: Any) -> Any:
    # A list of one key and the key itself are two.
    return (list, *value) if isinstance(value, list) else value


class Statement:
    """SQL with numbered parameters, prepared where it is first used on a connection."""

    def __init__(self, sql: str, params: Sequence[Any], stand_ins: dict[str, Any]):
        """Parameters that are stand-ins become the statement's own; the others become part of its text, so that
        partial indexes are found."""
        names = {_hashable(stand_in): name for name, stand_in in stand_ins.items()}
        numbers: dict[str, int] = {}
        rest = iter(params)

        def place(found: re.Match) -> str:
            if found[1] == "%":
                return "%"
            param = next(rest)
            bare = getattr(param, "adapted", param)  # what psycopg2 wraps: bytes, JSON
            name = names.get(_hashable(bare)) if type(bare) in STAND_INS else None
            return _literal(param) if name is None else f"${numbers.setdefault(name, len(numbers) + 1)}"

        self.text = PLACEHOLDER.sub(place, sql)
        self.names = list(numbers)
        if missing := set(stand_ins) - set(numbers):
            raise TypeError(f"not among the statement's parameters: {sorted(missing)}")
        self.name = "wx_" + hashlib.sha256(self.text.encode()).hexdigest()[:16]
        arguments = ", ".join(["%s"] * len(self.names))
        self.call = f"EXECUTE {self.name}({arguments})" if arguments else f"EXECUTE {self.name}"

    @cached_property
    def whole(self) -> str:
        """For a connection that can't keep it: the text with its values by name."""
        return re.sub(r"\$(\d+)", lambda found: f"%({self.names[int(found[1]) - 1]})s", self.text.replace("%", "%%"))

    def execute(self, cursor, values: dict[str, Any]) -> None:
        if not settings.DATABASE_PREPARE:
            cursor.execute(self.whole, values)
            return
        raw = cursor.db.connection
        known = _known.setdefault(raw, set())
        if self.name not in known:
            with raw.cursor() as unseen:  # beside the count of queries: once in a connection's life
                unseen.execute(f"PREPARE {self.name} AS {self.text}")
            known.add(self.name)
        cursor.execute(self.call, [values[name] for name in self.names])


class Prepared:
    """Wraps a function that builds a queryset, or a pair (queryset, {field: value}) for a guarded UPDATE."""

    def __init__(self, **types: type):
        self.stand_ins = {name: STAND_INS[kind](number) for number, (name, kind) in enumerate(types.items())}

    def __call__(self, build: Callable[..., Any]) -> "Prepared":
        self.build = build
        return self

    def rows(self, **values: Any) -> list[tuple]:
        """The answer, as psycopg2 gives it: JSON columns are text."""
        return self._fetch(values)

    def all(self, **values: Any) -> list[Any]:
        """The answer as model instances."""
        return [self._instances(row) for row in self._fetch(values)]

    def first(self, **values: Any) -> Any:
        """The first instance, or None. Give the queryset an end ([:1]) where there may be more."""
        rows = self._fetch(values)
        return self._instances(rows[0]) if rows else None

    def update(self, **values: Any) -> int:
        """How many rows the guarded UPDATE changed."""
        with _own().cursor() as cursor:
            self._update.execute(cursor, values)
            return int(cursor.rowcount)

    def _fetch(self, values: dict[str, Any]) -> list[tuple]:
        with _own().cursor() as cursor:
            self._select[0].execute(cursor, values)
            return cursor.fetchall()

    @cached_property
    def _select(self) -> tuple[Statement, Any]:
        compiler = self.build(**self.stand_ins).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        return Statement(sql, params, self.stand_ins), compiler

    @cached_property
    def _instances(self) -> Callable[[tuple], Model]:
        return _instances(self._select[1])

    @cached_property
    def _update(self) -> Statement:
        rows, changes = self.build(**self.stand_ins)
        query = rows.query.chain(UpdateQuery)
        query.add_update_values(changes)
        sql, params = query.get_compiler(connection=connection).as_sql()
        return Statement(sql, params, self.stand_ins)


def insert(*rows: Model, on_conflict: OnConflict | None = None, unique: Sequence[str] = ()) -> bool:
    """INSERT rows of one model in one statement and give them their keys. No signal is sent.

    Args:
        on_conflict: OnConflict.IGNORE leaves one row out that has the same `unique` fields as another;
            OnConflict.UPDATE takes the key of the row that is there, which stays as it is.

    Returns:
        False where the row was left out.

    Raises:
        IntegrityError: as `save` would.
    """
    statement, fields = _insertion(type(rows[0]), len(rows), on_conflict, tuple(unique))
    own = _own()
    values = {
        f"{number}:{field.attname}": field.get_db_prep_save(field.pre_save(row, add=True), own)
        for number, row in enumerate(rows)
        for field in fields
    }
    with own.cursor() as cursor:
        statement.execute(cursor, values)
        keys = cursor.fetchall()
    for row, (key,) in zip(rows, keys, strict=False):
        row.pk = key
        row._state.adding, row._state.db = False, own.alias
    return len(keys) == len(rows)


@cache
def _insertion(model: type[Model], count: int, on_conflict: OnConflict | None, unique: tuple[str, ...]) -> tuple:
    if on_conflict and count > 1:
        raise ValueError("of several rows nobody could tell which were left out")
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    column_of = {field.name: field.column for field in fields}
    same = [column_of[name] for name in unique]
    table, columns = _quoted(model._meta.db_table), ", ".join(_quoted(field.column) for field in fields)
    names = [[f"{number}:{field.attname}" for field in fields] for number in range(count)]
    placed = ", ".join("(" + ", ".join(["%s"] * len(row)) + ")" for row in names)
    # On a conflict the first of them is "changed" to what it is, so that PostgreSQL returns the row's key.
    suffix = connection.ops.on_conflict_suffix_sql(fields, on_conflict, same[:1], same)
    key = _quoted(model._meta.pk.column)
    sql = f"INSERT INTO {table} ({columns}) VALUES {placed} {suffix} RETURNING {key}"  # noqa: S608 - names of our own
    stand_ins = {name: f"<stand-in {name}>" for row in names for name in row}
    return Statement(sql, list(stand_ins.values()), stand_ins), fields


def _own() -> BaseDatabaseWrapper:
    """This thread's connection. django.db.connection is a proxy that looks it up for each attribute."""
    return connections[DEFAULT_DB_ALIAS]


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))


def _instances(compiler) -> Callable[[tuple], Model]:
    """What django.db.models.query.ModelIterable does for each row, with its preparations made once."""
    klass, select = compiler.klass_info, compiler.select
    model, first, last = klass["model"], klass["select_fields"][0], klass["select_fields"][-1] + 1
    names = [column.target.attname for column, _sql, _alias in select[first:last]]
    # Their types are those of a later Django.
    related = cast(Any, get_related_populators)(klass, select, connection.alias)
    annotations = list(compiler.annotation_col_map.items()) if compiler.annotation_col_map else []
    converters = compiler.get_converters([column for column, _sql, _alias in select])

    alias = connection.alias

    def instance(row: tuple) -> Model:
        if converters:
            [row] = compiler.apply_converters([row], converters)
        found = model.from_db(alias, names, row[first:last])
        for populator in related:
            populator.populate(row, found)
        for name, position in annotations:
            setattr(found, name, row[position])
        return found

    return instance


def _literal(value: Any) -> str:
    with connection.cursor() as cursor:
        return str(cursor.cursor.mogrify("%s", [value]).decode())
