import pytest
from django.test import Client
from django_otp import user_has_device
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import services
from accounts.errors import SecondFactorInvalid, UsernameTaken
from accounts.models import User
from core.errors import Conflict, Invalid, TooMany

from .factories import code_of, make_user, sign_in

pytestmark = pytest.mark.django_db

LOGIN, STEP, ENROL, ACCOUNT = "/m/login/", "/m/login/second-factor/", "/m/login/enrol/", "/m/account/"
PASSWORD = "correct horse battery"


@pytest.fixture
def owner() -> User:
    return services.set_password_login(user=make_user("老周"), username="laozhou", password=PASSWORD)


def enrolled(user) -> tuple[TOTPDevice, list[str]]:
    device = services.start_enrolment(user=user)
    return services.confirm_enrolment(user=user, code=code_of(device))


def give_password(client, username="laozhou", password=PASSWORD, **more):
    return client.post(LOGIN, {"username": username, "password": password, **more})


def signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_password_alone_signs_nobody_in(client, owner):
    enrolled(owner)
    reply = give_password(client)
    assert reply.url.startswith(STEP)
    assert not signed_in(client)
    assert client.get("/m/account/").url.startswith(LOGIN)


def test_password_and_code_sign_in(client, owner):
    device, _codes = enrolled(owner)
    give_password(client, next="/m/staff/")
    # The code of enrolment was used; the app shows the next one half a minute later.
    reply = client.post(STEP, {"code": code_of(device, step=1), "next": "/m/staff/"})
    assert (reply.status_code, reply.url) == (302, "/m/staff/")
    assert signed_in(client)
    assert client.session["otp_device_id"] == device.persistent_id


def test_first_password_login_sets_up_the_second_step(client, owner):
    give_password(client)
    assert client.get(STEP).url.startswith(ENROL)
    assert "<svg" in client.get(ENROL).content.decode()
    assert not signed_in(client)
    page = client.post(ENROL, {"code": code_of(TOTPDevice.objects.get())})
    codes = list(StaticToken.objects.values_list("token", flat=True))
    assert len(codes) == 8
    assert all(code in page.content.decode() for code in codes)
    assert signed_in(client)


def test_reload_while_enrolling_keeps_the_same_secret(client, owner):
    give_password(client)
    client.get(ENROL)
    client.get(ENROL)
    assert TOTPDevice.objects.count() == 1


def test_whoever_has_a_device_cannot_enrol_another_with_the_password(client, owner):
    device, _codes = enrolled(owner)
    give_password(client)
    assert client.get(ENROL).url.startswith(STEP)
    assert client.post(ENROL, {"code": "000000"}).url.startswith(STEP)
    assert list(TOTPDevice.objects.all()) == [device]
    with pytest.raises(Conflict):
        services.start_enrolment(user=owner)


def test_recovery_code_works_once(client, owner):
    _device, codes = enrolled(owner)
    give_password(client)
    assert client.post(STEP, {"code": codes[0]}).status_code == 302
    other = Client()
    give_password(other)
    assert other.post(STEP, {"code": codes[0]}).status_code == 400
    assert not signed_in(other)


def test_code_works_once(owner):
    device, _codes = enrolled(owner)
    with pytest.raises(SecondFactorInvalid):
        services.verify_second_factor(user=owner, code=code_of(device))


@pytest.mark.parametrize("code", ["", "1", "abcdef", "x" * 21, "１２３４５６"])
def test_wrong_codes_open_nothing(client, owner, code):
    enrolled(owner)
    give_password(client)
    assert client.post(STEP, {"code": code}).status_code == 400
    assert not signed_in(client)


def test_wrong_codes_run_out(owner):
    enrolled(owner)
    for _try in range(10):
        with pytest.raises(SecondFactorInvalid):
            services.verify_second_factor(user=owner, code="000000")
    with pytest.raises(TooMany):
        services.verify_second_factor(user=owner, code="000000")


def test_second_step_without_the_first_goes_back(client):
    for path in (STEP, ENROL):
        assert client.get(path).url.startswith(LOGIN)
        assert client.post(path, {"code": "000000"}).url.startswith(LOGIN)


def test_half_signed_in_expires(client, owner):
    enrolled(owner)
    give_password(client)
    session = client.session
    session["login_pending"] = {**session["login_pending"], "until": 0}
    session.save()
    assert client.get(STEP).url.startswith(LOGIN)


@pytest.mark.parametrize(
    ("name", "password"), [("laozhou", "wrong"), ("nobody", PASSWORD), ("x" * 65, "y"), ("laozhou", ""), ("", "")]
)
def test_wrong_password_and_unknown_name_look_the_same(client, owner, name, password):
    reply = give_password(client, name, password)
    assert reply.status_code == 400
    assert "login_pending" not in client.session


def test_refusal_does_not_tell_whether_the_name_exists(client, owner):
    texts = [
        give_password(client, name, "wrong password").context["form"].non_field_errors()
        for name in ("laozhou", "nobody")
    ]
    assert texts[0] == texts[1]


def test_wrong_passwords_run_out_even_for_the_right_one(client, owner):
    for _try in range(5):
        give_password(client, password="wrong")
    assert give_password(client).status_code == 400
    assert "login_pending" not in client.session


def test_limit_by_name_and_address_spares_others(client, owner):
    services.set_password_login(user=make_user(), username="other.shop", password=PASSWORD)
    for _try in range(5):
        give_password(client, password="wrong")
    assert give_password(client, "other.shop").status_code == 302


def test_closed_person_cannot_use_the_password(client, owner):
    services.close_account(user=owner, by=make_user(is_staff=True), reason="欺诈")
    assert give_password(client).status_code == 400


def test_name_is_found_whatever_its_capitals(client, owner):
    assert give_password(client, " LaoZhou ").status_code == 302


@pytest.mark.parametrize("name", ["", "abc", "1abc", "has space", "中文名字", "x" * 33, "a/../b"])
def test_bad_user_names_are_refused(name):
    user = make_user()
    with pytest.raises(Invalid) as refusal:
        services.set_password_login(user=user, username=name, password=PASSWORD)
    assert "username" in refusal.value.fields
    user.refresh_from_db()
    assert (user.username, user.has_usable_password()) == (None, False)


@pytest.mark.parametrize("password", ["", "short", "password123"])
def test_weak_passwords_are_refused(password):
    user = make_user()
    with pytest.raises(Invalid) as refusal:
        services.set_password_login(user=user, username="weak.one", password=password)
    assert "password" in refusal.value.fields
    user.refresh_from_db()
    assert user.username is None


def test_user_name_is_given_once(owner):
    with pytest.raises(UsernameTaken):
        services.set_password_login(user=make_user(), username="LAOZHOU", password=PASSWORD)


def test_account_page_sets_a_password_and_leads_to_the_second_step():
    user = make_user()
    browser = sign_in(Client(), user)
    reply = browser.post(ACCOUNT, {"username": "new.shop", "password": PASSWORD})
    assert reply.url == ENROL
    assert browser.get(ENROL).status_code == 200  # Still signed in, under the new hash.
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_account_page_wants_the_second_step_before_a_change(owner):
    enrolled(owner)
    browser = sign_in(Client(), owner)
    reply = browser.post(ACCOUNT, {"username": "taken.over", "password": PASSWORD + "!"})
    assert reply.url.startswith(STEP)
    owner.refresh_from_db()
    assert owner.username == "laozhou"


def test_reset_lets_somebody_enrol_anew(owner):
    enrolled(owner)
    services.reset_second_factor(user=owner, by=make_user(is_staff=True))
    assert not user_has_device(owner)
    assert services.start_enrolment(user=owner).confirmed is False


@pytest.fixture
def ops(settings) -> User:
    settings.OPS_SECOND_FACTOR = True
    user = make_user(wechat=False, is_staff=True, is_superuser=True)
    return services.set_password_login(user=user, username="ops.one", password=PASSWORD)


def test_ops_need_the_second_step(client, ops):
    device, _codes = enrolled(ops)
    scanned = sign_in(Client(), ops)  # Signed in, but by scan alone.
    assert scanned.get("/ops/", follow=True).redirect_chain[-1][0].startswith(STEP)
    assert client.get("/ops/", follow=True).redirect_chain[-1][0].startswith(LOGIN)
    give_password(client, "ops.one", next="/ops/")
    assert client.post(STEP, {"code": code_of(device, step=1), "next": "/ops/"}).url == "/ops/"
    assert client.get("/ops/").status_code == 200


def test_people_are_kept_out_of_ops_without_a_loop(ops):
    assert sign_in(Client(), make_user()).get("/ops/", follow=True).status_code == 403


def test_without_the_setting_ops_use_the_plain_page(client, settings):
    settings.OPS_SECOND_FACTOR = False
    assert client.get("/ops/login/").status_code == 200
