from django.apps import AppConfig

# Imported here, not in __init__: the bootstrap in weixuan.run runs before anything is installed.
from .celery import app as celery_app

__all__ = ["celery_app"]


class WeixuanConfig(AppConfig):
    name = "weixuan"
    verbose_name = "Weixuan"
