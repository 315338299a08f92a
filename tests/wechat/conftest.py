import json

import pytest

from tests.wechat.wire import Answer, Request, Wire, answer
from wechat import clients
from wechat.sandbox import credentials
from wechat.sandbox.envelope import Keys
from wechat.signals import mini_program_event, official_account_event


@pytest.fixture(scope="session")
def known(tmp_path_factory) -> credentials.Credentials:
    """Both ends' keys, made for this run."""
    return credentials.load(tmp_path_factory.mktemp("wechat"))


@pytest.fixture(scope="session")
def platform_keys(known) -> Keys:
    """WeChat Pay's end of the keys."""
    return Keys(known)


@pytest.fixture
def heard(monkeypatch):
    """What our signals say, to nobody but the test: what other apps make of it is theirs to test."""
    said: list[dict] = []

    def listen(sender, signal, **told):
        said.append(told)

    for signal in (official_account_event, mini_program_event):
        monkeypatch.setattr(signal, "receivers", [])
        signal.connect(listen, weak=False)
    return said


@pytest.fixture
def wire():
    server = Wire()
    yield server
    server.close()


@pytest.fixture
def at_wire(wire, known, settings):
    """Our clients, pointed at the scripted server."""
    for name, value in _settings(known, wire.root).items():
        setattr(settings, name, value)
    settings.PUBLIC_URL = "https://shop.example"
    clients.forget_clients(setting="WECHAT_")
    yield wire
    clients.forget_clients(setting="WECHAT_")


@pytest.fixture
def api(at_wire):
    """The scripted server as api.weixin.qq.com: hands out a token, answers the rest with `api.results[path]`."""
    at_wire.results = {}

    def reply(request: Request) -> Answer:
        if request.path == "/cgi-bin/stable_token":
            return answer({"access_token": "canary-token", "expires_in": 7200})
        result = at_wire.results.get(request.path, {"errcode": 0, "errmsg": "ok"})
        return result if isinstance(result, Answer) else answer(result)

    at_wire.reply = reply
    return at_wire


@pytest.fixture
def pay_wire(at_wire, platform_keys):
    """The scripted server as WeChat Pay: signs `pay_wire.results[path]`, (status, object), as WeChat would."""
    at_wire.results = {}

    def reply(request: Request) -> Answer:
        status, payload = at_wire.results.get(request.path, (200, {}))
        body = b"" if status == 204 else json.dumps(payload, ensure_ascii=False).encode()
        return signed(platform_keys, body, status)

    at_wire.reply = reply
    return at_wire


def signed(keys: Keys, body: bytes, status: int = 200, *, age: float = 0) -> Answer:
    headers = {"Content-Type": "application/json", "Request-ID": "rid-268512771", **keys.headers(body, age=age)}
    return Answer(body, status, headers)


def _settings(known: credentials.Credentials, root: str) -> dict[str, str]:
    accounts = {"OA": known.official_account, "MINI": known.mini_program}
    return {
        "WECHAT_API_ROOT": root,
        "WECHAT_PAY_ROOT": root,
        "WECHAT_PAY_SP_MCHID": known.sp_mchid,
        "WECHAT_PAY_SP_APPID": known.mini_program.appid,
        "WECHAT_PAY_PRIVATE_KEY": known.merchant_private_key,
        "WECHAT_PAY_CERT_SERIAL": known.cert_serial,
        "WECHAT_PAY_APIV3_KEY": known.apiv3_key,
        "WECHAT_PAY_PUBLIC_KEY": known.platform_public_key,
        "WECHAT_PAY_PUBLIC_KEY_ID": known.public_key_id,
        **{
            f"WECHAT_{prefix}_{name.upper()}": getattr(account, name)
            for prefix, account in accounts.items()
            for name in ("appid", "secret", "token", "aes_key")
        },
    }
