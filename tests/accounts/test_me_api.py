import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image
from rest_framework.test import APIClient

from accounts import services
from accounts.models import Address, Consent, User
from accounts.selectors import has_consent, masked_phone
from core.crypto import blind_index

from .factories import api_of, make_address, make_user

pytestmark = pytest.mark.django_db

GOOD = {
    "name": "林一",
    "phone": "13812345678",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "detail": "文三路 1 号",
}


def picture(size=(600, 300), kind="PNG") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return SimpleUploadedFile("me.png", out.getvalue(), "image/png")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "me"), ("patch", "me"), ("delete", "me"), ("post", "me/phone"), ("put", "me/avatar"), ("get", "me/export"),
        ("get", "me/consents"), ("put", "me/consents/terms"), ("delete", "me/consents/terms"),
        ("get", "addresses"), ("post", "addresses"), ("get", "addresses/x"), ("patch", "addresses/x"), ("delete", "addresses/x"),
    ],
)  # fmt: skip
def test_nobody_without_a_token(method, path):
    assert getattr(APIClient(), method)(f"/api/v1/{path}").status_code == 401


def test_me_shows_the_phone_masked():
    user = make_user("林女士", phone="13812345678")
    body = api_of(user).get("/api/v1/me").json()
    assert body["phone"] == "138****5678"
    assert set(body) == {"id", "nickname", "avatar", "phone", "created_at"}


@pytest.mark.parametrize(("phone", "shown"), [("", ""), ("123", "***"), ("13812345678", "138****5678")])
def test_masked_phone_gives_too_little_to_call(phone, shown):
    assert masked_phone(phone) == shown


def test_nickname_is_changed_once_it_passed_the_check(wechat):
    lin = wechat.person()
    user = services.sign_in_with_wechat(js_code=lin.login_code()).user
    reply = api_of(user).patch("/api/v1/me", {"nickname": "  林  女士 "})
    assert reply.json()["nickname"] == "林 女士"
    assert wechat.requests("/wxa/msg_sec_check")


@pytest.mark.parametrize("nickname", ["", "   ", "x" * 41, "a\u202eb", None, ["a"]])
def test_bad_nicknames_change_nothing(nickname):
    user = make_user("林女士", wechat=False)
    reply = api_of(user).patch("/api/v1/me", {"nickname": nickname}, format="json")
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid")
    user.refresh_from_db()
    assert user.nickname == "林女士"


def test_phone_is_what_wechat_proves(wechat):
    lin = wechat.person()
    user = services.sign_in_with_wechat(js_code=lin.login_code()).user
    reply = api_of(user).post("/api/v1/me/phone", {"code": lin.phone_code()})
    assert reply.json()["phone"] == masked_phone(lin.phone)
    user.refresh_from_db()
    assert user.phone == lin.phone
    assert User.objects.get(phone_index=blind_index(lin.phone)) == user


def test_phone_code_works_once_and_is_no_login_code(wechat):
    lin = wechat.person()
    client = api_of(services.sign_in_with_wechat(js_code=lin.login_code()).user)
    code = lin.phone_code()
    assert client.post("/api/v1/me/phone", {"code": code}).status_code == 200
    for spent in (code, lin.login_code()):
        assert client.post("/api/v1/me/phone", {"code": spent}).json()["code"] == "wechat_code_invalid"


def test_avatar_is_made_anew_and_the_old_one_goes(django_capture_on_commit_callbacks):
    user = make_user()
    client = api_of(user)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.put("/api/v1/me/avatar", {"avatar": picture()}, format="multipart").status_code == 200
    user.refresh_from_db()
    first, storage = user.avatar.name, user.avatar.storage
    with storage.open(first) as file:
        assert Image.open(file).size == (400, 200)
    with django_capture_on_commit_callbacks(execute=True):
        client.put("/api/v1/me/avatar", {"avatar": picture()}, format="multipart")
    assert not storage.exists(first)


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"GIF89a" + b"0" * 50])
def test_avatar_must_be_a_picture(content):
    user = make_user()
    reply = api_of(user).put("/api/v1/me/avatar", {"avatar": SimpleUploadedFile("a.png", content)}, format="multipart")
    assert reply.status_code == 400
    user.refresh_from_db()
    assert not user.avatar


def test_consent_is_given_replaced_and_taken_back():
    user = make_user()
    client = api_of(user)
    for version in ("1", "1", "2"):
        assert client.put("/api/v1/me/consents/privacy", {"version": version}).status_code == 200
    assert [c["version"] for c in client.get("/api/v1/me/consents").json()] == ["2"]
    assert Consent.objects.count() == 2
    assert has_consent(user, "privacy")
    for _repeat in range(2):
        assert client.delete("/api/v1/me/consents/privacy").status_code == 204
    assert not has_consent(user, "privacy")


def test_consent_to_something_unknown_is_not_found():
    assert api_of(make_user()).put("/api/v1/me/consents/everything", {"version": "1"}).status_code == 404
    assert not Consent.objects.exists()


def test_first_address_is_the_default_until_another_takes_it():
    client = api_of(make_user())
    first = client.post("/api/v1/addresses", GOOD).json()
    second = client.post("/api/v1/addresses", {**GOOD, "name": "王二"}).json()
    assert (first["is_default"], second["is_default"]) == (True, False)
    client.patch(f"/api/v1/addresses/{second['id']}", {"is_default": True})
    listed = client.get("/api/v1/addresses").json()
    assert [(a["name"], a["is_default"]) for a in listed] == [("王二", True), ("林一", False)]


def test_removed_default_passes_to_the_newest():
    user = make_user()
    default, _middle, newest = (make_address(user, name=name) for name in ("一一", "二二", "三三"))
    client = api_of(user)
    for _repeat, status in ((1, 204), (2, 404)):
        assert client.delete(f"/api/v1/addresses/{default.public_id}").status_code == status
    newest.refresh_from_db()
    assert newest.is_default


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("13812345678", "13812345678"), ("+86 138 1234 5678", "13812345678"), ("8619912345678", "19912345678"), ("138-1234-5678", "13812345678")],
)  # fmt: skip
def test_mobile_numbers_are_kept_in_one_form(typed, kept):
    assert make_address(make_user(), phone=typed).phone == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "12812345678"), ("phone", "1381234567"), ("phone", "１３８１２３４５６７８"), ("phone", "057188888888"), ("phone", ""),
        ("name", ""), ("name", " "), ("name", "林" * 21), ("detail", "x" * 121), ("city", None), ("province", ["浙江"]),
        ("is_default", "perhaps"),
    ],
)  # fmt: skip
def test_bad_address_is_refused_beside_the_field(field, value):
    reply = api_of(make_user()).post("/api/v1/addresses", {**GOOD, field: value}, format="json")
    assert reply.status_code == 400
    assert field in reply.json()["fields"]
    assert not Address.objects.exists()


def test_the_twenty_first_address_is_refused():
    user = make_user()
    for _number in range(20):
        make_address(user)
    reply = api_of(user).post("/api/v1/addresses", GOOD)
    assert (reply.status_code, reply.json()["code"]) == (409, "too_many_addresses")
    assert user.addresses.count() == 20


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_somebody_elses_address_is_not_found_and_stays(method):
    address = make_address(make_user())
    reply = getattr(api_of(make_user()), method)(f"/api/v1/addresses/{address.public_id}", {"name": "别人"})
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    address.refresh_from_db()
    assert address.name == "林一"


def test_address_is_encrypted_at_rest():
    make_address(make_user())
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone, detail FROM accounts_address")
        assert all(value.startswith("1:") for value in cursor.fetchone())


def test_export_holds_everything_of_the_person_and_nobody_else():
    user, other = make_user("林女士", phone="13812345678"), make_user("别人")
    make_address(user)
    make_address(other, name="王二")
    services.grant_consent(user=user, purpose="terms", version="1")
    reply = api_of(user).get("/api/v1/me/export")
    body = reply.json()
    assert body["account"]["phone"] == "13812345678"
    assert [a["name"] for a in body["addresses"]] == ["林一"]
    assert [c["purpose"] for c in body["consents"]] == ["terms"]
    assert "王二" not in reply.content.decode()
