import json
import logging

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import services
from accounts.errors import AccountDisabled, WeChatCodeInvalid
from accounts.models import ApiToken, User, WeChatIdentity
from core.models import AuditEntry
from wechat import clients

from .factories import api_of, make_user

pytestmark = pytest.mark.django_db

SESSION = "/api/v1/session"


def test_sign_in_gives_a_token_that_opens_the_api(wechat):
    lin = wechat.person("林女士")
    reply = APIClient().post(SESSION, {"code": lin.login_code()})
    assert reply.status_code == 201, reply.content
    body = reply.json()
    assert body["is_new"] is True
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {body['token']}")
    assert client.get("/api/v1/me").json()["id"] == body["user"]["id"]


def test_sign_in_again_finds_the_same_person(wechat):
    lin = wechat.person()
    first = services.sign_in_with_wechat(js_code=lin.login_code())
    second = services.sign_in_with_wechat(js_code=lin.login_code())
    assert (second.user, second.is_new) == (first.user, False)
    assert first.token != second.token


def test_token_is_kept_as_a_hash_only(wechat):
    token = services.sign_in_with_wechat(js_code=wechat.person().login_code()).token
    row = ApiToken.objects.get()
    assert len(token) >= 43  # 256 bits in base64
    assert row.digest == services.digest(token)
    assert token not in json.dumps(list(ApiToken.objects.values("digest")))


def test_session_key_is_in_no_reply_row_or_log(wechat, caplog, monkeypatch):
    """The canary: what WeChat answered as session_key is searched for in everything that we keep or say."""
    client, heard = clients.mini_program(), []
    real = client.code_to_session
    monkeypatch.setattr(client, "code_to_session", lambda **asked: heard.append(real(**asked)) or heard[-1])
    with caplog.at_level(logging.DEBUG):
        reply = APIClient().post(SESSION, {"code": wechat.person().login_code()})
    assert reply.status_code == 201
    canary = heard[0].session_key
    stored = [
        *User.objects.values(), *ApiToken.objects.values(), *WeChatIdentity.objects.values(), *AuditEntry.objects.values()
    ]  # fmt: skip
    for text in (reply.content.decode(), caplog.text, json.dumps(stored, default=str), repr(heard[0])):
        assert len(canary) > 10 and canary not in text


def test_code_works_once(wechat):
    code = wechat.person().login_code()
    assert APIClient().post(SESSION, {"code": code}).status_code == 201
    again = APIClient().post(SESSION, {"code": code})
    assert (again.status_code, again.json()["code"]) == (400, "wechat_code_invalid")
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    "body", [{}, {"code": ""}, {"code": "x" * 500}, {"code": ["a"]}, {"code": None}, {"code": {"a": 1}}]
)
def test_sign_in_refuses_what_is_no_code(body):
    reply = APIClient().post(SESSION, body, format="json")
    assert reply.status_code == 400
    assert reply["Content-Type"] == "application/problem+json"
    assert not User.objects.exists()


@pytest.mark.parametrize("code", ["", "代码", "a\nb", "x" * 129])
def test_sign_in_asks_wechat_only_about_possible_codes(code):
    with pytest.raises(WeChatCodeInvalid):
        services.sign_in_with_wechat(js_code=code)


def test_sign_in_says_when_wechat_is_down(wechat):
    code = wechat.person().login_code()
    wechat.fault("error", "GET /sns/jscode2session", count=5)
    reply = APIClient().post(SESSION, {"code": code})
    assert (reply.status_code, reply.json()["code"]) == (503, "wechat_unavailable")
    assert not User.objects.exists()


def test_identities_of_one_person_are_joined_by_unionid(wechat):
    lin = wechat.person()
    buyer = services.sign_in_with_wechat(js_code=lin.login_code()).user
    follower = services.person_for_openid(
        kind=WeChatIdentity.Kind.OFFICIAL_ACCOUNT, openid=lin.oa_openid, unionid=lin.unionid
    )
    assert follower == buyer
    assert buyer.wechat_identities.count() == 2


def test_people_without_unionid_stay_apart():
    kind = WeChatIdentity.Kind
    one = services.person_for_openid(kind=kind.MINI_PROGRAM, openid="a")
    other = services.person_for_openid(kind=kind.OFFICIAL_ACCOUNT, openid="b", unionid=None)
    assert one != other


def test_two_openids_of_one_app_under_one_unionid_are_two_people():
    kind = WeChatIdentity.Kind.MINI_PROGRAM
    one = services.person_for_openid(kind=kind, openid="a", unionid="u")
    other = services.person_for_openid(kind=kind, openid="b", unionid="u")
    assert one != other


def test_closed_account_gets_no_token(wechat):
    lin = wechat.person()
    user = services.sign_in_with_wechat(js_code=lin.login_code()).user
    services.close_account(user=user, by=make_user(is_staff=True), reason="欺诈")
    with pytest.raises(AccountDisabled):
        services.sign_in_with_wechat(js_code=lin.login_code())
    assert not ApiToken.objects.valid().exists()


def test_sign_out_ends_this_session_only():
    user = make_user()
    here, there = api_of(user), api_of(user)
    assert here.delete(SESSION).status_code == 204
    assert here.get("/api/v1/me").status_code == 401
    assert there.get("/api/v1/me").status_code == 200


def test_sign_out_everywhere_ends_all_of_them():
    user = make_user()
    clients = [api_of(user), api_of(user)]
    services.sign_out_everywhere(user=user)
    assert [c.get("/api/v1/me").status_code for c in clients] == [401, 401]


@pytest.mark.parametrize(
    "header", ["Bearer nonsense", "Bearer", "Bearer \u00e9", "Basic dXNlcjpwYXNz", "Token abc", ""]
)
def test_other_headers_are_nobody(header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    reply = client.get("/api/v1/me")
    assert reply.status_code == 401
    assert reply["WWW-Authenticate"] == "Bearer"
    assert reply.json()["code"] == "not_authenticated"


def test_expired_and_revoked_tokens_are_nobody():
    client = api_of(make_user())
    ApiToken.objects.update(expires_at=timezone.now())
    assert client.get("/api/v1/me").status_code == 401


def test_a_request_costs_one_query_to_know_its_person(django_assert_num_queries):
    client = api_of(make_user())
    with django_assert_num_queries(1):
        assert client.get("/api/v1/me").status_code == 200


def test_without_token_sign_out_is_refused():
    assert APIClient().delete(SESSION).status_code == 401
