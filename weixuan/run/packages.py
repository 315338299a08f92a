"""Install the locked Python packages, with whatever the machine's pip is configured to use.

Standard library only.
"""

import ast
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable
from pathlib import Path

from .messages import Stop, say
from .processes import die_with_parent

# pip's option -> uv's variable: uv reads no pip.conf, and a machine's mirror is usually named there.
UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
# uv separates these by commas where pip takes white space.
COMMA_SEPARATED = {"UV_FIND_LINKS"}

NO_PIP = Stop(
    "This Python has neither pip nor ensurepip, so nothing can be installed.\n"
    "Debian and Ubuntu: sudo apt install python3-venv   Fedora: sudo dnf install python3-pip\n"
    "Or use a Python from python.org, or `uv run --no-project python manage.py ...`; then run the same command again.",
    "这个 Python 没有 pip 和 ensurepip，无法安装依赖。\n"
    "Debian / Ubuntu：sudo apt install python3-venv；Fedora：sudo dnf install python3-pip。装好后重新运行同一条命令。",
)


def make_venv(folder: Path, building: Path) -> None:
    """A venv without pip in it: the caller's pip installs into it, which needs no ensurepip.

    A venv that an interrupted start left behind (`building` exists) is made anew.
    """
    try:
        if building.exists() or not (folder / "pyvenv.cfg").exists() or not any(folder.glob("[bS]*/python*")):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            building.touch()
            venv.create(folder, with_pip=False, symlinks=True)
        building.touch()
        (folder / "weixuan-lock").unlink(missing_ok=True)
    except OSError as error:
        raise disk_trouble(folder, error) from None


def disk_trouble(folder: Path, error: OSError) -> Stop:
    return Stop(
        f"Cannot write {folder}: {error.strerror}. About 700 MB must be free; free some space or "
        "move the checkout to a larger or writable disk, then run the same command again.",
        f"无法写入 {folder}：{error.strerror}。需要约 700 MB 空间；请清理磁盘或换一个可写的位置，再运行同一条命令。",
    )


def pip_for(python: Path) -> list[str]:
    """The pip that installs into `python`'s environment: the caller's, or one made by ensurepip."""
    if importlib.util.find_spec("pip"):
        shown = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, text=True)
        found = re.match(r"pip (\d+)\.(\d+)", shown.stdout)
        if found and (int(found[1]), int(found[2])) >= (22, 3):  # the first with --python
            return [sys.executable, "-m", "pip", "--python", str(python)]
    if importlib.util.find_spec("ensurepip") and _ensurepip(python):
        return [str(python), "-m", "pip"]
    raise NO_PIP


def _ensurepip(python: Path) -> bool:
    done = subprocess.run([python, "-m", "ensurepip", "--upgrade"], capture_output=True)
    return done.returncode == 0


def install_locked(lock: Path, python: Path, *, uv_lock: Path | None = None) -> None:
    """Install exactly what `lock` names, every file held against its hash.

    pip installs uv's own locked line, uv the rest, as it is several times
    faster; where uv can't work here, pip does all of it.

    Args:
        lock: requirements with hashes.
        python: the venv's interpreter.
        uv_lock: where uv's own line is, if not in `lock`.

    Raises:
        Stop: named by its cause: network, disk, platform, or a file with a wrong hash.
    """
    pip = pip_for(python)
    quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.txt"
        only_uv.write_text(entry((uv_lock or lock).read_text(), "uv"))
        run_pip([*pip, "install", "-q", "--no-deps", "--require-hashes", *quiet, "-r", str(only_uv)])
    uv = [str(python), "-m", "uv", "pip", "install", "--python", str(python), "--require-hashes", "--no-build"]
    ends_with_us = die_with_parent(signal.SIGTERM)
    if subprocess.run([*uv, "-r", str(lock)], env=uv_environment(pip), preexec_fn=ends_with_us).returncode == 0:
        return
    say("uv could not install here; pip takes over, more slowly. uv 在这里装不了，改用 pip，会慢一些。")
    run_pip([*pip, "install", "--require-hashes", "--only-binary", ":all:", *quiet, "-r", str(lock)])


def entry(lock: str, name: str) -> str:
    """One package's lines of a lock: its pin and its hashes."""
    found = re.search(rf"^{re.escape(name)}==.*(?:\n[ \t]+.*)*", lock, re.MULTILINE)
    return found.group(0) + "\n" if found else ""


def uv_environment(pip: list[str]) -> dict[str, str]:
    """This process's environment, with pip's configuration said in uv's words.

    A variable of uv's own that is already set wins. pip's constraints are left
    out: an exact lock can only agree with them or fail.
    """
    shown = subprocess.run([*pip, "config", "list"], capture_output=True, text=True)
    translated = translate(parse_pip_config(shown.stdout.splitlines()))
    return {**translated, **os.environ}


def parse_pip_config(lines: Iterable[str]) -> dict[str, str]:
    """`pip config list` -> option and value; the install section wins over global, the environment over both."""
    rank = {"global": 0, "install": 1, ":env:": 2}
    found: dict[str, tuple[int, str]] = {}
    for line in lines:
        parts = re.match(r"([\w:]+)\.([\w-]+)=(.*)", line)
        if not parts or parts[1] not in rank:
            continue
        option, value = parts[2], str(ast.literal_eval(parts[3]))
        if option not in found or rank[parts[1]] >= found[option][0]:
            found[option] = (rank[parts[1]], value)
    return {option: value for option, (_, value) in found.items()}


def translate(options: dict[str, str]) -> dict[str, str]:
    result = {}
    for option, variable in UV_VARIABLES.items():
        words = options.get(option, "").split()
        if words:
            result[variable] = ("," if variable in COMMA_SEPARATED else " ").join(words)
    if "UV_INDEX" in result:
        result["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # pip's own way with several indexes; hashes keep it safe
    return result


def run_pip(command: list[str]) -> None:
    """Run pip with its output shown as it comes; explain its failure."""
    shown: list[str] = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call, no lock
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            say(line.rstrip())
            shown.append(line)
    if process.returncode:
        raise explain("".join(shown))


def explain(output: str) -> Stop:
    """pip's words -> what a person can do about it."""
    for pattern, english, chinese in _CAUSES:
        if re.search(pattern, output, re.IGNORECASE):
            return Stop(english, chinese)
    return Stop(
        "The packages could not be installed; pip's own words are above. Running the same command again tries anew.",
        "依赖没有装上，原因见上面 pip 的输出。重新运行同一条命令会再试一次。",
    )


_CAUSES = [
    (
        r"no space left|disk quota",
        "The disk is full. About 700 MB must be free; free some space and run the same command again.",
        "磁盘已满。需要约 700 MB 空间；清理后重新运行同一条命令。",
    ),
    (
        r"temporary failure|name or service|nodename nor|failed to establish|connection (refused|reset|broken)|"
        r"timed? ?out|proxyerror|max retries|network is unreachable|certificate verify|ssl",
        "The Python package registry cannot be reached. Check the network, or name a mirror: "
        "pip config set global.index-url https://YOUR-MIRROR/simple ; then run the same command again.",
        "连不上 Python 软件源。请检查网络，或换一个镜像：pip config set global.index-url https://镜像地址/simple ，再运行同一条命令。",
    ),
    (
        r"do not match the hashes",
        "A downloaded file does not match its locked hash: the mirror serves something else than was locked. "
        "Nothing of it was installed; use another mirror.",
        "下载的文件与锁定的哈希不符，镜像内容可能被改动。没有安装它；请换一个镜像。",
    ),
    (
        r"no matching distribution|not a supported wheel|is not a supported",
        "A package has no ready-made build for this platform or Python. Weixuan's demo runs on Linux (glibc 2.34 or newer, "
        "x86-64 or ARM64) and recent macOS; elsewhere use `docker compose up` or WSL2 (README.md).",
        "有依赖没有适合这个平台或 Python 版本的安装包。演示支持 Linux（glibc 2.34 以上，x86-64 或 ARM64）和较新的 macOS；"
        "其他系统请用 docker compose up 或 WSL2（见 README.md）。",
    ),
]
