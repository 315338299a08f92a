import pytest

from tests.wechat_sandbox import *  # noqa: F403  The sandbox's fixtures.


@pytest.fixture
def wechat(sandbox, settings):
    """Our clients talk to the sandbox."""
    for name, value in sandbox.settings.items():
        setattr(settings, name, value)
    return sandbox
