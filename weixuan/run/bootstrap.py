"""Make a source checkout runnable with nothing but Python: .venv, locked packages, front end.

Standard library only, and no Django. `ensure` returns at once where there is
nothing to do: in a container, in an activated virtualenv, in a checkout whose
stamps match its locks.
"""

import hashlib
import importlib.metadata
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .messages import ROOT, Stop, say

VENV = ROOT / ".venv"
LOCK = ROOT / "requirements" / "development.txt"
# Holds the hash of the lock the venv was made from. Written last, so a half-made venv never has one.
STAMP = VENV / "weixuan-lock"
# Exists while we build: tells our own half-made venv, which may be removed, from one a developer made.
BUILDING = VENV / "weixuan-building"

# Commands that need the front-end packages; the others don't wait for npm.
SHOWS_PAGES = {"demo", "test", "bench", "runserver", "collectstatic"}

ON_WINDOWS = Stop(
    "PostgreSQL and Redis out of Python packages are to be had for Linux and macOS. On Windows use WSL2, "
    "or `docker compose up` (README.md).",
    "演示需要 Linux 或 macOS。在 Windows 上请使用 WSL2，或用 docker compose up（见 README.md）。",
)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""


def venv_python() -> Path:
    return VENV / "bin" / "python"


def inside_venv() -> bool:
    return VENV.exists() and Path(sys.prefix).resolve() == VENV.resolve()


def locked_version(name: str) -> str:
    found = re.search(rf"^{re.escape(name)}==(\S+)", LOCK.read_text(), re.MULTILINE)
    return found.group(1) if found else ""


def has_locked_django() -> bool:
    try:
        return importlib.metadata.version("django") == locked_version("django")
    except importlib.metadata.PackageNotFoundError:
        return False


def plan() -> str:
    """What `ensure` does here.

    Returns:
        "run": this interpreter goes on. "switch": the venv is ready, go on in it.
        "install": the venv is missing, unfinished or older than the lock.
    """
    if os.environ.get("WEIXUAN_NO_BOOTSTRAP") or not LOCK.exists():
        return "run"
    stamp = read(STAMP)
    if stamp and stamp == digest(LOCK) and venv_python().exists():
        return "run" if inside_venv() else "switch"
    if stamp or BUILDING.exists():
        return "install"
    if has_locked_django():
        return "run"
    if venv_python().exists() and not inside_venv() and not in_other_virtualenv() and runs_django(venv_python()):
        return "switch"  # a developer's own .venv, kept by hand
    return "install"


def in_other_virtualenv() -> bool:
    return sys.prefix != sys.base_prefix and not inside_venv()


def runs_django(python: Path) -> bool:
    return subprocess.run([python, "-c", "import django"], capture_output=True).returncode == 0


def ensure(argv: list[str]) -> None:
    """Bring this checkout to its locks, then go on in its venv.

    Returns only in the interpreter that is to go on; otherwise the process is
    replaced by the venv's Python with the same arguments.

    Raises:
        Stop: something cannot work here; the message says what to do.
    """
    step = plan()
    if step == "install":
        if os.name == "nt":
            raise ON_WINDOWS
        with only_one():
            step = plan()  # another start may have finished it while we waited
            if step == "install":
                install()
                step = "run" if inside_venv() and not BUILDING.exists() else "switch"
    if step == "switch":
        go_on(argv)
    if os.environ.get("WEIXUAN_NO_BOOTSTRAP") or not LOCK.exists():
        return
    from . import frontend, translations

    if argv[1:2] and argv[1] in SHOWS_PAGES and not frontend.is_current():
        with only_one():
            frontend.ensure()
    translations.compile_stale()


def go_on(argv: list[str]) -> None:
    command = [str(venv_python()), *argv]
    os.execv(command[0], command)  # noqa: S606 - the same command line, in the venv


@contextmanager
def only_one() -> Iterator[None]:
    """Two starts at once: the second waits for the first, then finds the work done."""
    import fcntl

    folder = ROOT / ".weixuan"
    try:
        folder.mkdir(exist_ok=True)
        handle = (folder / "install.lock").open("w")
    except OSError as error:
        raise Stop(
            f"Weixuan cannot write into its own folder {ROOT} ({error.strerror}).\n"
            "Copy or clone it to a folder you own, or run as the user who owns it.",
            f"无法写入微选所在的目录 {ROOT}。请把它复制到你自己的目录，或换用拥有该目录的用户运行。",
        ) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is installing; waiting for it. 另一个启动正在安装，等它完成。")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def install() -> None:
    from . import frontend, packages

    began = time.monotonic()
    count = len(re.findall(r"^[\w.-]+==", LOCK.read_text(), re.MULTILINE))
    say(f"Installing {count} locked packages into .venv (once). 正在把 {count} 个锁定的依赖装进 .venv（仅此一次）。")
    packages.make_venv(VENV, BUILDING)
    front_end = frontend.start()  # beside the Python packages: both wait for the network
    packages.install_locked(LOCK, venv_python())
    STAMP.write_text(digest(LOCK))
    BUILDING.unlink(missing_ok=True)
    frontend.finish(front_end)
    say(f"Installed in {time.monotonic() - began:.0f} s. 安装完成，用时 {time.monotonic() - began:.0f} 秒。")
