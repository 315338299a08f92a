"""Followers for tests."""

from accounts.models import User
from crm import services
from crm.models import Follower
from shops.models import Shop
from tests.accounts.factories import make_user


def make_follower(shop: Shop, nickname: str = "", *, source: str = "shop", user: User | None = None) -> Follower:
    return services.follow(shop=shop, user=user or make_user(nickname), source=source)
