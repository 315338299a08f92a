"""The benches' own instruments."""

import argparse
import importlib
import json
import os
import subprocess
import sys
import time

import pytest

from bench import datasets, measure
from weixuan.run import bench
from weixuan.run.messages import ROOT, Stop


def test_percentile_is_the_nearest_rank():
    values = [float(number) for number in range(1, 101)]
    assert (measure.percentile(values, 0.5), measure.percentile(values, 0.95)) == (50, 95)
    assert measure.percentile([7.0], 0.95) == 7


def test_tree_cpu_counts_descendants_and_those_that_ended():
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    code = f"import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', {burn!r}]); print('done', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        used = measure.tree_cpu_ms([process.pid])
        process.kill()
    assert used >= 280


def test_measure_counts_every_call_and_its_latency():
    called = []
    result = measure.measure(
        lambda number: (called.append(number), time.sleep(0.002)), count=20, pids=[os.getpid()], warm_up=3, threads=2
    )
    assert sorted(called) == [-3, -2, -1, *range(20)]
    assert 2 <= result.p50_ms <= result.p95_ms
    assert result.per_s > 0


def test_measure_raises_what_a_call_raises():
    def call(number):
        if number == 5:
            raise ValueError("wrong answer")

    with pytest.raises(ValueError, match="wrong answer"):
        measure.measure(call, count=10, pids=[], threads=2)


def test_table_shows_the_columns_that_are_used():
    report = measure.Report("Reads")
    report.row("list, CPU ms", 3.2, limit="<= 4", baseline=1.8)
    report.row("list, p95 ms", 9)
    assert report.table().splitlines() == [
        "Reads",
        "",
        "              measured  limit  baseline",
        "list, CPU ms  3.2       <= 4   1.8",
        "list, p95 ms  9",
    ]


FIGURES = {
    "reads": {"list_cpu_ms", "list_p95_ms", "detail_cpu_ms", "detail_p95_ms"},
    "purchase": {"cpu_ms", "p95_ms", "per_s"},
    "hot-sku": {"stock", "sold", "oversold_runs", "attempts_per_s"},
    "dispatch": {"p50_ms", "p95_ms", "per_s", "growth", "worker_mb"},
    "merchants": {"recall1", "recall5", "recall10", "recall20"},
    "routing": {"auc", "answered3", "newcomer_share"},
    "retrieval": {"mrr10", "recall10", "mrr10_rerank", "recall10_rerank", "p50_ms", "p95_ms", "per_s"},
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_bench_names_the_figures_that_it_promises(name):
    """Other people's scripts read them by these names."""
    module = importlib.import_module(bench._names()[name])
    assert set(module.FIGURES) == FIGURES[name]


def test_an_unknown_bench_is_named_with_those_there_are():
    with pytest.raises(Stop, match="no bench named nonsense"):
        bench.main(["nonsense"])


def test_a_bench_prints_only_its_figures_as_json(tmp_path):
    (ROOT / "bench" / "zz_probe.py").write_text(
        '"""Counts what is in an empty database."""\n\n'
        'FIGURES = ("events",)\n\n'
        "from core.models import OutboxEvent\n\n\n"
        "def add_arguments(parser):\n    parser.add_argument('--add', type=int, default=0)\n\n\n"
        "def run(options, report):\n    print('told to a person')\n"
        "    return {'events': OutboxEvent.objects.count() + options.add}\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "manage.py", "bench", "zz-probe", "--json", "--add", "2"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    finally:
        (ROOT / "bench" / "zz_probe.py").unlink()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"events": 2}
    assert "told to a person" in done.stderr


def test_data_that_is_absent_is_said(tmp_path):
    with pytest.raises(datasets.Absent, match="--data DIR"):
        datasets.folder(argparse.Namespace(data=tmp_path), "taobao")
    (tmp_path / "taobao").mkdir()
    found = datasets.folder(argparse.Namespace(data=tmp_path), "taobao")
    with pytest.raises(datasets.Absent, match=r"queries\.jsonl"):
        list(datasets.lines(found / "queries.jsonl"))
    (found / "queries.jsonl").write_text('{"query": "茶具"}\n')
    assert list(datasets.lines(found / "queries.jsonl")) == [{"query": "茶具"}]
