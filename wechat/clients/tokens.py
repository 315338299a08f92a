"""One access token per account for all processes: stable_token, kept in Redis, fetched under a lock.

Source: POST /cgi-bin/stable_token. The same token is returned until its last five minutes; a forced one
replaces it, at most 20 times a day and 30 seconds apart.
"""

import json

import redis
from redis.exceptions import LockError, RedisError

from wechat import errors

from .transport import TIMEOUTS, Payload, Transport

RENEW_BEFORE_SECONDS = 300
LOCK_SECONDS = 30
FORCE_PAUSE_SECONDS = 60


class TokenStore:
    """The access token of one account, shared through Redis.

    Raises (every method):
        WeChatError: WeChat's refusal, RENEWAL_BUSY (another process has been fetching for too long) or STORE_DOWN.
    """

    def __init__(self, *, appid: str, secret: str, transport: Transport, store: redis.Redis):
        self._appid, self._secret = appid, secret
        self._transport, self._store = transport, store
        # With the host, so that the sandbox's token is never shown to WeChat nor the other way round.
        self._key = f"wechat:access_token:{transport.host}:{appid}"

    def get(self, *, timeouts: tuple[float, float] = TIMEOUTS) -> str:
        """The token in use; fetched by exactly one of those who ask at the same time."""
        try:
            return self._current() or self._renew(None, timeouts)
        except RedisError as error:
            raise errors.WeChatError(errors.STORE_DOWN, type(error).__name__) from error

    def replace(self, refused: str, *, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        """Get rid of a token that WeChat refused, unless somebody already did."""
        try:
            self._renew(refused, timeouts)
        except RedisError as error:
            raise errors.WeChatError(errors.STORE_DOWN, type(error).__name__) from error

    def probe(self) -> None:
        """Fetch the token past Redis, to see whether appid and secret are right today. Keeps nothing."""
        self._fetch(force=False, timeouts=TIMEOUTS)

    def _renew(self, refused: str | None, timeouts: tuple[float, float]) -> str:
        lock = self._store.lock(f"{self._key}:lock", timeout=LOCK_SECONDS, blocking_timeout=sum(timeouts), sleep=0.02)
        if not lock.acquire():
            raise errors.WeChatError(errors.RENEWAL_BUSY, "the access token is being fetched elsewhere")
        try:
            current = self._current()
            if current and current != refused:
                return current
            token, lifetime = self._fetch(force=False, timeouts=timeouts)
            if token == refused and self._store.set(f"{self._key}:forced", 1, nx=True, ex=FORCE_PAUSE_SECONDS):
                token, lifetime = self._fetch(force=True, timeouts=timeouts)
            self._store.set(self._key, token, ex=max(lifetime - RENEW_BEFORE_SECONDS, 30))
            return token
        finally:
            self._release(lock)

    def _current(self) -> str:
        return str(self._store.get(self._key) or "")

    @staticmethod
    def _release(lock) -> None:
        try:
            lock.release()
        except LockError:
            # It expired while we fetched: somebody else may hold it, and both tokens are valid.
            return

    def _fetch(self, *, force: bool, timeouts: tuple[float, float]) -> tuple[str, int]:
        try:
            return self._ask(force, timeouts)
        except errors.WeChatError as error:
            # Without a token the caller's own call was never made: its outcome is known.
            error.unknown_outcome = False
            raise

    def _ask(self, force: bool, timeouts: tuple[float, float]) -> tuple[str, int]:
        body = {
            "grant_type": "client_credential",
            "appid": self._appid,
            "secret": self._secret,
            "force_refresh": force,
        }
        reply = self._transport.send(
            "POST",
            "/cgi-bin/stable_token",
            body=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            timeouts=timeouts,
        )
        payload = decode_object(reply.body, reply.status)
        error = errors.from_api(payload, reply.status)
        if error:
            raise error
        try:
            return str(payload["access_token"]), int(payload["expires_in"])
        except (TypeError, ValueError) as problem:
            raise errors.WeChatError(errors.BAD_REPLY, "stable_token without a lifetime") from problem


def decode_object(body: bytes, status: int) -> Payload:
    """The JSON object in an answer.

    Raises:
        WeChatError: BAD_REPLY; a gateway's page or a broken answer leaves the outcome unknown.
    """
    payload = Payload.decode(body)
    if payload is None or not body.strip() or status >= 500:
        raise errors.WeChatError(
            errors.BAD_REPLY, f"HTTP {status} without a JSON object", unknown_outcome=True, http_status=status
        )
    return payload
