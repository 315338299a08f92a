"""`manage.py demo` from its start to its end, twice, with data of its own: as a person at a terminal sees it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from weixuan.run import demo
from weixuan.run.embedded import free_port
from weixuan.run.forks import Fork
from weixuan.run.messages import ROOT

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

PROCESSES = {"weixuan-web", "weixuan-ws", "weixuan-worker", "weixuan-beat", "weixuan-sandbox"}
RUN = """
import signal, sys
from pathlib import Path
from weixuan.run import demo
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may ignore it
demo.HOME = Path(sys.argv[1])
sys.exit(demo.main(sys.argv[2:]))
"""


class Demo:
    """A running demo; `said` is what it printed."""

    def __init__(self, home: Path):
        port = free_port_of_three()
        self.url, self.words = f"http://127.0.0.1:{port}", home.with_name("words")
        environment = {**os.environ, "WEIXUAN_NO_BOOTSTRAP": "1", "PYTHONPATH": str(ROOT)}
        for name in ("DATABASE_URL", "REDIS_URL", "WEIXUAN_ENV"):
            environment.pop(name, None)
        with self.words.open("w") as words:
            command = [sys.executable, "-c", RUN, str(home), "--port", str(port)]
            self.process = subprocess.Popen(command, env=environment, stderr=words)
        wait_for(lambda: "Weixuan is running" in self.said or self.process.poll() is not None, 150)

    @property
    def said(self) -> str:
        return self.words.read_text()

    def get(self, path: str) -> bytes:
        return httpx.get(self.url + path, timeout=10, trust_env=False).raise_for_status().content

    def forks(self) -> dict[str, int]:
        return {name_of(pid): pid for pid in children(self.process.pid) if name_of(pid).startswith("weixuan-")}

    def everybody(self) -> list[int]:
        return descendants(self.process.pid)


def free_port_of_three() -> int:
    """`demo` takes three in a row; below those that the system hands out by itself."""
    return 20000 + free_port() % 10000


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]


def descendants(pid: int) -> list[int]:
    return [pid, *(found for child in children(pid) for found in descendants(child))]


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


def gone(pids) -> None:
    # A worker finishes what it has begun, which on a busy machine takes its time.
    wait_for(lambda: not any(map(is_alive, pids)), 60)


def test_the_demo_starts_heals_stops_and_starts_again_with_its_data(tmp_path):
    first = Demo(tmp_path / "demo")
    assert "Preparing the data" in first.said, first.said
    assert_everything_works(first)
    assert_a_killed_process_comes_back(first, "weixuan-web")
    everybody = first.everybody()
    first.process.send_signal(signal.SIGINT)  # Ctrl-C
    assert first.process.wait(30) == 0
    gone(everybody)

    second = Demo(tmp_path / "demo")
    assert "Preparing" not in second.said, "nothing changed, so nothing is to migrate or to seed"
    assert_everything_works(second)
    everybody = second.everybody()
    second.process.kill()
    second.process.wait()
    gone(everybody)


def assert_everything_works(running: Demo) -> None:
    assert "微选" in running.get("/").decode()
    report = json.loads(running.get("/readyz"))
    assert {report[part] for part in ("database", "migrations", "redis", "worker")} == {"ok"}
    assert set(running.forks()) == PROCESSES
    # Forks of the one process that imported the product: none of them began a Python of its own.
    line = Path(f"/proc/{running.process.pid}/cmdline").read_bytes()
    assert {Path(f"/proc/{pid}/cmdline").read_bytes() for pid in running.forks().values()} == {line}


def assert_a_killed_process_comes_back(running: Demo, name: str) -> None:
    killed = running.forks()[name]
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: running.forks().get(name, killed) != killed, 10)
    wait_for(lambda: answers(running), 10)


def answers(running: Demo) -> bool:
    try:
        return bool(running.get("/"))
    except httpx.HTTPError:
        return False


def test_what_the_processes_import_is_imported_before_the_fork():
    code = (
        "import sys\n"
        "from weixuan.run import demo; demo.load_product(); before = set(sys.modules)\n"
        "import weixuan.wsgi, weixuan.asgi, wechat.sandbox.app; from weixuan.celery import app\n"
        "app.loader.import_default_modules()\n"
        "print(*set(sys.modules) - before)"
    )
    environment = {**os.environ, "WEIXUAN_ENV": "demo", "DJANGO_SETTINGS_MODULE": "weixuan.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    late = done.stdout.split()
    assert "weixuan.asgi" in late, "it sets up the WebSocket process alone"
    assert len(late) < 15, f"add to SHARED_IMPORTS what each process would import again: {late}"


def test_a_fork_beside_threads_is_refused():
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    with pytest.raises(RuntimeError, match="threads"):
        Fork("any", ["platform"], {}, 1)
    over.set()
    thread.join()


def test_the_datas_stamp_changes_with_the_code_that_makes_them(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "HOME", tmp_path)
    stamp = tmp_path / "prepared"
    stamp.write_text(demo._data_digest())
    assert not demo._is_prepared(stamp), "a database of somebody else may have been emptied"
    (tmp_path / "postgres").mkdir()
    assert demo._is_prepared(stamp)
    monkeypatch.setattr(demo.bootstrap, "LOCK", ROOT / "README.md")
    assert not demo._is_prepared(stamp)
