"""kombu's Redis transport, which keeps its client (settings.CELERY_BROKER_TRANSPORT)."""

import redis
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
    Channel = Channel
