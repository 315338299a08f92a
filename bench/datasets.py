"""Labelled data that others made: read from --data DIR, never part of the project."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from weixuan.run.messages import ROOT

DEFAULT = ROOT.parent / "shared" / "data"


class Absent(Exception):
    """The data is not on this machine: the bench says so and measures nothing."""


def folder(options: Any, name: str) -> Path:
    """The folder `name` below --data (default: ../shared/data beside the checkout).

    Raises:
        Absent: there is none.
    """
    found = (options.data or DEFAULT) / name
    if not found.is_dir():
        raise Absent(f"no folder {name}/ in {found.parent}; give the place of the data with --data DIR")
    return found


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file, one after another.

    Raises:
        Absent: there is no such file.
    """
    if not path.is_file():
        raise Absent(f"no file {path}")
    with path.open(encoding="utf-8") as rows:
        yield from map(json.loads, rows)
