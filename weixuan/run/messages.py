"""What the start says to a person: plain English with the Chinese beside it.

Standard library only: `bootstrap` uses it before anything is installed.
"""

import contextlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Stop(Exception):
    """The start cannot go on; the text says what to do instead.

    Args:
        english: what is wrong and what to do, as one or more lines.
        chinese: the same in Chinese.
        code: the exit status.
    """

    def __init__(self, english: str, chinese: str, code: int = 1) -> None:
        super().__init__(english)
        self.english, self.chinese, self.code = english, chinese, code

    def show(self) -> int:
        say(f"\n{self.english}\n{self.chinese}\n")
        return self.code


def say(text: str) -> None:
    """Print to stderr at once; stdout stays free for results (`bench --json`)."""
    encoding = sys.stderr.encoding or "utf-8"
    with contextlib.suppress(OSError):  # the terminal may be closed already
        sys.stderr.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        sys.stderr.flush()
