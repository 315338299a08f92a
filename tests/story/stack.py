"""The whole product as processes of its own, over the test's database, Redis and a sandbox."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from bench.servers import listens, wait_for_worker
from weixuan.run.embedded import free_port
from weixuan.run.messages import ROOT
from weixuan.run.supervisor import Program, Supervisor

START_SECONDS = 60
# WeChat's clock runs this much faster, so that "a minute after payment" is over at once.
CLOCK_SPEED = 120
# Two, so that one is at work while the other starts again.
WORKERS = ("worker-1", "worker-2")


@dataclass
class Stack:
    web: str
    sandbox: str
    ws: str
    supervisor: Supervisor
    environment: dict[str, str]


def url_of_test_database() -> str:
    """DATABASE_URL, but for the test's database."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))


@contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """Start sandbox, web, WebSocket server, worker and beat; stop them at the end, whatever happened."""
    from wechat.sandbox import credentials

    web_port, ws_port, sandbox_port = free_port(), free_port(), free_port()
    web, sandbox = f"http://127.0.0.1:{web_port}", f"http://127.0.0.1:{sandbox_port}"
    ws = f"ws://127.0.0.1:{ws_port}/ws/"
    environment = {
        # Twenty shops hear of every question: at two hundred at once their own limits would leave some to the pool.
        "QA_SHOP_MAX_OPEN": "1000",
        "QA_SHOP_DAILY_CAP": "1000",
        # A story's shelf is small; its buyers are asked back all the same.
        "QA_CLARIFY_ENOUGH": "0",
        "DATABASE_URL": url_of_test_database(),
        "PUBLIC_URL": web,
        "WEBSOCKET_URL": ws,
        "SANDBOX_PUBLIC_URL": sandbox,
        "SPLIT_DELAY_SECONDS": "1",
        "MEDIA_ROOT": str(folder / "media"),
        "PRIVATE_ROOT": str(folder / "private"),
        "LOG_LEVEL": "WARNING",
        **credentials.ensure(folder / "sandbox", sandbox),
    }
    with Supervisor(folder / "logs") as supervisor:
        for program in _programs(folder, (web_port, ws_port, sandbox_port), web, environment):
            supervisor.add(program)
        supervisor.run_until(lambda: all(map(listens, (web, ws, sandbox))), START_SECONDS)
        wait_for_worker()
        yield Stack(web, sandbox, ws, supervisor, environment)


def _programs(folder, ports, web, environment) -> list[Program]:
    import sys

    web_port, ws_port, sandbox_port = ports
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "weixuan"]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel=WARNING"]
    gunicorn = ["gunicorn", "weixuan.wsgi", f"--bind=127.0.0.1:{web_port}", "--worker-class=gthread"]
    uvicorn = ["uvicorn", "weixuan.asgi:application", "--lifespan=off", "--no-access-log", "--log-level=warning"]
    sandbox = [sys.executable, str(ROOT / "manage.py"), "wechat_sandbox", f"--port={sandbox_port}"]
    return [
        Program(
            "sandbox",
            [*sandbox, f"--data={folder / 'sandbox'}", f"--callback-url={web}", f"--clock-speed={CLOCK_SPEED}"],
            environment,
        ),
        Program("web", [*python, *gunicorn, "--workers=2", "--threads=16", "--graceful-timeout=2"], environment),
        Program("ws", [*python, *uvicorn, f"--port={ws_port}"], environment),
        *(
            Program(name, [*celery, "worker", f"--hostname={name}@%h", "--concurrency=2", *quiet], environment)
            for name in WORKERS
        ),
        Program(
            "beat", [*celery, "beat", f"--schedule={folder / 'beat'}", "--pidfile=", "--loglevel=WARNING"], environment
        ),
    ]
