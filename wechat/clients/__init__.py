"""The clients, made from settings: one of each kind for a process, safe to share between its threads.

    wechat.clients.official_account()   the service account (服务号)
    wechat.clients.mini_program()       the mini-program
    wechat.clients.pay()                WeChat Pay for the platform and its sub-merchants

Whether they talk to WeChat or to the sandbox is decided by WECHAT_API_ROOT, WECHAT_PAY_ROOT and the keys alone.
"""

import os
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.urls import reverse

from wechat import errors

from .base import ApiClient
from .mini_program import MiniProgramClient
from .official_account import OfficialAccountClient
from .pay import PayConfig, WeChatPay
from .tokens import TokenStore
from .transport import Transport

T = TypeVar("T")
Client = TypeVar("Client", bound=ApiClient)

_made: dict[tuple[str, int], Any] = {}
_making = threading.RLock()


def official_account() -> OfficialAccountClient:
    """Raises WeChatError MISCONFIGURED where WECHAT_OA_APPID or _SECRET is empty."""
    return _once("official_account", lambda: _api_client(OfficialAccountClient, "OA"))


def mini_program() -> MiniProgramClient:
    """Raises WeChatError MISCONFIGURED where WECHAT_MINI_APPID or _SECRET is empty."""
    return _once("mini_program", lambda: _api_client(MiniProgramClient, "MINI"))


def pay() -> WeChatPay:
    """Raises WeChatError MISCONFIGURED, naming the setting that is empty or cannot be read."""
    return _once("pay", _pay_client)


def _once(kind: str, make: Callable[[], T]) -> T:
    # By process: a connection that was open at the fork belongs to the parent.
    key = (kind, os.getpid())
    client = _made.get(key)
    if client is None:
        with _making:
            client = _made.get(key) or _made.setdefault(key, make())
    return client


def _transport(root: str) -> Transport:
    return _once(f"transport {root}", lambda: Transport(root, proxy=getattr(settings, "WECHAT_PROXY", "")))


def _api_client(kind: type[Client], name: str) -> Client:
    appid, secret = getattr(settings, f"WECHAT_{name}_APPID"), getattr(settings, f"WECHAT_{name}_SECRET")
    if not appid or not secret:
        raise errors.Misconfigured(f"WECHAT_{name}_APPID or WECHAT_{name}_SECRET is empty")
    transport = _transport(settings.WECHAT_API_ROOT)
    store = _once("redis", lambda: redis.Redis.from_url(settings.REDIS_URL, decode_responses=True, socket_timeout=5))
    tokens = TokenStore(appid=appid, secret=secret, transport=transport, store=store)
    return kind(appid=appid, secret=secret, transport=transport, tokens=tokens)


def _pay_client() -> WeChatPay:
    # reverse cannot build it: {kind} is filled in later, and braces do not survive it.
    path = reverse("wechat:pay_notification", kwargs={"kind": "kind"})
    config = PayConfig(
        sp_mchid=settings.WECHAT_PAY_SP_MCHID,
        sp_appid=settings.WECHAT_PAY_SP_APPID or settings.WECHAT_MINI_APPID,
        cert_serial=settings.WECHAT_PAY_CERT_SERIAL,
        public_key_id=settings.WECHAT_PAY_PUBLIC_KEY_ID,
        public_key=settings.WECHAT_PAY_PUBLIC_KEY,
        notify_url=settings.PUBLIC_URL + path.replace("/kind/", "/{kind}/"),
        private_key=settings.WECHAT_PAY_PRIVATE_KEY,
        apiv3_key=settings.WECHAT_PAY_APIV3_KEY,
    )
    return WeChatPay(config, _transport(settings.WECHAT_PAY_ROOT))


@receiver(setting_changed)
def forget_clients(*, setting: str = "", **kwargs: Any) -> None:
    """Tests change settings; production never does."""
    if setting.startswith("WECHAT_") or setting in {"PUBLIC_URL", "REDIS_URL"}:
        _made.clear()
