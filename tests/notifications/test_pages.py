import pytest
from django.test import Client

from accounts.models import User
from notifications import services
from notifications.models import InboxItem
from tests.shops.factories import make_shop, owner_of

pytestmark = pytest.mark.django_db


def at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.UsernameBackend")
    return client


@pytest.fixture
def owner():
    return owner_of(make_shop("山南茶器"))


def test_news_are_shown_once_as_new(owner):
    services.notify(user=owner, kind="hint", key="1", title="入驻申请通过了", link="/m/")
    first = at_desk(owner).get("/m/news/").content.decode()
    assert "入驻申请通过了" in first and "wx-tag-green" in first
    assert InboxItem.objects.get().read_at is not None
    assert "wx-tag-green" not in at_desk(owner).get("/m/news/").content.decode()


def test_nobody_sees_anothers_news(owner):
    services.notify(user=owner, kind="hint", key="1", title="入驻申请通过了")
    stranger = owner_of(make_shop("半木器物"))
    assert "入驻申请通过了" not in at_desk(stranger).get("/m/news/").content.decode()
    assert InboxItem.objects.get().read_at is None


def test_without_news_the_page_says_what_will_come(owner):
    assert "wx-empty" in at_desk(owner).get("/m/news/").content.decode()


def test_news_ask_for_a_login():
    assert Client().get("/m/news/").status_code == 302
