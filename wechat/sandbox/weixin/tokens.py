"""Access tokens. `token` rotates with each call, `stable_token` does not; the two are isolated."""

from typing import Any

from ..records import Token, Usage
from ..world import World, letters
from . import protocol
from .protocol import Call, WeixinError

LIFE_SECONDS = 7200
OVERLAP_SECONDS = 300
FORCED_A_DAY = 20
FORCED_GAP_SECONDS = 30
CLEARED_A_MONTH = 10


def token(call: Call) -> dict[str, Any]:
    if call.query.get("grant_type") != "client_credential":
        raise WeixinError(40002)
    account = _account(call.world, call.query.get("appid"), call.query.get("secret"))
    protocol.count_call(call.world, account, call.path)
    for old in call.world.tokens.where(account=account, stable=False):
        if old.expires_now > call.world.clock.now() + OVERLAP_SECONDS:
            _shorten(call.world, old)
    return _issue(call.world, account, stable=False)


def stable_token(call: Call) -> dict[str, Any]:
    if call.body.get("grant_type") != "client_credential":
        raise WeixinError(40002)
    world = call.world
    account = _account(world, call.body.get("appid"), call.body.get("secret"))
    protocol.count_call(world, account, call.path)
    now = world.clock.now()
    valid = [t for t in world.tokens.where(account=account, stable=True) if t.expires_now > now]
    newest = max(valid, key=lambda t: t.expires_now, default=None)
    if call.body.get("force_refresh") is True:
        if newest is None or _may_force(world, account):
            for old in valid:
                # A forced refresh is what one does with a leaked token, so the old one dies at once.
                world.tokens.delete(old.value)
            return _issue(world, account, stable=True)
    elif newest is None or newest.expires_now - now <= OVERLAP_SECONDS:
        return _issue(world, account, stable=True)
    return {"access_token": newest.value, "expires_in": int(newest.expires_now - now)}


def get_quota(call: Call) -> dict[str, Any]:
    path = call.text("cgi_path", 76021)
    limit = protocol.daily_limits(call.world).get(path)
    if limit is None:
        raise WeixinError(76021, "cgi_path not found")
    slot = int((call.world.clock.now() + 8 * 3600) // 86_400)
    usage = call.world.usage.get(f"{call.account} {path} 86400 {slot}") or Usage("")
    used = min(usage.count, limit)
    return protocol.ok(quota={"daily_limit": limit, "used": used, "remain": limit - used})


def clear_quota(call: Call) -> dict[str, Any]:
    account = call.world.account_of(call.body.get("appid"))
    if account is None or account != call.account:
        raise WeixinError(40013)
    month = int(call.world.clock.now() // (30 * 86_400))
    if protocol.bump(call.world, f"{account} clear_quota {month}") > CLEARED_A_MONTH:
        raise WeixinError(48006)
    for usage in call.world.usage:
        if usage.key.startswith(f"{account} /"):
            call.world.usage.delete(usage.key)
    return protocol.ok()


def _account(world: World, appid: Any, secret: Any) -> str:
    if not appid:
        raise WeixinError(41002)
    if not secret:
        raise WeixinError(41004)
    account = world.account_of(appid)
    if account is None:
        raise WeixinError(40013)
    if secret != world.account(account).secret:
        raise WeixinError(40125)
    return account


def _may_force(world: World, account: str) -> bool:
    """Count a forced refresh. One too soon is answered with the present token, one too many with 45009."""
    now = world.clock.now()
    last = world.usage.get(f"{account} forced at") or Usage(f"{account} forced at", 0)
    if now - last.count < FORCED_GAP_SECONDS:
        return False
    if protocol.bump(world, f"{account} forced {int((now + 8 * 3600) // 86_400)}") > FORCED_A_DAY:
        raise WeixinError(45009)
    last.count = int(now)
    world.usage.save(last)
    return True


def _issue(world: World, account: str, *, stable: bool) -> dict[str, Any]:
    now = world.clock.now()
    for old in world.tokens:
        if old.expires_now < now - LIFE_SECONDS:
            world.tokens.delete(old.value)
    new = Token(letters(2) + "_" + letters(133), account, stable, now + LIFE_SECONDS)
    world.tokens.save(new)
    return {"access_token": new.value, "expires_in": LIFE_SECONDS}


def _shorten(world: World, old: Token) -> None:
    old.expires_now = world.clock.now() + OVERLAP_SECONDS
    world.tokens.save(old)
