import pytest
from django.contrib import admin
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import services
from accounts.models import User
from core.crypto import blind_index
from core.models import AuditEntry

from .factories import api_of, make_user, sign_in

pytestmark = pytest.mark.django_db

PEOPLE = "/ops/accounts/user/"


@pytest.fixture
def desk() -> Client:
    return sign_in(Client(), make_user("运营", wechat=False, is_staff=True, is_superuser=True))


@pytest.fixture
def lin() -> User:
    return make_user("林女士", phone="13812345678", phone_index=blind_index("13812345678"))


def act(desk, user, action, **data) -> None:
    asked = desk.get(f"{PEOPLE}{user.pk}/{action}", follow=True)
    assert asked.status_code == 200
    desk.post(asked.request["PATH_INFO"], {"_form_submitted": "True", **data})
    user.refresh_from_db()


def test_no_personal_data_in_clear(desk, lin):
    for path in (PEOPLE, f"{PEOPLE}{lin.pk}/change/"):
        page = desk.get(path).content.decode()
        assert "13812345678" not in page
        assert "138****5678" in page
        assert lin.wechat_identities.get().openid not in page


def test_a_whole_number_finds_its_person_and_a_part_does_not(desk, lin):
    found = desk.get(PEOPLE, {"q": "138 1234 5678"}).content.decode()
    assert lin.public_id in found
    assert lin.public_id not in desk.get(PEOPLE, {"q": "5678"}).content.decode()


def test_closing_needs_a_reason_and_ends_sessions(desk, lin):
    client = api_of(lin)
    act(desk, lin, "close", reason="")
    assert lin.is_active
    act(desk, lin, "close", reason="欺诈")
    assert not lin.is_active
    assert client.get("/api/v1/me").status_code == 401
    act(desk, lin, "reopen")
    assert lin.is_active


def test_looking_at_an_action_does_nothing(desk, lin):
    for action in ("close", "sign_out", "reset_second_factor"):
        desk.get(f"{PEOPLE}{lin.pk}/{action}", follow=True)
    lin.refresh_from_db()
    assert (lin.is_active, lin.session_number) == (True, 0)


def test_second_factor_is_reset(desk, lin):
    services.start_enrolment(user=lin)
    act(desk, lin, "reset_second_factor")
    assert not TOTPDevice.objects.exists()


def test_secrets_of_authenticators_have_no_page():
    assert TOTPDevice not in admin.site._registry


def test_who_is_ops_is_for_superusers_to_say(lin):
    clerk = make_user(wechat=False, is_staff=True)
    desk = sign_in(Client(), clerk)
    assert desk.post(f"{PEOPLE}{lin.pk}/change/", {"is_staff": "on", "is_superuser": "on"}).status_code == 403
    lin.refresh_from_db()
    assert (lin.is_staff, lin.is_superuser) == (False, False)


def test_superuser_gives_rights_and_it_is_written_down(desk, lin):
    formset = {
        "wechat_identities-TOTAL_FORMS": "0", "wechat_identities-INITIAL_FORMS": "0",
        "wechat_identities-MIN_NUM_FORMS": "0", "wechat_identities-MAX_NUM_FORMS": "0",
    }  # fmt: skip
    desk.post(f"{PEOPLE}{lin.pk}/change/", {"is_staff": "on", **formset})
    lin.refresh_from_db()
    assert lin.is_staff
    assert lin.username is None
    assert AuditEntry.objects.get(action="accounts.rights_changed").data == {"is_staff": "True"}
