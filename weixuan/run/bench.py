"""`manage.py bench NAME [--data DIR] [--json]`: one module of bench/, with a database of its own."""

import argparse
import contextlib
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from . import embedded
from .messages import ROOT, Stop, say

HELPERS = {"__init__", "datasets", "measure", "servers"}


def main(arguments: list[str]) -> int:
    """Run the bench that the first argument names and print its table, or its figures as JSON.

    Raises:
        Stop: there is no such bench.
    """
    names = _names()
    if not arguments or arguments[0] in {"-h", "--help"}:
        sys.stdout.write("usage: manage.py bench NAME [--data DIR] [--json]\n\n" + _listing(names))
        return 0
    if arguments[0] not in names:
        known = ", ".join(sorted(names))
        raise Stop(
            f"There is no bench named {arguments[0]}; there are: {known}.",
            f"没有名为 {arguments[0]} 的基准；现有：{known}。",
        )
    os.chdir(ROOT)
    # Its own servers, whatever the environment names: a bench fills them and counts their CPU.
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory(prefix="weixuan-bench-") as folder, embedded.running() as pair:
        os.environ.update(_environment(Path(folder), pair))
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for the result alone
            module = _prepared(names[arguments[0]])
            figures, table = _run(module, arguments)
    sys.stdout.write((json.dumps(figures, indent=2) if "--json" in arguments else table) + "\n")
    return 0


def _names() -> dict[str, str]:
    """Bench names as typed -> module names."""
    stems = {path.stem for path in (ROOT / "bench").glob("*.py")} - HELPERS
    return {stem.replace("_", "-"): f"bench.{stem}" for stem in stems if not stem.startswith("_")}


def _listing(names: dict[str, str]) -> str:
    width = max(map(len, names), default=0)
    return "".join(f"  {name.ljust(width)}  {_summary(module)}\n" for name, module in sorted(names.items()))


def _summary(module: str) -> str:
    """The first line of its docstring, read without importing what needs Django."""
    import ast

    source = (ROOT / f"{module.replace('.', '/')}.py").read_text()
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def _environment(folder: Path, pair: embedded.Pair) -> dict[str, str]:
    from wechat.sandbox import credentials

    return {
        **credentials.ensure(folder / "sandbox", "http://127.0.0.1:9"),
        "WEIXUAN_ENV": "demo",
        "WEIXUAN_NO_BOOTSTRAP": "1",
        "DJANGO_SETTINGS_MODULE": "weixuan.settings",
        "MEDIA_ROOT": str(folder / "media"),
        "PRIVATE_ROOT": str(folder / "private"),
        "LOG_LEVEL": "WARNING",
        "WEIXUAN_BENCH_SANDBOX": str(folder / "sandbox"),
        "WEIXUAN_BENCH_POSTGRES_PID": str(pair.postgres_pid),
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
    }


def _prepared(name: str) -> ModuleType:
    """The bench's module, with Django set up and an empty database migrated."""
    say("Preparing an empty database. 正在准备空数据库。")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    return importlib.import_module(name)


def _run(module: ModuleType, arguments: list[str]) -> tuple[dict[str, object], str]:
    from bench.datasets import Absent
    from bench.measure import Report

    parser = argparse.ArgumentParser(prog=f"manage.py bench {arguments[0]}", description=module.__doc__)
    parser.add_argument("--data", type=Path, help="folder with labelled data (default: ../shared/data)")
    parser.add_argument("--json", action="store_true", help="print the named figures only, as one JSON object")
    if hasattr(module, "add_arguments"):
        module.add_arguments(parser)
    report = Report(title=(module.__doc__ or arguments[0]).partition("\n")[0])
    try:
        with _connections_closed():
            figures = module.run(parser.parse_args(arguments[1:]), report)
    except Absent as absent:
        return {"skipped": str(absent)}, f"{report.title}\n\nSkipped: {absent}"
    if set(figures) != set(module.FIGURES):
        raise RuntimeError(f"{module.__name__} measured {sorted(figures)}, but names {sorted(module.FIGURES)}")
    if not report.rows:
        for name, value in figures.items():
            report.row(name, value)
    return figures, report.table()


@contextlib.contextmanager
def _connections_closed() -> Iterator[None]:
    from django.db import connections

    try:
        yield
    finally:
        connections.close_all()
