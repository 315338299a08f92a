import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from tests.wechat.conftest import signed
from tests.wechat.wire import answer


def run() -> tuple[str, bool]:
    out = io.StringIO()
    try:
        with translation.override("en"):
            call_command("wechat_check", stdout=out, no_color=True)
    except CommandError:
        return out.getvalue(), False
    return out.getvalue(), True


@pytest.fixture
def healthy(at_wire, platform_keys):
    def reply(request):
        if request.path == "/cgi-bin/stable_token":
            return answer({"access_token": "canary", "expires_in": 7200})
        return signed(platform_keys, b'{"code": "ORDERNOTEXIST", "message": ""}', 404)

    at_wire.reply = reply
    return at_wire


def test_wechat_check_says_what_works(healthy):
    said, works = run()
    assert works
    assert said.count(": works") == 3
    assert "canary" not in said


def test_wechat_check_says_what_is_wrong_in_words(healthy, settings, known):
    settings.WECHAT_PAY_CERT_SERIAL = ""
    healthy.reply = lambda request: answer({"errcode": 40164, "errmsg": "invalid ip 1.2.3.4, not in whitelist rid: 1"})
    said, works = run()
    assert not works
    assert "IP whitelist" in said and "1.2.3.4" in said
    assert "WECHAT_PAY_CERT_SERIAL is empty" in said
    for secret in (known.official_account.secret, known.mini_program.secret, known.apiv3_key):
        assert secret not in said


def test_wechat_check_recognises_wrong_pay_keys(healthy, platform_keys):
    good = healthy.reply

    def reply(request):
        if request.path.startswith("/v3/"):
            return answer({"code": "SIGN_ERROR", "message": "错误的签名，验签失败"}, 401)
        return good(request)

    healthy.reply = reply
    said, works = run()
    assert not works
    assert "WECHAT_PAY_PRIVATE_KEY and WECHAT_PAY_CERT_SERIAL" in said
