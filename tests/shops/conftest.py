import pytest
from django.test import Client

from merchants.models import Membership, Role

from .factories import make_shop, owner_of


@pytest.fixture
def shop():
    return make_shop("山南茶器", city="宜兴", promises=["包邮"])


@pytest.fixture
def owner(shop):
    return owner_of(shop)


def sign_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def staff(owner):
    """The owner's browser."""
    return sign_in(owner)


@pytest.fixture
def agent(shop, django_user_model):
    """A colleague who answers but doesn't keep the shelf."""
    user = django_user_model.objects.create_user(nickname="小禾")
    Membership.objects.create(merchant=shop.merchant, user=user, role=Role.AGENT)
    return sign_in(user)


@pytest.fixture
def stranger():
    """Another shop's owner."""
    return sign_in(owner_of(make_shop("别家")))
