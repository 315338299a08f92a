"""People for tests."""

from itertools import count

from django.conf import settings
from django_otp.oath import TOTP
from rest_framework.test import APIClient

from accounts import services
from accounts.models import Address, User, WeChatIdentity
from accounts.views.session import BACKEND

numbers = count(1)


def make_user(nickname: str = "", *, wechat: bool = True, **fields) -> User:
    """A person; with `wechat` one whom the mini-program knows."""
    number = next(numbers)
    user = User.objects.create_user(nickname=nickname or f"买家{number}", **fields)
    if wechat:
        WeChatIdentity.objects.create(
            user=user,
            kind=WeChatIdentity.Kind.MINI_PROGRAM,
            appid=settings.WECHAT_MINI_APPID,
            openid=f"mini-{number}",
            unionid=f"union-{number}",
        )
    return user


def make_address(user: User, **fields) -> Address:
    given = {
        "name": "林一",
        "phone": "13812345678",
        "province": "浙江省",
        "city": "杭州市",
        "detail": "文三路 1 号 2 室",
    }
    return services.save_address(user=user, **{**given, **fields})


def api_of(user: User) -> APIClient:
    """A client that is signed in with a token of its own."""
    token, _row = services.issue_token(user=user)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def sign_in(client, user: User):
    """Put a browser where a scan would have put it."""
    client.force_login(user, backend=BACKEND)
    return client


def code_of(device, *, step: int = 0) -> str:
    """What the authenticator app shows now, or `step` half-minutes later."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift + step)
    return f"{totp.token():06d}"
