"""Who lives in the demo's crowd, and what it hears."""

import pytest

from merchants.models import Membership, Role
from tests.shops.factories import make_shop, owner_of
from weixuan.crowd.city import City
from weixuan.crowd.client import wait_until
from weixuan.demo.people import FIRST_SHOP, SEEDED


@pytest.mark.django_db
def test_the_crowd_keeps_the_demos_shops_and_no_visitors(monkeypatch, settings):
    settings.WECHAT_API_ROOT = "http://127.0.0.1:9"
    monkeypatch.setattr(City, "_phone_of", lambda self, user, sandbox: user.username)
    for name, username in ((FIRST_SHOP, f"{SEEDED}first"), ("半木器物", f"{SEEDED}second"), ("过客的店", "visitor")):
        owner = owner_of(make_shop(name))
        owner.username = username
        owner.save()
    assert Membership.objects.filter(role=Role.OWNER).count() == 3
    assert City("", "", "", leave_alone=FIRST_SHOP).owners() == [f"{SEEDED}second"]


def test_waiting_asks_once_more_for_each_thing_heard():
    asked, heard = iter([None, None, "there"]), []
    assert wait_until(lambda: next(asked), seconds=5, pause=heard.append) == "there"
    assert len(heard) == 2


def test_waiting_ends():
    with pytest.raises(TimeoutError):
        wait_until(lambda: None, seconds=0.01, pause=lambda left: None)
