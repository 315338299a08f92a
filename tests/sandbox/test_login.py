import pytest


@pytest.fixture
def exchange(weixin, sandbox):
    known = sandbox.credentials.mini_program

    def call(code, **more):
        query = {"appid": known.appid, "secret": known.secret, "js_code": code, "grant_type": "authorization_code"}
        return weixin.http.get("/sns/jscode2session", params=query | more).json()

    return call


def test_login_code_works_once(exchange, buyer):
    code = buyer.login_code()
    answer = exchange(code)
    assert (answer["openid"], answer["unionid"]) == (buyer.mini_openid, buyer.unionid)
    assert "errcode" not in answer
    assert exchange(code)["errcode"] == 40163


def test_login_code_dies_after_five_minutes(sandbox, exchange, buyer):
    code = buyer.login_code()
    sandbox.advance(301)
    assert exchange(code)["errcode"] == 40029


@pytest.mark.parametrize(
    ("code", "more", "errcode"),
    [
        ("nonsense", {}, 40029),
        ("", {}, 41008),
        ("x", {"appid": "wx0"}, 40013),
        ("x", {"secret": "0"}, 40125),
        ("x", {"grant_type": "y"}, 40002),
    ],
)
def test_wrong_exchange_is_refused(exchange, code, more, errcode):
    assert exchange(code, **more)["errcode"] == errcode


def test_one_person_gets_100_sessions_a_minute(exchange, buyer):
    answers = [exchange(buyer.login_code()).get("errcode", 0) for _ in range(101)]
    # A minute may turn between two of them, which begins a new hundred.
    assert answers[:100] == [0] * 100
    assert answers[100] in (45011, 0)


def test_phone_code_works_once_and_is_no_login_code(weixin, exchange, buyer):
    code = buyer.phone_code()
    assert exchange(code)["errcode"] == 40029
    answer = weixin("mini", "POST", "/wxa/business/getuserphonenumber", {"code": code})
    assert answer["phone_info"]["purePhoneNumber"] == buyer.phone
    assert weixin("mini", "POST", "/wxa/business/getuserphonenumber", {"code": code})["errcode"] == 40029
