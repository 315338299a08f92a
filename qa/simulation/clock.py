"""Time in the city: it stands still while something happens and jumps to the next event."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def move_to(self, destination: datetime) -> None: ...


@contextmanager
def stopped_at(start: datetime) -> Iterator[Clock]:
    """All of Python's clocks show `start` (aware) until the clock is moved.

    Raises:
        ImportError: the `simulation` extra is not installed.
    """
    import time_machine  # Only the simulation needs it: not in production's lock.

    with time_machine.travel(start, tick=False) as clock:
        yield clock
