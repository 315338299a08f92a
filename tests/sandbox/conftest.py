import httpx
import pytest

from tests.sandbox.merchant import Merchant
from tests.wechat_sandbox import sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]


@pytest.fixture
def merchant(sandbox):
    one = Merchant(sandbox)
    yield one
    one.close()


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
    http = httpx.Client(base_url=sandbox.url, trust_env=False, timeout=30)
    tokens = {}

    def call(account: str, method: str, path: str, body: dict | None = None, **query):
        if account not in tokens:
            known = sandbox.credentials.mini_program if account == "mini" else sandbox.credentials.official_account
            asked = {"grant_type": "client_credential", "appid": known.appid, "secret": known.secret}
            tokens[account] = http.post("/cgi-bin/stable_token", json=asked).json()["access_token"]
        response = http.request(method, path, params={"access_token": tokens[account], **query}, json=body)
        assert response.status_code == 200
        return response.json() if response.headers["content-type"].startswith("application/json") else response

    call.http = http
    yield call
    http.close()
