import pytest


@pytest.fixture
def wechat(wechat, settings):
    """WeChat Pay wants an https address for its notices."""
    settings.PUBLIC_URL = "https://shop.example"
    return wechat
