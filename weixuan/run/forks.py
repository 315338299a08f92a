"""Programs as forks of a process that has imported what they need."""

import os
import runpy
import signal
import subprocess
import sys
import threading
from multiprocessing.context import ForkProcess

from .processes import die_with_parent, name_process

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
HIGHEST_FILE = 4096


class Fork(ForkProcess):
    """Runs `command`, a module and its arguments, as `python -m` would, but with our imports; started when made.

    It has the part of Popen's face that the supervisor needs.

    Args:
        name: shown by ps and top, where all forks share our command line.
        output: a file descriptor for what it writes.

    Raises:
        RuntimeError: this process has other threads: a lock that one of them holds would stay locked in the fork.
    """

    def __init__(self, name: str, command: list[str], environment: dict[str, str], output: int) -> None:
        if threading.active_count() > 1:
            raise RuntimeError(f"{name} cannot be forked beside threads: {threading.enumerate()}")
        super().__init__(name=name)
        self.command, self.environment, self.output = command, environment, output
        self.prepare = die_with_parent(signal.SIGTERM)
        # A signal between the fork and the end of its preparations would run our handlers in it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            self.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def run(self) -> None:
        """In the fork: leave everything of ours behind but the imports, then become the program."""
        os.setsid()
        if self.prepare:
            self.prepare()
        for number in STOPPING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        os.dup2(self.output, 1)
        os.dup2(self.output, 2)
        os.closerange(3, HIGHEST_FILE)  # above all the lock that says we run
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        name_process(f"weixuan-{self.name}")
        os.environ.update(self.environment)
        sys.argv = list(self.command)
        runpy.run_module(self.command[0], run_name="__main__", alter_sys=True)

    def poll(self) -> int | None:
        return self.exitcode

    @property
    def returncode(self) -> int | None:
        return self.exitcode

    def wait(self, timeout: float | None = None) -> None:
        """Raises subprocess.TimeoutExpired, as Popen does."""
        self.join(timeout)
        if self.exitcode is None:
            raise subprocess.TimeoutExpired(self.command, timeout or 0)
