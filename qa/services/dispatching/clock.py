"""What the clock makes due. All of it stands in rows: a restart changes nothing, and a moved clock is enough to play."""

from datetime import datetime

from django.db.models import Min

from ...models import Invitation, Ticket, Wave
from .batches import dispatch_due
from .ending import end_due
from .leases import expire_due

# Rounds in one call, so that a backlog is worked off by several workers and none runs for minutes.
ROUNDS = 10


def tick() -> None:
    """Give back leases, lapse invitations, close waves, open those that are due. Each worker calls it once a second."""
    expire_due()
    for _ in range(ROUNDS):
        # In turn, so that neither waits for the other's backlog.
        ended, dispatched = end_due(), dispatch_due()
        if not ended and not dispatched:
            break


def next_due_at() -> datetime | None:
    """When `tick` has something to do again (UTC), or None."""
    times = [
        Ticket.objects.filter(done_at=None).aggregate(at=Min("due_at"))["at"],
        Wave.objects.filter(closed_at=None).aggregate(at=Min("deadline_at"))["at"],
        Invitation.objects.open().aggregate(at=Min("deadline_at"))["at"],
        Invitation.objects.filter(status=Invitation.Status.WRITING).aggregate(at=Min("lease_until"))["at"],
    ]
    return min(filter(None, times), default=None)
