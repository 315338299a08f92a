"""The demo's supervisor, with real processes."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from weixuan.run import demo, supervisor
from weixuan.run.messages import ROOT, Stop

# A process with a child of its own, which says both ids.
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
    return found


def is_alive(pid):
    """Running, not merely waiting to be reaped."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pids(log, start=0):
    return lambda: [int(word) for word in log.read_text().split()][start : start + 2] if log.exists() else []


def python(code):
    return [sys.executable, "-c", code]


def test_a_process_that_dies_starts_again_without_its_orphans(tmp_path):
    with supervisor.Supervisor(tmp_path) as watched:
        watched.add(supervisor.Program("family", python(FAMILY)))
        parent, child = wait_for(pids(tmp_path / "family.log"))
        os.kill(parent, signal.SIGKILL)
        watched.run_until(lambda: len(pids(tmp_path / "family.log", 2)()) == 2, 30)
        second = pids(tmp_path / "family.log", 2)()
        wait_for(lambda: not is_alive(child))
        assert all(is_alive(pid) for pid in second)
    # A killed process stays in the table until somebody has reaped it.
    wait_for(lambda: not any(is_alive(pid) for pid in [parent, child, *second]))


def test_stop_ends_a_process_that_ignores_sigterm(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.5)
    deaf = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(os.getpid(), os.getpid(), flush=True); time.sleep(600)"
    with supervisor.Supervisor(tmp_path) as watched:
        watched.add(supervisor.Program("deaf", python(deaf)))
        pid, _ = wait_for(pids(tmp_path / "deaf.log"))
    assert not is_alive(pid)


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path\n"
        "from weixuan.run.supervisor import Program, Supervisor\n"
        f"s = Supervisor(Path({str(tmp_path)!r})); s.add(Program('one', [sys.executable, '-c', 'import os, time; print(os.getpid(), 0, flush=True); time.sleep(600)']))\n"
        "s.run_forever()"
    )
    with subprocess.Popen(python(code)) as process:
        pid, _ = wait_for(pids(tmp_path / "one.log"))
        process.kill()
    wait_for(lambda: not is_alive(pid))


def test_a_process_that_keeps_dying_is_given_up_with_its_words(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "BACKOFF", (0.01,))
    with supervisor.Supervisor(tmp_path) as watched, pytest.raises(Stop, match="no such table"):
        watched.add(supervisor.Program("broken", python("raise SystemExit('no such table')")))
        watched.run_until(lambda: False, 10)


def test_run_fails_with_the_programs_words(tmp_path):
    with supervisor.Supervisor(tmp_path) as watched:
        watched.run(supervisor.Program("fine", python("print('done')")))
        with pytest.raises(Stop, match="cannot seed"):
            watched.run(supervisor.Program("bad", python("raise SystemExit('cannot seed')")))


def test_shorten_shows_a_json_records_message():
    assert supervisor.shorten('{"level": "ERROR", "message": "lost", "time": "now"}') == "ERROR lost"
    assert len(supervisor.shorten("x" * 1000)) == 200


@pytest.fixture
def demo_home(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "HOME", tmp_path / "demo")
    monkeypatch.chdir(ROOT)
    return tmp_path


def test_demo_names_the_port_that_is_taken_and_the_way_out(demo_home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Stop) as stop:
            demo.main(["--port", str(port)])
    assert f"Port {port}" in stop.value.english
    assert "--port" in stop.value.english
    assert f"端口 {port}" in stop.value.chinese


def test_a_second_demo_says_where_the_first_is(demo_home):
    first = demo.Addresses("127.0.0.1", "127.0.0.1", 21000, 21001, 21002)
    with demo._only_demo(first), pytest.raises(Stop, match=r"already running: http://127\.0\.0\.1:21000"):
        demo.main(["--port", "22000"])


def test_demo_refuses_a_port_that_leaves_no_room(demo_home, capsys):
    with pytest.raises(SystemExit):
        demo.main(["--port", "65534"])
    assert "65533" in capsys.readouterr().err
