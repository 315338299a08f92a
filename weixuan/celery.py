"""The Celery application: `celery -A weixuan worker`."""

import os

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weixuan.settings")

app = Celery("weixuan")
# Otherwise only the thread that made it knows it: gunicorn's other threads would look for a broker on localhost.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """A receiver, whatever it does, keeps Celery from replacing what settings.LOGGING has set up."""
