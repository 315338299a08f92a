"""Django's PostgreSQL, which asks a kept connection whether it lives only where that is in doubt (settings.DATABASES)."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Django sends SELECT 1 before the first query of each request: five a purchase.

        A server that went away has closed its end, and then there is something to read where nothing was asked for.
        """
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0) or super().is_usable()
