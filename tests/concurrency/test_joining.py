"""Two who come at the same moment: one newcomer over two of our apps, one invite code for two people."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from accounts import services as accounts
from accounts.models import User, WeChatIdentity
from core.errors import DomainError
from merchants import services as merchants
from merchants.models import Application
from tests.accounts.factories import make_user
from tests.merchants.factories import make_codes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def two_apps(settings):
    settings.WECHAT_MINI_APPID, settings.WECHAT_OA_APPID = "wx-mini", "wx-oa"


def together(*calls) -> list:
    """Run the calls in threads that start at once; results, with refusals as None."""
    gate = threading.Barrier(len(calls))

    def work(call):
        try:
            gate.wait(10)
            return call()
        except DomainError:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(work, calls))


def arrivals():
    kinds = WeChatIdentity.Kind
    return (
        lambda: accounts.person_for_openid(kind=kinds.MINI_PROGRAM, openid="mini", unionid="union"),
        lambda: accounts.person_for_openid(kind=kinds.OFFICIAL_ACCOUNT, openid="oa", unionid="union"),
    )


def test_newcomer_becomes_two_people_without_the_lock(monkeypatch):
    meeting = threading.Barrier(2)
    # Instead of locking, both wait until the other has looked too.
    monkeypatch.setattr("accounts.services.people.lock_newcomer", lambda *names: None)
    real = accounts.people._by_unionid
    monkeypatch.setattr("accounts.services.people._by_unionid", lambda *a: (real(*a), meeting.wait(10))[0])
    together(*arrivals())
    assert User.objects.count() == 2


def test_newcomer_is_one_person_with_the_lock():
    for _round in range(5):
        User.objects.all().delete()
        together(*arrivals())
        assert User.objects.count() == 1
        assert WeChatIdentity.objects.count() == 2


def test_same_login_at_once_is_one_person():
    mini, _oa = arrivals()
    together(*[mini] * 6)
    assert User.objects.count() == 1


def test_one_code_is_redeemed_by_one_of_many():
    code, people = make_codes()[0], [make_user() for _number in range(6)]
    started = together(
        *[lambda u=u: merchants.start_application(applicant=u, code=code, client="192.0.2.1") for u in people]
    )
    assert len([a for a in started if a]) == 1
    assert Application.objects.count() == 1


def test_one_person_with_two_codes_at_once_spends_one():
    codes, user = make_codes(2), make_user()
    started = together(
        *[lambda c=c: merchants.start_application(applicant=user, code=c, client="192.0.2.1") for c in codes]
    )
    assert len([a for a in started if a]) == 1
    assert Application.objects.count() == 1


def test_scanned_login_opens_one_session_for_many_polls():
    ticket, token, secret = accounts.start_login()
    accounts.scan_login(token=token, openid="oa", unionid="", event="SCAN")
    opened = together(*[lambda: accounts.finish_login(ticket=ticket, browser_secret=secret)] * 6)
    assert len([user for user in opened if user]) == 1
