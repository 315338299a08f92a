"""The few files of node_modules that pages use, as static files under vendor/."""

from __future__ import annotations  # VendorFinder.list hides the builtin in its own annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from django.utils._os import safe_join

# Prefix -> folder in node_modules and the files in it that are served.
PACKAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "vendor/tabler": (
        "@tabler/core/dist",
        ("css/tabler.min.css*", "css/tabler-vendors.min.css*", "js/tabler.min.js*", "js/tabler-theme.min.js*"),
    ),
    "vendor/tabler-icons": ("@tabler/icons/icons/outline", ("*.svg",)),
    "vendor/barlow": ("@fontsource/barlow", ("latin-?00.css", "files/barlow-latin-?00-normal.woff*")),
    "vendor/echarts": ("echarts/dist", ("echarts.min.js",)),
    "vendor/htmx": ("htmx.org/dist", ("htmx.min.js*", "ext/*.min.js*")),
}


class VendorFinder(BaseFinder):
    """Finds what PACKAGES names, and nothing else of node_modules."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self.root = Path(settings.BASE_DIR) / "node_modules"

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        for prefix, (folder, patterns) in PACKAGES.items():
            name = path.removeprefix(f"{prefix}/")
            if name != path and any(fnmatch(name, pattern) for pattern in patterns):
                found = Path(safe_join(self.root / folder, name))
                if found.is_file():
                    return [str(found)] if find_all else str(found)
        return []  # also for one path: staticfiles takes None for a match

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        for prefix, (folder, patterns) in PACKAGES.items():
            storage = FileSystemStorage(location=self.root / folder)
            storage.prefix = prefix  # type: ignore[attr-defined]  # how staticfiles' own finder names it
            for pattern in patterns:
                for path in sorted((self.root / folder).glob(pattern)):
                    yield str(path.relative_to(self.root / folder)), storage

    def check(self, **_: Any) -> Any:
        return []
