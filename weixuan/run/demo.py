"""`manage.py demo`: the whole product on this machine, from one command, until Ctrl-C."""

import argparse
import base64
import gc
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from . import bootstrap, embedded
from .messages import ROOT, Stop, say
from .supervisor import Program, Supervisor

HOME = ROOT / ".weixuan" / "demo"
# Imported once, before the fork into web, ws, worker, beat, sandbox and crowd; django.setup() brings the models.
SHARED_IMPORTS = (
    "weixuan.urls",
    "weixuan.wsgi",
    "weixuan.consumers",
    "celery.bin.celery",
    "celery.apps.worker",
    "celery.apps.beat",
    "channels.auth",
    "channels.routing",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "uvicorn.main",
    "wechat.sandbox.app",
)
READY_SECONDS = 180
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Addresses(NamedTuple):
    """Where the demo's servers listen, and how a browser reaches them."""

    bind: str
    shown: str
    web: int
    ws: int
    sandbox: int

    def url(self, port: int, scheme: str = "http") -> str:
        return f"{scheme}://{self.shown}:{port}"

    def local(self, port: int) -> str:
        return f"http://{'127.0.0.1' if self.bind == '0.0.0.0' else self.bind}:{port}"  # noqa: S104 - compared, not bound


def main(arguments: list[str]) -> int:
    """Run the demo until Ctrl-C, SIGTERM or SIGHUP.

    Returns:
        0 after such an end.

    Raises:
        Stop: it cannot start; the message says what to do.
    """
    options = _parse(arguments)
    began = time.monotonic()
    os.chdir(ROOT)
    addresses = _addresses(options)
    with _until_signalled(), ExitStack() as stack:
        stack.enter_context(_only_demo(addresses))
        _check_ports(addresses)
        if options.fresh:
            _forget_everything()
        stack.callback(_quietly)  # what stops the processes is not itself interrupted
        stack.enter_context(embedded.running(HOME))
        os.environ.update(_environment(addresses))
        load_product()
        supervisor = stack.enter_context(Supervisor(HOME / "logs"))
        stack.callback(_quietly)
        stack.callback(say, "\n正在停止，数据已保留。Stopping; the data is kept.")
        _start(supervisor, addresses, crowd=options.crowd)
        say(_welcome(addresses, time.monotonic() - began))
        supervisor.run_forever()
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py demo", description="Run the whole product on this machine.")
    parser.add_argument("--fresh", action="store_true", help="begin anew: remove the demo's data first")
    parser.add_argument("--crowd", action="store_true", help="let simulated buyers and merchants live in it")
    parser.add_argument("--port", type=int, default=8000, help="first of three ports (default: 8000, 8001, 8002)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    options = parser.parse_args(arguments)
    if not 1 <= options.port <= 65533:
        parser.error("--port must lie between 1 and 65533")
    return options


def _addresses(options: argparse.Namespace) -> Addresses:
    shown = _own_address() if options.host == "0.0.0.0" else options.host  # noqa: S104 - asked for by --host
    return Addresses(options.host, shown, options.port, options.port + 1, options.port + 2)


def _own_address() -> str:
    """This machine's address in its network; a UDP connect sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


# --- Before it starts -----------------------------------------------------------------------------------------


class _Signalled(BaseException):
    """SIGINT, SIGTERM or SIGHUP came. No Exception, so that nothing on the way swallows it."""


@contextmanager
def _until_signalled() -> Iterator[None]:
    def stop(*_: object) -> None:
        _quietly()
        raise _Signalled

    # Under nohup SIGHUP is ignored already, and stays so.
    wanted = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in wanted}
    try:
        yield
    except _Signalled:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _quietly() -> None:
    """From here on a signal changes nothing: every wait on the way out is bounded."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def _only_demo(addresses: Addresses) -> Iterator[None]:
    """Two demos would write one set of data: the second says so."""
    import fcntl

    HOME.parent.mkdir(exist_ok=True)
    path = HOME.parent / "demo.lock"
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            where = handle.read().strip()
            raise Stop(
                f"The demo of this checkout is already running: {where}. Use it, or stop it with Ctrl-C in its window.",
                f"这份代码的演示已经在运行：{where}。直接打开即可，或在它的窗口按 Ctrl-C 停止。",
            ) from None
        handle.truncate(0)
        handle.write(addresses.url(addresses.web))
        handle.flush()
        yield


def _check_ports(addresses: Addresses) -> None:
    for port in (addresses.web, addresses.ws, addresses.sandbox):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((addresses.bind, port))
            except OSError as error:
                raise Stop(
                    f"Port {port} on {addresses.bind} cannot be used ({error.strerror}). "
                    "Choose three others in a row with --port, such as: python3 manage.py demo --port 18000",
                    f"{addresses.bind} 的端口 {port} 不可用（可能已被占用）。请用 --port 换一组连续的端口，"
                    "例如：python3 manage.py demo --port 18000",
                ) from None


def _forget_everything() -> None:
    if HOME.exists():
        shutil.rmtree(HOME)
    if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
        say(
            "--fresh removed .weixuan/demo; the servers that DATABASE_URL and REDIS_URL name keep what they hold.\n"
            "--fresh 已清空 .weixuan/demo；DATABASE_URL、REDIS_URL 指向的服务器里的数据没有动。"
        )


def _environment(addresses: Addresses) -> dict[str, str]:
    """What tells the processes that they are the demo, with keys of this installation's own."""
    from wechat.sandbox import credentials

    keys = HOME / "keys.json"
    if not keys.exists():
        keys.touch(mode=0o600)
        made = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        keys.write_text(json.dumps(made))
    return {
        **json.loads(keys.read_text()),
        **credentials.ensure(HOME / "sandbox", addresses.local(addresses.sandbox)),
        "WEIXUAN_ENV": "demo",
        "WEIXUAN_NO_BOOTSTRAP": "1",
        "DJANGO_SETTINGS_MODULE": "weixuan.settings",
        "PUBLIC_URL": addresses.url(addresses.web),
        "WEBSOCKET_URL": addresses.url(addresses.ws, "ws") + "/ws/",
        "SANDBOX_PUBLIC_URL": addresses.url(addresses.sandbox),
        "MEDIA_ROOT": str(HOME / "media"),
        "PRIVATE_ROOT": str(HOME / "private"),
        "SPLIT_DELAY_SECONDS": "2",  # the sandbox's clock runs 60 times as fast, and so does its freeze of a minute
    }


def load_product() -> None:
    """Import all that the processes need, once: each is a fork of this one, which spares it seconds and memory."""
    import django

    django.setup()
    for name in SHARED_IMPORTS:
        import_module(name)
    # Celery warns at each start that it runs as root, which the person who did so knows.
    warnings.filterwarnings("ignore", "You're running the worker with superuser privileges")
    gc.freeze()  # the collector's marks would copy every page that the forks share


# --- Start ----------------------------------------------------------------------------------------------------


def _programs(addresses: Addresses) -> list[Program]:
    celery = ["celery", "-A", "weixuan"]
    gunicorn = [
        "gunicorn",
        "weixuan.wsgi",
        "--worker-class=gthread",
        "--workers=1",
        "--threads=8",
        "--keep-alive=65",
        "--no-control-socket",
        "--graceful-timeout=3",
        f"--bind={addresses.bind}:{addresses.web}",
    ]
    uvicorn = [
        "uvicorn",
        "weixuan.asgi:application",
        "--timeout-graceful-shutdown=2",
        "--no-access-log",
        "--lifespan=off",
        "--ws-max-size=65536",
        f"--host={addresses.bind}",
        f"--port={addresses.ws}",
    ]
    worker = ["worker", "--concurrency=2", "--without-gossip", "--without-mingle", "--loglevel=WARNING"]
    beat = ["beat", f"--schedule={HOME / 'beat'}", "--pidfile=", "--loglevel=WARNING"]
    return [
        Program("web", gunicorn, forked=True),
        Program("ws", uvicorn, forked=True),
        Program("worker", [*celery, *worker], forked=True),
        Program("beat", [*celery, *beat], forked=True),
    ]


def _sandbox(addresses: Addresses) -> Program:
    options = {
        "host": addresses.bind,
        "port": addresses.sandbox,
        "data": HOME / "sandbox",
        "public-url": addresses.url(addresses.sandbox),
        "callback-url": addresses.local(addresses.web),
        "mini-url": addresses.url(addresses.web) + "/b/",
    }
    return _manage("sandbox", "wechat_sandbox", *(f"--{name}={value}" for name, value in options.items()))


def _manage(name: str, *arguments: str) -> Program:
    """`manage.py ARGUMENTS` as a program."""
    return Program(name, ["django", *arguments], forked=True)


def _start(supervisor: Supervisor, addresses: Addresses, *, crowd: bool) -> None:
    """A first start begins with the sandbox, as the seed's merchants and buyers live in it; then the data, then the rest.

    A later one that finds its data as the code wants them begins everything at once.
    """
    stamp, began = HOME / "prepared", time.time()
    supervisor.add(_sandbox(addresses))
    if not _is_prepared(stamp):
        say("正在准备数据。Preparing the data.")
        supervisor.run_until(lambda: _answer(addresses.local(addresses.sandbox)) is not None, READY_SECONDS)
        supervisor.run(_manage("prepare", "prepare_demo"))
        stamp.write_text(_data_digest())
    say("正在启动。Starting.")
    for program in _programs(addresses):
        supervisor.add(program)
    supervisor.run_until(lambda: _is_ready(addresses, began), READY_SECONDS)
    if crowd:
        supervisor.add(_manage("crowd", "simulate_crowd"))


def _is_prepared(stamp: Path) -> bool:
    """Whether our own database holds what migrations and seed of this code make; of another server we can't know."""
    ours = (HOME / "postgres").exists() and stamp.exists()
    return ours and stamp.read_text() == _data_digest()


def _data_digest() -> str:
    """Names the migrations, ours and those of the locked packages, and the demo's data."""
    found = hashlib.sha256()
    for path in sorted([bootstrap.LOCK, *ROOT.glob("*/migrations/*.py"), *(ROOT / "weixuan" / "demo").rglob("*.*")]):
        if path.suffix != ".pyc":
            found.update(path.read_bytes())
    return found.hexdigest()


def _is_ready(addresses: Addresses, began: float) -> bool:
    """Web with its database and Redis, sandbox, WebSocket server, and a worker that did what beat sent since `began`.

    Redis also remembers the heartbeat of an earlier start.
    """
    answer = _answer(addresses.local(addresses.web) + "/readyz")
    if not answer or _answer(addresses.local(addresses.sandbox)) is None or not _listens(addresses):
        return False
    report = json.loads(answer)
    parts = {report.get(part) for part in ("database", "migrations", "redis", "worker")}
    return parts == {"ok"} and report["worker_age_seconds"] < time.time() - began


def _listens(addresses: Addresses) -> bool:
    """The WebSocket server takes connections; it serves nothing over plain HTTP that could be asked."""
    host = addresses.local(addresses.ws).removeprefix("http://").rpartition(":")[0]
    try:
        socket.create_connection((host, addresses.ws), timeout=2).close()
    except OSError:
        return False
    return True


def _answer(url: str) -> bytes | None:
    """The body of any answer at all below 500, or None."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as response:
            return bytes(response.read())
    except urllib.error.HTTPError as error:
        return error.read() if error.code < 500 else None
    except OSError:
        return None


def _welcome(addresses: Addresses, seconds: float) -> str:
    rows = [
        ("从这里开始 Start here", addresses.url(addresses.web) + "/"),
        ("手机（微信沙箱） The phone", addresses.url(addresses.sandbox) + "/"),
        ("运营后台 Ops", addresses.url(addresses.web) + "/ops/"),
        ("接口文档 API", addresses.url(addresses.web) + "/api/docs/"),
        ("日志 Logs", os.path.relpath(HOME / "logs") + "/"),
    ]
    lines = [f"  {name}{' ' * (30 - _width(name))}{value}" for name, value in rows]
    return "\n".join(
        [
            "",
            f"  微选已启动，用时 {seconds:.0f} 秒。Weixuan is running, after {seconds:.0f} s.",
            "",
            *lines,
            "",
            "  Ctrl-C 停止，数据会保留；--fresh 重新开始。Ctrl-C stops it and keeps the data; --fresh begins anew.",
            "",
        ]
    )


def _width(text: str) -> int:
    """Columns in a terminal: a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
