import json

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from accounts import services
from accounts.errors import AccountDisabled
from accounts.models import ApiToken, LoginTicket, User, WeChatIdentity
from accounts.signals import erasure_requested, person_erased
from core import outbox
from core.errors import Conflict
from core.models import AuditEntry, OutboxEvent
from tests.shops.factories import make_upload

from .factories import api_of, make_address, make_user, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def lin() -> User:
    user = make_user("林女士", phone="13812345678", phone_index="x")
    user.avatar.save("me.webp", ContentFile(b"webp"))
    services.set_password_login(user=user, username="lin.one", password="correct horse battery")
    services.start_enrolment(user=user)
    services.grant_consent(user=user, purpose="personalisation", version="1")
    make_address(user)
    return user


def erase(user, capture) -> None:
    with capture(execute=True):
        assert api_of(user).delete("/api/v1/me").status_code == 202
        assert outbox.run(OutboxEvent.objects.get(kind="accounts.erase").pk)
    user.refresh_from_db()


def test_asking_ends_every_session_at_once(lin):
    phone, other, browser = api_of(lin), api_of(lin), sign_in(Client(), lin)
    assert phone.delete("/api/v1/me").status_code == 202
    assert other.get("/api/v1/me").status_code == 401
    assert browser.get("/m/account/").status_code == 302
    assert OutboxEvent.objects.get(kind="accounts.erase").payload == {"user_id": lin.pk}


def test_nothing_of_the_person_is_left(lin, django_capture_on_commit_callbacks):
    storage, avatar = lin.avatar.storage, lin.avatar.name
    erase(lin, django_capture_on_commit_callbacks)
    kept = json.dumps(
        [list(m.objects.values()) for m in (User, WeChatIdentity, ApiToken, LoginTicket, AuditEntry)], default=str
    )
    for trace in ("林女士", "13812345678", "lin.one", "林一", "mini-", "union-"):
        assert trace not in kept
    assert not storage.exists(avatar)
    assert not lin.addresses.exists()
    assert not lin.totpdevice_set.exists()
    assert (lin.username, lin.has_usable_password(), lin.is_active) == (None, False, False)
    assert lin.erased_at is not None
    assert lin.consents.get().withdrawn_at is not None


def test_erasing_again_changes_nothing(lin, django_capture_on_commit_callbacks):
    erase(lin, django_capture_on_commit_callbacks)
    before = lin.erased_at
    services.erase_person(user_id=lin.pk)
    services.request_erasure(user=lin)
    lin.refresh_from_db()
    assert lin.erased_at == before
    assert OutboxEvent.objects.filter(kind="accounts.erase").count() == 1


def test_erased_person_who_comes_back_is_somebody_new(wechat, django_capture_on_commit_callbacks):
    phone = wechat.person()
    first = services.sign_in_with_wechat(js_code=phone.login_code()).user
    erase(first, django_capture_on_commit_callbacks)
    back = services.sign_in_with_wechat(js_code=phone.login_code())
    assert back.is_new
    assert back.user != first


def test_erased_person_is_not_reopened(lin, django_capture_on_commit_callbacks):
    erase(lin, django_capture_on_commit_callbacks)
    services.reopen_account(user=lin, by=make_user(is_staff=True))
    lin.refresh_from_db()
    assert not lin.is_active


def test_an_app_that_needs_the_person_can_refuse(lin):
    def refuse(sender, **kwargs):
        raise Conflict("Orders are on their way")

    erasure_requested.connect(refuse)
    try:
        client = api_of(lin)
        assert client.delete("/api/v1/me").status_code == 409
    finally:
        erasure_requested.disconnect(refuse)
    lin.refresh_from_db()
    assert lin.is_active
    assert client.get("/api/v1/me").status_code == 200
    assert not OutboxEvent.objects.filter(kind="accounts.erase").exists()


def test_an_app_that_fails_keeps_the_whole_erasure_back(lin):
    def fail(sender, **kwargs):
        raise RuntimeError("no")

    person_erased.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            services.erase_person(user_id=lin.pk)
    finally:
        person_erased.disconnect(fail)
    lin.refresh_from_db()
    assert lin.nickname == "林女士"
    assert lin.addresses.exists()


def late_writes(person: User):
    """What requests do that were let in before the erasure and end after it."""
    fields = {"name": "林一", "phone": "13812345678", "province": "浙江省", "city": "杭州市", "detail": "文三路 1 号"}
    picture = make_upload()
    return [
        lambda: services.save_address(user=person, **fields),
        lambda: services.update_profile(user=person, avatar=picture),
    ]


def test_request_under_way_leaves_nothing_behind(lin, django_capture_on_commit_callbacks):
    stale = User.objects.get(pk=lin.pk)
    erase(lin, django_capture_on_commit_callbacks)
    for write in late_writes(stale):
        with pytest.raises(AccountDisabled):
            write()
    lin.refresh_from_db()
    assert not lin.addresses.exists()
    assert not lin.avatar


def test_without_the_lock_the_request_would_leave_something(lin, monkeypatch, django_capture_on_commit_callbacks):
    stale = User.objects.get(pk=lin.pk)
    erase(lin, django_capture_on_commit_callbacks)
    for module in ("addresses", "profile"):
        monkeypatch.setattr(f"accounts.services.{module}.lock_person", lambda user: user)
    for write in late_writes(stale):
        write()
    lin.refresh_from_db()
    assert lin.addresses.exists()
    assert lin.avatar


def test_phone_of_a_closed_account_is_not_kept(wechat, django_capture_on_commit_callbacks):
    phone = wechat.person("林女士")
    user = make_user("林女士")
    erase(user, django_capture_on_commit_callbacks)
    stale = User.objects.get(pk=user.pk)
    with pytest.raises(AccountDisabled):
        services.set_phone(user=stale, phone_code=phone.phone_code())
    user.refresh_from_db()
    assert user.phone == ""
