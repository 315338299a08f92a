"""Row locks, in one place: taken late, ordered by primary key, re-read once held."""

from typing import TypeVar, cast

from django.db.models import Model, QuerySet

T = TypeVar("T", bound=Model)


def lock_rows(rows: QuerySet[T]) -> list[T]:
    """Lock these rows in primary-key order, so that two callers never wait on each other, and return them fresh."""
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def lock_row(row: T) -> T:
    """Lock one row and return it as it is now: what the caller held may be stale."""
    # Not type(row): request.user is a lazy wrapper.
    return cast(T, row._meta.model._default_manager.select_for_update(of=("self",)).get(pk=row.pk))
