"""gunicorn in production: `gunicorn weixuan.wsgi --config python:weixuan.run.gunicorn_settings`.

Threads, since a request mostly waits for PostgreSQL or WeChat. Sizes come from
WEB_WORKERS (default 2) and WEB_THREADS (default 8).
"""

import os
from pathlib import Path
from typing import Any

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 20
keepalive = 65
control_socket_disable = True
# Memory that a library leaks is given back; the jitter keeps the workers from leaving together.
max_requests, max_requests_jitter = 20_000, 2_000
worker_tmp_dir = "/dev/shm"  # noqa: S108 - the heartbeat file must not wait for a disk
# TLS ends at the reverse proxy in front, the only one that reaches us.
forwarded_allow_ips = "*"
# Addresses and paths name people: Django logs what goes wrong, without them.
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "weixuan.logs.JsonFormatter"}},
    "filters": {"redact": {"()": "weixuan.logs.Redact"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["redact"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"gunicorn.error": {"level": "INFO", "propagate": True, "handlers": []}},
}


def on_starting(server: Any) -> None:
    """Figures of workers of an earlier start would be added to ours."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        for path in Path(folder).glob("*.db"):
            path.unlink()


def child_exit(server: Any, worker: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
