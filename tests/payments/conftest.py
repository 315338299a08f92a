import pytest

from tests.wechat_sandbox import sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]


@pytest.fixture
def wechat(sandbox, settings):
    """Our clients talk to the sandbox; a minute after payment passes at once where a test says so."""
    for name, value in sandbox.settings.items():
        setattr(settings, name, value)
    settings.WECHAT_PAY_SP_APPID = sandbox.settings["WECHAT_MINI_APPID"]
    settings.PUBLIC_URL = "https://shop.example"
    return sandbox
