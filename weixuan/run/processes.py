"""Processes that don't outlive us. Standard library only: the bootstrap uses it."""

import ctypes
import os
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15


def die_with_parent(with_signal: int) -> Callable[[], None] | None:
    """A `preexec_fn`: the kernel sends `with_signal` when our process ends. None where Linux is not."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, with_signal)
        if os.getppid() != parent:  # it ended between fork and prctl
            os._exit(1)

    return prepare


def name_process(name: str) -> None:
    """What ps and top call our process; Linux keeps 15 bytes of it."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode(), 0, 0, 0)
