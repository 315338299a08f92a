"""The audit log's one door."""

from collections.abc import Iterable

from django.db.models import Model

from .models import AuditEntry


def record(*, actor, action: str, target: Model, **data) -> AuditEntry:
    """Write who did what, in the caller's transaction.

    Args:
        actor: the user, or None when the platform itself acted.
        action: `<app>.<verb>`, such as `orders.shipped`.
        data: JSON-serialisable facts; never personal data in clear.
    """
    entry = _entry(actor, action, target, data)
    entry.save(force_insert=True)
    return entry


def record_many(*, actor, action: str, targets: Iterable[tuple[Model, dict]]) -> None:
    """The same action on many rows, each with its own facts, in one statement."""
    AuditEntry.objects.bulk_create([_entry(actor, action, target, data) for target, data in targets])


def _entry(actor, action: str, target: Model, data: dict) -> AuditEntry:
    return AuditEntry(
        actor_id=actor.public_id if actor is not None else "",
        action=action,
        target_type=target._meta.label_lower,
        target_id=getattr(target, "public_id", None) or str(target.pk),
        data=data,
    )
