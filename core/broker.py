"""How Celery speaks with Redis: a transport that keeps its client, a connection that is soon back."""

from typing import Any

import kombu
import redis
from celery.app.amqp import AMQP
from kombu.transport import redis as kombu_redis


class Channel(kombu_redis.Channel):
    _kept: redis.Redis | None = None

    def _create_client(self, asynchronous: bool = False) -> redis.Redis:
        """kombu makes a client for each message that it sends, takes and acknowledges, and redis-py fills each with
        a table of all commands: 0.2 ms. They hold nothing but the channel's pool, so one will do."""
        if asynchronous:
            return super()._create_client(asynchronous=True)
        if self._kept is None or self._kept.connection_pool is not self.pool:
            self._kept = super()._create_client()
        return self._kept


class Transport(kombu_redis.Transport):
    """settings.CELERY_BROKER_TRANSPORT."""

    Channel = Channel


class Connection(kombu.Connection):
    def ensure_connection(self, *args: Any, **options: Any) -> kombu.Connection:
        """Try again after 0.2 s and a little more each time: kombu's 2, 4, 6 s are longer than Redis needs to start,
        and every deadline of dispatch waits so long. How often: settings.CELERY_BROKER_CONNECTION_MAX_RETRIES."""
        waits = {"interval_start": 0.2, "interval_step": 0.2, "interval_max": 5}
        return super().ensure_connection(*args, **{**waits, **options})


class Amqp(AMQP):
    """Names the connection, for the Celery application."""

    Connection = Connection
