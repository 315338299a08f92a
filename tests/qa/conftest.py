import pytest

from tests.wechat_sandbox import sandbox, sandbox_process
from wechat import clients

from .factories import make_buyer

__all__ = ["sandbox", "sandbox_process"]


@pytest.fixture
def wechat(sandbox, settings):
    """Our WeChat clients talk to the sandbox, which answers content checks as WeChat would."""
    for name, value in sandbox.settings.items():
        setattr(settings, name, value)
    return sandbox


@pytest.fixture
def buyer(wechat):
    """A buyer who is in the mini-program now, as WeChat wants of whose words it checks."""
    person = wechat.person("林女士")
    clients.mini_program().code_to_session(code=person.login_code())
    return make_buyer(openid=person.mini_openid)
