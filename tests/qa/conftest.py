import pytest

from wechat import clients

from .factories import make_buyer


@pytest.fixture
def buyer(wechat):
    """A buyer who is in the mini-program now, as WeChat wants of whose words it checks."""
    person = wechat.person("林女士")
    clients.mini_program().code_to_session(code=person.login_code())
    return make_buyer(openid=person.mini_openid)


@pytest.fixture
def newcomers(settings):
    """The last place of each wave goes to a newcomer, by lot."""
    settings.QA_NEWCOMER_INVITATIONS = 5


@pytest.fixture
def asks_back(settings):
    """Buyers are asked back however few products there are."""
    settings.QA_CLARIFY_ENOUGH = 0
