"""Server CPU and latency of a call, and the table that shows them."""

import os
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def tree_cpu_ms(roots: Iterable[int]) -> float:
    """CPU milliseconds that processes and all their descendants have used, ended ones included.

    Counted in the kernel's ticks (10 ms), so measure over hundreds of calls.
    """
    children: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid = int(path.parent.name)
            rest = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended meanwhile; its parent has its time
        children.setdefault(int(rest[1]), []).append(pid)
        used[pid] = sum(map(int, rest[11:15])) * TICK_MS
    pending, total = list(roots), 0.0
    while pending:
        pid = pending.pop()
        total += used.get(pid, 0.0)
        pending += children.get(pid, [])
    return total


def cpu_ms(pids: Iterable[int]) -> float:
    """CPU milliseconds that the first threads of these processes have used; in ticks where the kernel has no finer."""
    try:
        return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids) / 1e6
    except FileNotFoundError:
        return tree_cpu_ms(pids)


@dataclass
class Measured:
    """What `calls` cost: `cpu_ms` of the servers per call, latencies in ms, calls a second; `parts` of the CPU by root."""

    count: int
    cpu_ms: float
    p50_ms: float
    p95_ms: float
    per_s: float
    parts: dict[int, float] = field(default_factory=dict)


def percentile(values: list[float], share: float) -> float:
    """The nearest-rank percentile: the smallest value that `share` of the values don't exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(share * 100) // 100) - 1)]


def measure(
    call: Callable[[int], object],
    *,
    count: int,
    pids: Iterable[int],
    warm_up: int = 30,
    threads: int = 1,
    settle: Callable[[], object] | None = None,
) -> Measured:
    """Call `call(i)` `count` times and account for what it cost.

    Args:
        call: one whole use of the server; raises where the answer is wrong.
        pids: roots of the server processes (`Running.pids`).
        warm_up: calls before the measured ones.
        threads: callers at the same time.
        settle: waits for work that goes on behind (the worker's), so that it is counted.
    """
    pids = list(pids)
    for number in range(warm_up):
        call(-1 - number)
    if settle:
        settle()
    before, began = {pid: tree_cpu_ms([pid]) for pid in pids}, time.perf_counter()
    latencies = _call_all(call, count, threads)
    seconds = time.perf_counter() - began
    if settle:
        settle()
    parts = {pid: (tree_cpu_ms([pid]) - used) / count for pid, used in before.items()}
    return Measured(
        count=count,
        cpu_ms=round(sum(parts.values()), 2),
        p50_ms=round(percentile(latencies, 0.5), 1),
        p95_ms=round(percentile(latencies, 0.95), 1),
        per_s=round(count / seconds, 1),
        parts=parts,
    )


def _call_all(call: Callable[[int], object], count: int, threads: int) -> list[float]:
    """Latencies in ms of `count` calls by `threads` callers; the first failure is raised after the last call."""

    def once(number: int) -> float:
        began = time.perf_counter()
        call(number)
        return (time.perf_counter() - began) * 1000

    with ThreadPoolExecutor(threads) as callers:
        return list(callers.map(once, range(count)))


@dataclass
class Report:
    """Rows for a person: what was measured, against its limit and a baseline of the same run."""

    title: str
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def row(self, label: str, value: object, *, limit: str = "", baseline: object = "") -> None:
        self.rows.append((label, str(value), limit, str(baseline)))

    def note(self, text: str) -> None:
        self.notes.append(text)

    def progress(self, text: str) -> None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def table(self) -> str:
        head = ("", "measured", "limit", "baseline")
        lines = [head, *self.rows]
        shown = [column for column in range(4) if column < 2 or any(row[column] for row in self.rows)]
        widths = {column: max(len(line[column]) for line in lines) for column in shown}
        table = ["  ".join(line[column].ljust(widths[column]) for column in shown).rstrip() for line in lines]
        return "\n".join([self.title, "", *table, *(f"\n{note}" for note in self.notes)])
