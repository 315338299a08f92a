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
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .messages import ROOT, Stop, say
from .processes import die_with_parent

# Seconds before each restart of a process that keeps dying; one that lived STEADY_SECONDS begins anew.
BACKOFF = (0.2, 1, 2, 5, 10, 30)
STEADY_SECONDS = 30
STOP_SECONDS = 10
COLOURS = (36, 35, 34, 33, 32, 31)
TROUBLE = re.compile(r"(?<!%)\b(WARNING|ERROR|CRITICAL)\b|^\w*(Error|Exception)\b|Traceback")


@dataclass
class Program:
    """One process to keep running.

    Args:
        name: shown before its lines and used for its log file.
        command: the program and its arguments.
        environment: added to ours.
    """

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


class _Child:
    """A program's present process, its log, and when it may start again."""

    def __init__(self, program: Program, log: Path, colour: int) -> None:
        self.program, self.log, self.colour = program, log, colour
        self.process: subprocess.Popen[str] | None = None
        self.reader: threading.Thread | None = None
        self.deaths, self.started, self.due = 0, 0.0, 0.0
        self.last_lines: deque[str] = deque(maxlen=15)

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.program.command,
            cwd=ROOT,
            env={**os.environ, **self.program.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A session of its own: Ctrl-C reaches us alone, and its whole group can be ended.
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call, no lock
        )
        self.reader = threading.Thread(target=self._record, args=(self.process,), daemon=True)
        self.reader.start()

    def _record(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout, self.log.open("a", encoding="utf-8") as log:
            for line in process.stdout:
                log.write(line)
                log.flush()
                self.last_lines.append(line.rstrip())
                if TROUBLE.search(line):
                    self.tell(shorten(line))

    def tell(self, text: str) -> None:
        name = f"{self.program.name:<8}"
        say(f"\033[{self.colour}m{name}\033[0m {text}" if sys.stderr.isatty() else f"{name} {text}")

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end_group(self) -> None:
        """End whatever the process left behind in its group, and read its last words."""
        if self.process is not None and self.reader is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.reader.join(2)  # one that left its group may hold the pipe open


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
        words = "\n".join(child.last_lines)
        name = child.program.name
        return Stop(
            f"{words}\n\n{name} failed; its last lines are above, the whole log is {child.log}.",
            f"{name} 没能启动，最后的输出见上，完整日志在 {child.log}。",
        )
