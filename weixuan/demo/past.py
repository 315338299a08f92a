"""What has passed before the demo begins, told through the services with the clock turned back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import Min
from django.test import override_settings
from django.utils import timezone

from core import outbox
from core.models import OutboxEvent, Priority
from qa.matching import assignment
from qa.services import dispatching
from qa.simulation.clock import Clock, stopped_at

# Moments looked at on the way from one to another: what stays due must not hold the story up.
STEPS = 60


class Past:
    """A stopped clock. What falls due while it moves on is done on the way, as worker and beat would do it."""

    def __init__(self, clock: Clock):
        self.clock = clock

    def wait(self, **time: float) -> None:
        """Args: as timedelta's."""
        self.move_to(timezone.now() + timedelta(**time))

    def move_to(self, moment: datetime) -> None:
        """A moment that is over already changes nothing: time does not run backwards."""
        for _ in range(STEPS):
            due = _next_due_at()
            if due is None or due >= moment:
                break
            self.clock.move_to(max(due, timezone.now() + timedelta(seconds=1)))
            _work()
        if moment > timezone.now():
            self.clock.move_to(moment)
            _work()


@contextmanager
def since(moment: datetime) -> Iterator[Past]:
    """All clocks stand at `moment` (aware) and move on with the story. Nobody is woken: no worker runs yet."""
    assignment.lottery.seed(7)  # The same shops each time.
    with stopped_at(moment) as clock, override_settings(OUTBOX_WAKES=False):
        yield Past(clock)


def _next_due_at() -> datetime | None:
    waiting = OutboxEvent.objects.filter(status=OutboxEvent.Status.PENDING).aggregate(at=Min("due_at"))["at"]
    return min(filter(None, [waiting, dispatching.next_due_at()]), default=None)


def _work() -> None:
    for priority in Priority:
        for event_id in outbox.due_ids(priority):
            outbox.run(event_id)
    dispatching.tick()
