"""Benches: `python3 manage.py bench NAME [--data DIR] [--json]` runs the module bench/NAME.py.

A module has a docstring whose first line says what it measures, and

    FIGURES = ("cpu_ms", …)
    def run(options, report) -> dict[str, float]

which rely on an empty, migrated database and Redis of its own and on Django
being set up. It starts what it measures with `bench.servers.running`, measures
with `bench.measure`, adds rows for a person with `report.row` (with a baseline
from the same run), and returns the figures that it names, for `--json`. An optional
`add_arguments(parser)` adds options of its own.
"""
