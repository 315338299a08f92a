"""The files of a deployment: no Docker engine is at hand, so what can be held against each other is."""

import re

import pytest
import yaml

from weixuan.run import gunicorn_settings, probe, sandbox_env
from weixuan.run.messages import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
EXAMPLE = (ROOT / ".env.example").read_text()
OFFERED = set(re.findall(r"^(?:# )?([A-Z][A-Z_0-9]+)=", EXAMPLE, re.MULTILINE))
LEFT_EMPTY = set(re.findall(r"^([A-Z_0-9]+)=$", EXAMPLE, re.MULTILINE))


def test_every_setting_is_in_the_example():
    settings = (ROOT / "weixuan" / "settings.py").read_text()
    asked = set(re.findall(r"(?:env\.\w+|secret)\(\s*\"([A-Z_0-9]+)\"", settings))
    assert asked
    assert asked - OFFERED == set()


def test_every_required_setting_is_left_empty_in_the_example():
    settings = (ROOT / "weixuan" / "settings.py").read_text()
    required = set(re.findall(r"secret\(\s*\"([A-Z_0-9]+)\"", settings))
    # docker-compose.yml makes these two of the passwords.
    assert required - LEFT_EMPTY == {"DATABASE_URL", "REDIS_URL"}


def test_compose_asks_only_for_what_the_example_offers():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert asked - OFFERED == {"WEIXUAN_VERSION"}


def test_compose_brings_every_process_with_a_health_check():
    services = COMPOSE["services"]
    assert set(services) == {"postgres", "redis", "migrate", "web", "ws", "worker", "beat", "sandbox"}
    assert services["sandbox"]["profiles"] == ["sandbox"]
    unchecked = {name for name, service in services.items() if "test" not in service.get("healthcheck", {})}
    assert unchecked == {"migrate"}  # it runs once; the others wait for its success


@pytest.mark.parametrize("name", ["web", "ws", "worker", "beat"])
def test_processes_start_after_the_migrations(name):
    waits = COMPOSE["services"][name]["depends_on"]
    assert waits["migrate"]["condition"] == "service_completed_successfully"
    assert waits["postgres"]["condition"] == waits["redis"]["condition"] == "service_healthy"


def test_compose_publishes_ports_on_loopback_by_default():
    for service in COMPOSE["services"].values():
        for port in service.get("ports", []):
            assert ":-127.0.0.1:" in port


def test_dockerfile_runs_as_a_normal_user_from_locked_packages():
    text = (ROOT / "Dockerfile").read_text()
    for target in ("AS sandbox", "AS production"):
        assert "USER weixuan" in text.split(target)[1]
    installs = re.findall(r"pip install .*", text)
    assert installs
    assert all("--require-hashes" in line for line in installs)
    assert "npm ci" in text


def test_the_image_takes_the_extras_that_the_example_names():
    text = (ROOT / "Dockerfile").read_text()
    assert COMPOSE["services"]["web"]["build"]["args"] == {"EXTRAS": "${WEIXUAN_EXTRAS:-}"}
    assert 'ARG EXTRAS=""' in text.split("AS packages\n")[1].split("AS packages-sandbox")[0]
    named = re.search(r"puts into the image, between spaces: (.*)\.", EXAMPLE)
    assert named
    for name in named[1].split(", "):
        assert (ROOT / "requirements" / f"{name}.txt").is_file()


def test_probe_says_how_it_is_used(capsys):
    assert probe.main(["nonsense"]) == 2
    assert "web|ws|beat" in capsys.readouterr().err


def test_probe_of_a_web_process(live_server, monkeypatch):
    port = int(live_server.url.rpartition(":")[2])
    monkeypatch.setenv("ALLOWED_HOSTS", "shop.example.com")
    assert probe.web(port)


def test_probe_of_what_does_not_run(monkeypatch, capsys):
    monkeypatch.setitem(probe.PARTS, "ws", lambda: probe.ws(1))
    assert probe.main(["ws"]) == 1
    assert "not well" in capsys.readouterr().err


def test_gunicorn_forgets_the_figures_of_an_earlier_start(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    (tmp_path / "counter_1.db").touch()
    gunicorn_settings.on_starting(None)
    assert list(tmp_path.iterdir()) == []


def test_sandbox_env_names_every_wechat_setting_that_production_needs(tmp_path):
    names = {line.partition("=")[0] for line in sandbox_env.lines(tmp_path, "http://sandbox:8002")}
    assert {name for name in LEFT_EMPTY if name.startswith("WECHAT_")} - names == set()
    assert "\n" not in "".join(sandbox_env.lines(tmp_path, "http://sandbox:8002"))
