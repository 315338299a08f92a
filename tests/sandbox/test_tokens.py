import pytest


@pytest.fixture
def ask(weixin, sandbox):
    known = sandbox.credentials.official_account

    def call(stable=True, **more):
        facts = {"grant_type": "client_credential", "appid": known.appid, "secret": known.secret} | more
        if stable:
            return weixin.http.post("/cgi-bin/stable_token", json=facts).json()
        return weixin.http.get("/cgi-bin/token", params=facts).json()

    return call


@pytest.fixture
def use(weixin, buyer):
    def call(token):
        query = {"access_token": token, "openid": buyer.oa_openid}
        return weixin.http.get("/cgi-bin/user/info", params=query).json().get("errcode", 0)

    return call


def test_stable_token_stays_the_same_until_its_last_minutes(sandbox, ask, use):
    first = ask()["access_token"]
    assert ask()["access_token"] == first
    sandbox.advance(7200 - 299)
    second = ask()["access_token"]
    assert second != first
    assert (use(first), use(second)) == (0, 0)
    sandbox.advance(300)
    assert (use(first), use(second)) == (42001, 0)


def test_token_rotates_and_the_old_one_dies_after_five_minutes(sandbox, ask, use):
    first, stable = ask(stable=False)["access_token"], ask()["access_token"]
    second = ask(stable=False)["access_token"]
    assert (use(first), use(second), use(stable)) == (0, 0, 0)
    sandbox.advance(301)
    assert (use(first), use(second), use(stable)) == (42001, 0, 0)


def test_forced_refresh_kills_the_old_token_and_is_rationed(sandbox, ask, use):
    first = ask()["access_token"]
    second = ask(force_refresh=True)["access_token"]
    assert (use(first), use(second)) == (40001, 0)
    assert ask(force_refresh=True)["access_token"] == second  # within 30 seconds
    for _ in range(19):
        sandbox.advance(31)
        assert "access_token" in ask(force_refresh=True)
    sandbox.advance(31)
    assert ask(force_refresh=True)["errcode"] == 45009


@pytest.mark.parametrize(
    ("change", "errcode"),
    [({"appid": "wx0"}, 40013), ({"secret": "0"}, 40125), ({"grant_type": "x"}, 40002), ({"appid": ""}, 41002)],
)
@pytest.mark.parametrize("stable", [True, False])
def test_wrong_credentials_are_refused_with_http_200_and_a_rid(ask, change, errcode, stable):
    answer = ask(stable, **change)
    assert answer["errcode"] == errcode
    assert " rid: " in answer["errmsg"]


def test_missing_and_foreign_tokens_are_refused(weixin, ask, sandbox):
    assert weixin.http.get("/cgi-bin/user/info").json()["errcode"] == 41001
    assert weixin.http.get("/cgi-bin/user/info", params={"access_token": "x"}).json()["errcode"] == 40001
    query = {"access_token": ask()["access_token"]}
    assert weixin.http.post("/wxa/msg_sec_check", params=query, json={}).json()["errcode"] == 48001
    assert weixin.http.get("/cgi-bin/qrcode/create", params=query).json()["errcode"] == 43002


def test_quota_counts_and_can_be_cleared(weixin, sandbox):
    asked = {"cgi_path": "/cgi-bin/qrcode/create"}
    body = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "x"}}}
    weixin("oa", "POST", "/cgi-bin/qrcode/create", body)
    quota = weixin("oa", "POST", "/cgi-bin/openapi/quota/get", asked)["quota"]
    assert quota == {"daily_limit": 100_000, "used": 1, "remain": 99_999}
    appid = sandbox.credentials.official_account.appid
    assert weixin("oa", "POST", "/cgi-bin/clear_quota", {"appid": appid})["errcode"] == 0
    assert weixin("oa", "POST", "/cgi-bin/openapi/quota/get", asked)["quota"]["used"] == 0


def test_daily_quota_is_enforced(ask, sandbox):
    sandbox.configure(daily_limits={"/cgi-bin/token": 3})
    assert all("access_token" in ask(stable=False) for _ in range(3))
    assert ask(stable=False)["errcode"] == 45009
    sandbox.advance(86_400)
    assert "access_token" in ask(stable=False)
