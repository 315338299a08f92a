"""Keep some processes running: restart what dies, stop everything, leave no orphan.

Small and our own: the supervisors to be had as a library either stop everything
when one process dies or want to be the machine's init.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .forks import Fork
from .messages import ROOT, Stop, say
from .processes import die_with_parent

# Seconds before each restart of a process that keeps dying; one that lived STEADY_SECONDS begins anew.
BACKOFF = (0.2, 1, 2, 5, 10, 30)
STEADY_SECONDS = 30
STOP_SECONDS = 10
LAST_LINES = 15
COLOURS = (36, 35, 34, 33, 32, 31)
TROUBLE = re.compile(r"(?<!%)\b(WARNING|ERROR|CRITICAL)\b|^\w*(Error|Exception)\b|Traceback")


@dataclass
class Program:
    """One process to keep running.

    Args:
        name: shown before its lines and used for its log file.
        command: the program and its arguments; if `forked`, a module and its arguments, as after `python -m`.
        environment: added to ours.
        forked: run it in a fork of this process, which spares it the imports that this process has made already.
    """

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    forked: bool = False


class _Child:
    """A program's present process, its log, and when it may start again.

    The process writes into its log itself, so it never waits for us to read.
    """

    def __init__(self, program: Program, log: Path, colour: int) -> None:
        self.program, self.log, self.colour = program, log, colour
        self.process: subprocess.Popen[bytes] | Fork | None = None
        self.deaths, self.started, self.due = 0, 0.0, 0.0
        self.told = 0  # bytes of the log that were looked through

    def start(self) -> None:
        self.started = time.monotonic()
        with self.log.open("ab") as output:
            self.process = self._fork(output.fileno()) if self.program.forked else self._spawn(output.fileno())

    def _fork(self, output: int) -> Fork:
        return Fork(self.program.name, self.program.command, self.program.environment, output)

    def _spawn(self, output: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.program.command,
            cwd=ROOT,
            env={**os.environ, **self.program.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A session of its own: Ctrl-C reaches us alone, and its whole group can be ended.
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call, no lock
        )

    def tell_trouble(self) -> None:
        """Show the warnings and errors that came into the log since the last call."""
        found = b""
        with contextlib.suppress(FileNotFoundError), self.log.open("rb") as log:
            log.seek(self.told)
            found = log.read()
        whole = found[: found.rfind(b"\n") + 1]  # the rest of a line half written comes next time
        self.told += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            if TROUBLE.search(line):
                self.tell(shorten(line))

    def tell(self, text: str) -> None:
        name = f"{self.program.name:<8}"
        say(f"\033[{self.colour}m{name}\033[0m {text}" if sys.stderr.isatty() else f"{name} {text}")

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LAST_LINES:])

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end_group(self) -> None:
        """End the process and whatever it left behind in its group, and tell its last troubles."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.tell_trouble()


def shorten(line: str) -> str:
    """A log line for the terminal: the message of a JSON record, at most 200 characters."""
    with contextlib.suppress(ValueError):
        record = json.loads(line)
        if isinstance(record, dict):
            line = f"{record.get('level', '')} {record.get('message', line)}"
    line = line.strip()
    return line if len(line) <= 200 else line[:199] + "…"


class Supervisor:
    """Runs programs until `stop`; use it as a context manager, from the main thread."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.children: dict[str, _Child] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def add(self, program: Program) -> None:
        """Start `program` and keep it running. Its last log is kept beside the new one as NAME.log.1."""
        log = self.logs / f"{program.name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        child = _Child(program, log, COLOURS[len(self.children) % len(COLOURS)])
        self.children[program.name] = child
        child.start()

    def run(self, program: Program) -> None:
        """Run `program` once, to its end, watching over the others meanwhile.

        Raises:
            Stop: it failed; its last lines are in the message.
        """
        self.add(program)
        child = self.children[program.name]
        try:
            while child.is_running():
                self.watch(but=program.name)
                time.sleep(0.05)
            assert child.process is not None
            child.end_group()
            if child.process.returncode:
                raise self._failed(child)
        finally:
            child.end_group()
            del self.children[program.name]

    def watch(self, but: str = "") -> None:
        """Restart what has died and whose time has come."""
        now = time.monotonic()
        for child in self.children.values():
            child.tell_trouble()
            if child.is_running() or child.program.name == but:
                continue
            if child.due == 0:
                assert child.process is not None
                child.deaths = 0 if now - child.started > STEADY_SECONDS else child.deaths
                wait = BACKOFF[min(child.deaths, len(BACKOFF) - 1)]
                child.deaths, child.due = child.deaths + 1, now + wait
                child.end_group()
                child.tell(
                    f"ended with status {child.process.returncode}; starts again in {wait} s. 已退出，{wait} 秒后重启。"
                )
            elif now >= child.due:
                child.due = 0
                child.start()

    def run_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Watch until `ready()` is true.

        Raises:
            Stop: it took longer than `seconds`, or a program died four times meanwhile.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            self.watch()
            for child in self.children.values():
                if child.deaths > 3:
                    raise self._failed(child)
            if time.monotonic() > deadline:
                raise Stop(
                    f"Not ready after {seconds:.0f} s. The logs in {self.logs} say why.",
                    f"{seconds:.0f} 秒后仍未就绪，原因见 {self.logs} 里的日志。",
                )
            time.sleep(0.1)

    def run_forever(self) -> None:
        while True:
            self.watch()
            time.sleep(0.2)

    def stop(self) -> None:
        """SIGTERM to each, STOP_SECONDS to end, then the end of every group; returns when all are gone."""
        children = [child for child in self.children.values() if child.process is not None]
        for child in children:
            if child.is_running():
                child.process.terminate()  # type: ignore[union-attr]
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))  # type: ignore[union-attr]
        for child in children:
            child.end_group()
        self.children.clear()

    def _failed(self, child: _Child) -> Stop:
        name = child.program.name
        return Stop(
            f"{child.last_words()}\n\n{name} failed; its last lines are above, the whole log is {child.log}.",
            f"{name} 没能启动，最后的输出见上，完整日志在 {child.log}。",
        )
