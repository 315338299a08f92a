"""Production insists on its secrets and passes Django's deployment check."""

import os
import subprocess
import sys

import pytest

from weixuan.run.messages import ROOT

ENVIRONMENT = {
    "WEIXUAN_ENV": "production",
    "WEIXUAN_NO_BOOTSTRAP": "1",
    "SECRET_KEY": "k9-" + "Zq3vB7mN" * 8,
    "FIELD_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "DATABASE_URL": os.environ["DATABASE_URL"],
    "REDIS_URL": os.environ["REDIS_URL"],
    "ALLOWED_HOSTS": "shop.example.com",
    "PUBLIC_URL": "https://shop.example.com",
    "WEBSOCKET_URL": "wss://shop.example.com/ws/",
    "METRICS_TOKEN": "metrics",
    **{
        f"WECHAT_{name}": "given"
        for name in [
            "OA_APPID",
            "OA_SECRET",
            "OA_TOKEN",
            "MINI_APPID",
            "MINI_SECRET",
            "MINI_TOKEN",
            "PAY_SP_MCHID",
            "PAY_PRIVATE_KEY",
            "PAY_CERT_SERIAL",
            "PAY_APIV3_KEY",
            "PAY_PUBLIC_KEY",
            "PAY_PUBLIC_KEY_ID",
        ]
    },
}
SECRETS = [
    "SECRET_KEY", "FIELD_ENCRYPTION_KEY", "DATABASE_URL", "REDIS_URL", "WECHAT_OA_SECRET", "WECHAT_MINI_SECRET",
    "WECHAT_PAY_PRIVATE_KEY", "WECHAT_PAY_APIV3_KEY",
]  # fmt: skip


def manage(*arguments, **environment):
    """Run manage.py as a server would: nothing from this process's environment but where programs are."""
    given = {"PATH": os.environ["PATH"], **ENVIRONMENT, **environment}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={name: value for name, value in given.items() if value is not None},
        capture_output=True,
        text=True,
    )


def test_deployment_check_is_clean():
    done = manage("check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_secret_stops_the_start_and_is_named(name):
    done = manage("check", **{name: None})
    assert done.returncode != 0
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_secret_is_a_missing_one():
    done = manage("check", SECRET_KEY="")
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr


def test_figures_are_closed_without_the_token(client, settings):
    settings.PRODUCTION = True
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "right"
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404


def test_figures_are_shown_for_the_token(client, settings, db):
    settings.METRICS_TOKEN = "right"
    answer = client.get("/metrics", headers={"Authorization": "Bearer right"})
    assert answer.status_code == 200
    assert b"weixuan_outbox_due 0" in answer.content
    assert b"django_http_requests" in answer.content
