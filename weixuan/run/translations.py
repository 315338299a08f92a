"""Compile locale/*/LC_MESSAGES/*.po where the .mo is missing or older; GNU gettext is not needed."""

import os
from pathlib import Path

from .messages import ROOT, Stop


def stale() -> list[Path]:
    return [
        po
        for po in sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po"))
        if not po.with_suffix(".mo").exists() or po.with_suffix(".mo").stat().st_mtime < po.stat().st_mtime
    ]


def compile_stale() -> None:
    """Replaced in one step, so that another process never reads half a catalogue."""
    pending = stale()
    if not pending:
        return
    import polib  # here: only a stale catalogue pays for it

    for po in pending:
        half = po.with_suffix(f".{os.getpid()}.tmp")
        try:
            polib.pofile(str(po)).save_as_mofile(str(half))
            half.replace(po.with_suffix(".mo"))
        except OSError as error:
            half.unlink(missing_ok=True)
            raise Stop(
                f"{po} is not readable as a catalogue or its folder not writable: {error}",
                f"译文 {po} 无法编译：{error}",
            ) from None


if __name__ == "__main__":
    compile_stale()
