import pytest

from tests.sandbox.merchant import Merchant


@pytest.fixture
def merchant(sandbox):
    return Merchant(sandbox)


@pytest.fixture
def shop(sandbox):
    """The sub_mchid of an open account."""
    return sandbox.sub_merchant()


@pytest.fixture
def buyer(sandbox):
    return sandbox.person("林青", follows=False)


@pytest.fixture
def weixin(sandbox):
    """Call api.weixin.qq.com as one of the two accounts: `weixin("mini", "POST", path, body)`."""
    http = sandbox.http

    def token(account: str) -> str:
        known = sandbox.credentials.mini_program if account == "mini" else sandbox.credentials.official_account
        asked = {"grant_type": "client_credential", "appid": known.appid, "secret": known.secret}
        return http.post("/cgi-bin/stable_token", json=asked).json()["access_token"]

    def call(account: str, method: str, path: str, body: dict | None = None, **query):
        # Asked for each time, as tests let hours pass.
        response = http.request(method, path, params={"access_token": token(account), **query}, json=body)
        assert response.status_code == 200
        return response.json() if response.headers["content-type"].startswith("application/json") else response

    call.http = http
    return call
