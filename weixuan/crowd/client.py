"""One person's connection to the public API."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

PATIENCE_SECONDS = 300.0
# Many who wait at once must not keep the server busy with asking.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 5.0


class Refused(Exception):
    """A problem document: `code` is stable, `status` HTTP's."""

    def __init__(self, status: int, code: str, title: str):
        self.status, self.code = status, code
        super().__init__(f"{status} {code}: {title}")


class Client:
    """Speaks JSON with the API at `base_url` and repeats what a broken connection left open.

    A request that moves money carries an Idempotency-Key, so the repeat has no second effect.
    """

    def __init__(self, base_url: str, *, timeout: float = 15.0):
        self._http = httpx.Client(base_url=f"{base_url}/api/v1", timeout=timeout, trust_env=False)

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


def wait_until(happened: Callable[[], Any], *, seconds: float) -> Any:
    """Ask until `happened` answers something true, ever less often. Raises TimeoutError after `seconds`."""
    give_up_at, pause = time.monotonic() + seconds, FIRST_PAUSE_SECONDS
    while not (result := happened()):
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"nothing within {seconds:.0f} s")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
    return result
