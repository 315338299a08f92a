"""The Celery application: `celery -A weixuan worker`."""

import os
import sys

from celery import Celery, signals
from django.db import close_old_connections

from .pulse import Pulse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weixuan.settings")

app = Celery("weixuan", amqp="core.broker:Amqp")
# Otherwise only the thread that made it knows it: gunicorn's other threads would look for a broker on localhost.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery would open a connection for each task, and PostgreSQL forget what it has prepared. Ours are looked after as
# gunicorn's are: old and broken ones are closed before each task.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize
app.autodiscover_tasks()
app.steps["worker"].add(Pulse)


@signals.setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """A receiver, whatever it does, keeps Celery from replacing what settings.LOGGING has set up."""


@signals.task_prerun.connect
@signals.task_postrun.connect
def look_after_connections(**_: object) -> None:
    close_old_connections()
