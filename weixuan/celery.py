"""The Celery application: `celery -A weixuan worker`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weixuan.settings")

app = Celery("weixuan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
