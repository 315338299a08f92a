"""The sandbox's two clocks.

WeChat's own work (review, settlement, retries, automatic receipt) runs on an accelerated clock, so
that ten days pass in a demo. What the peer was told in seconds of its own (a token's life, a
`time_expire`) must not shrink, so validity runs on the real clock, which tests can only push forward.
"""

import time


class Clock:
    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._advanced = 0.0
        self._work_base = self._real_base = time.time()

    def reset(self) -> None:
        """Go back to the real time."""
        self._advanced = 0.0
        self._work_base = self._real_base = time.time()

    @property
    def speed(self) -> float:
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Change the speed from now on. Raises ValueError for one outside 0.1 to 100,000."""
        if not 0.1 <= speed <= 100_000:
            raise ValueError("speed must be between 0.1 and 100000")
        self._work_base, self._real_base = self.work(), time.time()
        self._speed = speed

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once, on both clocks."""
        if seconds < 0:
            raise ValueError("time cannot run backwards")
        self._advanced += seconds
        self._work_base += seconds

    def advance_work(self, seconds: float) -> None:
        """Let WeChat's own work pass without ageing what the peer holds."""
        self._work_base += seconds

    def work(self) -> float:
        """Unix seconds on the accelerated clock of WeChat's own work."""
        return self._work_base + (time.time() - self._real_base) * self._speed

    def now(self) -> float:
        """Unix seconds against which validity periods are judged."""
        return time.time() + self._advanced

    def real_seconds_until(self, due: float) -> float:
        """How long to sleep until `work()` reaches `due`."""
        return max(0.0, (due - self.work()) / self._speed)
