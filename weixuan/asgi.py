"""The WebSocket process: /ws/ only. Everything else is served by gunicorn (weixuan.wsgi)."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weixuan.settings")

import django

django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from django.urls import path  # noqa: E402

from .consumers import CookiesFromOurPages, LiveConsumer  # noqa: E402

# Threads of this process come and go; a persistent connection each would use up PostgreSQL's.
connections.settings["default"]["CONN_MAX_AGE"] = 0

live = AuthMiddlewareStack(URLRouter([path("ws/", LiveConsumer.as_asgi())]))
application = ProtocolTypeRouter({"websocket": CookiesFromOurPages(live, settings.ALLOWED_HOSTS)})
