import pytest

from chat import services
from tests.orders.factories import make_buyer
from tests.shops.factories import make_product, owner_of
from wechat import clients


@pytest.fixture
def buyer(db, wechat):
    """A buyer who is in the mini-program now, as WeChat wants of whose words it checks."""
    person = wechat.person("林女士")
    clients.mini_program().code_to_session(code=person.login_code())
    return make_buyer("林女士", openid=person.mini_openid)


@pytest.fixture
def product(buyer):
    return make_product(title="段泥西施壶礼盒", price_fen=52800, stock=23)


@pytest.fixture
def shop(product):
    return product.shop


@pytest.fixture
def staff(shop):
    return owner_of(shop)


@pytest.fixture
def talk(shop, buyer):
    slip = {"question_id": "q1", "title": "送爸爸的茶具", "facts": [{"label": "预算", "value": "¥400-600"}]}
    return services.open_conversation(shop=shop, buyer=buyer, slip=slip)
