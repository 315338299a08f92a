"""The audit log's one door."""

from django.db.models import Model

from .models import AuditEntry


def record(*, actor, action: str, target: Model, **data) -> AuditEntry:
    """Write who did what, in the caller's transaction.

    Args:
        actor: the user, or None when the platform itself acted.
        action: `<app>.<verb>`, such as `orders.shipped`.
        data: JSON-serialisable facts; never personal data in clear.
    """
    return AuditEntry.objects.create(
        actor_id=actor.public_id if actor is not None else "",
        action=action,
        target_type=target._meta.label_lower,
        target_id=getattr(target, "public_id", None) or str(target.pk),
        data=data,
    )
