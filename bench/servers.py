"""The processes a bench measures: web, worker, WebSocket server and WeChat sandbox, as production runs them."""

import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from weixuan.run.embedded import free_port
from weixuan.run.messages import ROOT
from weixuan.run.supervisor import Program, Supervisor

START_SECONDS = 60


@dataclass
class Running:
    """Addresses of what runs, and the roots of the processes whose CPU counts (the sandbox is not ours)."""

    web: str = ""
    ws: str = ""
    sandbox: str = ""
    logs: Path = Path()
    pids: list[int] = field(default_factory=list)


def postgres_pid() -> int:
    """The bench's own PostgreSQL, as `manage.py bench` names it."""
    return int(os.environ["WEIXUAN_BENCH_POSTGRES_PID"])


@contextmanager
def running(
    *,
    web: bool = True,
    web_port: int = 0,
    application: str = "weixuan.wsgi",
    web_workers: int = 2,
    web_threads: int = 4,
    worker: int = 0,
    beat: bool = False,
    ws: bool = False,
    environment: dict[str, str] | None = None,
) -> Iterator[Running]:
    """Start the processes, wait until they answer, stop them at the end.

    Args:
        web_port: where WeChat's notices are to arrive (PUBLIC_URL); a free one if 0.
        application: the WSGI application that web serves; another one is a baseline.
        worker: Celery processes; 0 for none.
        environment: settings for all of them.
    """
    result = Running(pids=[postgres_pid()])
    python = [sys.executable, "-m"]
    given = environment or {}
    with tempfile.TemporaryDirectory(prefix="weixuan-bench-") as folder, Supervisor(Path(folder)) as supervisor:
        result.logs = Path(folder)
        if web:
            port = web_port or free_port()
            result.web = f"http://127.0.0.1:{port}"
            server = ["gunicorn", application, f"--bind=127.0.0.1:{port}", "--worker-class=gthread", "--keep-alive=65"]
            sizes = [
                f"--workers={web_workers}",
                f"--threads={web_threads}",
                "--graceful-timeout=2",
                "--no-control-socket",
            ]
            supervisor.add(Program("web", [*python, *server, *sizes], given))
        if ws:
            port = free_port()
            result.ws = f"ws://127.0.0.1:{port}/ws/"
            server = ["uvicorn", "weixuan.asgi:application", f"--port={port}", "--no-access-log", "--lifespan=off"]
            supervisor.add(Program("ws", [*python, *server], given))
        celery = [*python, "celery", "-A", "weixuan"]
        if worker:
            sizes = [f"--concurrency={worker}", "--without-gossip", "--without-mingle", "--loglevel=WARNING"]
            supervisor.add(Program("worker", [*celery, "worker", *sizes], given))
        if beat:
            schedule = [f"--schedule={folder}/beat", "--pidfile=", "--loglevel=WARNING"]
            supervisor.add(Program("beat", [*celery, "beat", *schedule], given))
        addresses = [address for address in (result.web, result.ws) if address]
        supervisor.run_until(lambda: all(map(listens, addresses)), START_SECONDS)
        if worker:
            wait_for_worker()
        result.pids += [child.process.pid for child in supervisor.children.values() if child.process is not None]
        yield result


@contextmanager
def sandbox(callback_url: str, *, port: int = 0) -> Iterator[str]:
    """The WeChat sandbox at its own port; its CPU is not counted. Start it before `running`.

    Give `environment=sandbox_settings(address)` to what talks to it.
    """
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="weixuan-bench-") as folder, Supervisor(Path(folder)) as supervisor:
        command = [sys.executable, str(ROOT / "manage.py"), "wechat_sandbox", f"--port={port}"]
        where = [f"--data={os.environ['WEIXUAN_BENCH_SANDBOX']}", f"--callback-url={callback_url}"]
        supervisor.add(Program("sandbox", [*command, *where]))
        supervisor.run_until(lambda: listens(address), START_SECONDS)
        yield address


def sandbox_settings(address: str) -> dict[str, str]:
    """The WECHAT_* settings of the sandbox at `address`."""
    from wechat.sandbox import credentials

    return credentials.ensure(os.environ["WEIXUAN_BENCH_SANDBOX"], address)


def listens(url: str) -> bool:
    host, port = url.split("//")[1].split("/")[0].split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for_worker() -> None:
    """Until a worker answers Celery's ping."""
    from weixuan.celery import app

    deadline = time.monotonic() + START_SECONDS
    while not app.control.ping(timeout=0.5):
        if time.monotonic() > deadline:
            raise TimeoutError("no Celery worker answered")
