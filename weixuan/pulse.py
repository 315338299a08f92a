"""A second hand in each worker, for what must not wait until beat is back."""

import logging
from typing import Any

from celery import bootsteps
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

SECOND = 1.0
# After so long the next ones have come.
EXPIRES_SECONDS = 2


class Pulse(bootsteps.StartStopStep):
    """Sends qa.tasks.tick each second.

    Beat is one process and needs some seconds to start again, while dispatch keeps its deadlines to five. Several
    workers send several ticks: one that finds nothing due costs 10 ms, and rows are taken with SKIP LOCKED.
    """

    requires = {"celery.worker.components:Timer"}

    def start(self, worker: Any) -> None:
        self.entry = worker.timer.call_repeatedly(SECOND, self.send, (worker.app,))

    def stop(self, worker: Any) -> None:
        self.entry.cancel()

    def send(self, app: Any) -> None:
        from core.models import Priority  # Models are not there yet when the application is made.

        try:
            app.send_task("qa.tasks.tick", expires=EXPIRES_SECONDS, retry=False, priority=Priority.FIRST)
        except OperationalError as error:
            logger.warning("dispatch not woken, the next second will be: %s", error)
