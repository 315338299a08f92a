"""The one place that opens a connection to WeChat.

Straight on urllib3: it reads neither proxies nor .netrc from the environment (a .netrc entry would replace
our Authorization), follows no redirect, repeats nothing, always has time-outs and may be shared by threads.
"""

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import certifi
import urllib3

from wechat import errors

logger = logging.getLogger("wechat.wire")

TIMEOUTS = (3.0, 10.0)  # connect, read; seconds
MAX_REPLY_BYTES = 16 * 1024 * 1024


class RedactQuery(logging.Filter):
    """urllib3 logs whole URLs at DEBUG, and WeChat takes secrets and tokens in the query."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(a.partition("?")[0] if isinstance(a, str) else a for a in record.args)
        return True


logging.getLogger("urllib3.connectionpool").addFilter(RedactQuery())


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Payload(dict):
    """A JSON object of WeChat's. A field that it lacks is a bad reply, in the one error family, and no KeyError."""

    def __missing__(self, name: str):
        raise errors.WeChatError(errors.BAD_REPLY, f"an answer without {name}", unknown_outcome=True)

    @classmethod
    def decode(cls, body: bytes) -> "Payload | None":
        """The object in a body, {} for an empty one, None for anything else."""
        try:
            value = json.loads(body, object_hook=cls) if body.strip() else cls()
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, cls) else None


class Transport:
    """HTTP to one host.

    Args:
        root: scheme and host, such as https://api.weixin.qq.com; the sandbox differs in nothing else.
        proxy: an egress proxy's URL, for hosts whose own address is not on WeChat's whitelist.
    """

    def __init__(self, root: str, *, proxy: str = ""):
        parts = urlsplit(root)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise errors.Misconfigured(f"{root!r} is not an address such as https://api.weixin.qq.com")
        self.root = root.rstrip("/")
        self.host = parts.netloc
        options: dict[str, Any] = {"maxsize": 32, "ca_certs": certifi.where(), "retries": False}
        self._pool = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)

    def send(
        self,
        method: str,
        target: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> Reply:
        """Send once. `target` is the encoded path with its query; `timeouts` are connect and read, in seconds.

        Raises:
            WeChatError: UNREACHABLE where the request never left, TIMEOUT where its outcome is unknown.
        """
        started = time.monotonic()
        result = self._attempt(method, target, body, headers, urllib3.Timeout(connect=timeouts[0], read=timeouts[1]))
        # The path alone: queries carry tokens, bodies and headers carry the rest.
        note = result.code if isinstance(result, errors.WeChatError) else result.status
        logger.debug("%s %s %s %dms", method, target.partition("?")[0], note, (time.monotonic() - started) * 1000)
        # Raised here and not in the except block: urllib3's own message, with the whole URL, must not ride along.
        if isinstance(result, errors.WeChatError):
            raise result
        return result

    def _attempt(self, method, target, body, headers, timeout) -> Reply | errors.WeChatError:
        try:
            response = self._pool.request(
                method,
                self.root + target,
                body=body,
                headers=dict(headers or {}),
                timeout=timeout,
                redirect=False,
                preload_content=False,
            )
            content = response.read(MAX_REPLY_BYTES + 1)
            response.release_conn()
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
            return errors.WeChatError(errors.UNREACHABLE, f"no connection to {self.host}")
        except urllib3.exceptions.SSLError:
            return errors.WeChatError(errors.UNREACHABLE, f"no trusted connection to {self.host}")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return errors.WeChatError(errors.TIMEOUT, f"{type(error).__name__} at {self.host}", unknown_outcome=True)
        if len(content) > MAX_REPLY_BYTES:
            response.close()
            return errors.WeChatError(errors.BAD_REPLY, f"endless answer from {self.host}", unknown_outcome=True)
        return Reply(response.status, response.headers, content)
