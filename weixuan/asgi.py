"""The WebSocket process: /ws/ only. Everything else is served by gunicorn (weixuan.wsgi)."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "weixuan.settings")
# Threads of this process come and go; a persistent connection each would use up PostgreSQL's.
os.environ["CONN_MAX_AGE"] = "0"

import django  # noqa: E402

django.setup()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

from .consumers import LiveConsumer  # noqa: E402

application = ProtocolTypeRouter(
    {
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter([path("ws/", LiveConsumer.as_asgi())]))
        )
    }
)
