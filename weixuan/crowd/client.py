"""One person's connection to the public API."""

import ssl
import time
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx

PATIENCE_SECONDS = 300.0
# Many who wait at once, and hear nothing, must not keep the server busy with asking.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 5.0


class Refused(Exception):
    """A problem document: `code` is stable, `status` HTTP's."""

    def __init__(self, status: int, code: str, title: str):
        self.status, self.code = status, code
        super().__init__(f"{status} {code}: {title}")


@cache
def _trust() -> ssl.SSLContext:
    """Certificates take longer to read than a request takes: read them once for everybody."""
    return ssl.create_default_context()


def connection(base_url: str, *, timeout: float) -> httpx.Client:
    """Given back to the server before it hangs up by itself (gunicorn after 2 s), and to as many threads as come."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=1.5)
    return httpx.Client(base_url=base_url, timeout=timeout, trust_env=False, verify=_trust(), limits=limits)


class Client:
    """Speaks JSON with the API at `base_url` and repeats what a broken connection left open.

    A request that moves money carries an Idempotency-Key, so the repeat has no second effect.
    """

    def __init__(self, base_url: str, *, timeout: float = 15.0):
        self._http = connection(f"{base_url}/api/v1", timeout=timeout)

    def sign_in(self, code: str) -> dict[str, Any]:
        session = self.post("/session", code=code)
        self._http.headers["Authorization"] = f"Bearer {session['token']}"
        return session

    def get(self, path: str, **query: Any) -> Any:
        return self._send("GET", path, params=query)

    def post(self, path: str, *, idempotency_key: str = "", **body: Any) -> Any:
        """POST `body`; with a key under that Idempotency-Key."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._send("POST", path, json=body, headers=headers)

    def put(self, path: str, **body: Any) -> Any:
        return self._send("PUT", path, json=body)

    def _send(self, method: str, path: str, **request: Any) -> Any:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                response = self._http.request(method, path, **request)
            except httpx.TransportError:
                if time.monotonic() > give_up_at:
                    raise
            else:
                if response.is_success:
                    return response.json() if response.content else None
                problem = _problem(response)
                in_progress = problem.code == "idempotency_in_progress" or response.status_code in {502, 503, 504}
                if not in_progress or time.monotonic() > give_up_at:
                    raise problem
            time.sleep(0.5)

    def close(self) -> None:
        self._http.close()


def _problem(response: httpx.Response) -> Refused:
    try:
        body = response.json()
    except ValueError:
        body = {}
    return Refused(response.status_code, str(body.get("code", "unknown")), str(body.get("title", response.text[:200])))


def new_key() -> str:
    return uuid.uuid4().hex


def wait_until(happened: Callable[[], Any], *, seconds: float, pause: Callable[[float], object] | None = None) -> Any:
    """Ask until `happened` answers something true. Raises TimeoutError after `seconds`.

    Args:
        pause: returns when it is worth asking again, after the given seconds at most; ever longer sleeps if None.
    """
    give_up_at, wait = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
    while not (result := happened()):
        left = give_up_at - time.monotonic()
        if left < 0:
            raise TimeoutError(f"nothing within {seconds:.0f} s")
        if pause is not None:
            pause(left)
            continue
        time.sleep(wait)
        wait = min(wait * 1.5, LONGEST_PAUSE_SECONDS)
    return result
