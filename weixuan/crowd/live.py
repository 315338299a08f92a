"""What a person hears at /ws/: that something of theirs changed. Who listens need not ask again and again."""

import json
import time
from contextlib import ExitStack

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

# Losing an event costs a look that comes later, never data.
LOOK_ANYWAY_SECONDS = 15.0


class Ears:
    """One person's connection to /ws/, made when it is first listened at and again after a break.

    Args:
        url: the product's /ws/.
        token: the person's API token.
    """

    def __init__(self, url: str, token: str):
        self._url, self._token = url, token
        self._socket: ClientConnection | None = None
        self._open = ExitStack()

    def open(self) -> None:
        """Listen from now on: what happens after this is heard by the next `wait`."""
        if self._socket is None:
            try:
                # As many events as come: who reads late must not slow the server down.
                connecting = connect(self._url, open_timeout=15, max_queue=None, proxy=None)
                self._socket = self._open.enter_context(connecting)
                self._socket.send(json.dumps({"type": "auth", "token": self._token}))
                self._socket.recv(timeout=15)  # {"type": "ready"}
            except (OSError, TimeoutError, WebSocketException):
                self.close()

    def wait(self, seconds: float, *, thing: str = "") -> None:
        """Return when an event came, about the id `thing` if one is given, or `seconds` are over."""
        until = time.monotonic() + min(seconds, LOOK_ANYWAY_SECONDS)
        while (left := until - time.monotonic()) > 0:
            self.open()
            if self._socket is None:  # the server is away
                time.sleep(min(left, 1.0))
                continue
            try:
                event = json.loads(self._socket.recv(timeout=left))
            except TimeoutError:
                return
            except (OSError, WebSocketException):
                self.close()
                return  # something may have been missed
            if thing in ("", event.get("id")):
                return

    def forget(self) -> None:
        """Let go of what was heard so far: the next look sees all of it."""
        try:
            while self._socket is not None:
                self._socket.recv(timeout=0)
        except TimeoutError:
            return
        except (OSError, WebSocketException):
            self.close()

    def close(self) -> None:
        self._socket = None
        self._open.close()
