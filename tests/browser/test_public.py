"""What anybody reads at /q/, and the shop's page about it: on a desk and on a phone, light and dark."""

import pytest
from playwright.sync_api import expect

from qa.models import PublicFeedback
from tests.qa.factories import make_buyer, make_publication, make_tea_shop, say
from tests.shops.factories import owner_of

from .conftest import NARROW, WIDE
from .test_answers import seen
from .test_face import AUDIT, CLEAN, elsewhere, log_in, no_websocket, use_theme

__all__ = ["no_websocket"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def public(settings):
    settings.QA_BADGE_ANSWERS = settings.QA_PROVEN_VOICES = 1
    shop = make_tea_shop("山南茶器")
    row = elsewhere(lambda: say(make_publication(shop), helped=1))
    elsewhere(lambda: make_publication(make_tea_shop("半木器物"), text="给妈妈买的茶具，好清洗"))
    return row


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["desk", "phone"])
def test_every_page_is_readable_and_big_enough(open_window, live_server, public, size, theme):
    page = open_window(size)
    use_theme(page, live_server, theme)
    for name, path in {
        "browse": "/q/",
        "answer": f"/q/{public.public_id}/",
        "shop": f"/q/?shop={public.shop.public_id}",
        "nothing": "/q/?q=潜水艇",
    }.items():
        page.goto(f"{live_server.url}{path}")
        expect(page.locator("h1")).to_be_visible()
        seen(page, f"q-{name}-{size[0]}-{theme}")
        assert page.evaluate(AUDIT) == CLEAN, name
    # English words are longer.
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])
    page.goto(f"{live_server.url}/q/")
    expect(page.locator("h1")).to_have_text("What helped others")
    assert page.evaluate(AUDIT) == CLEAN
    page.context.clear_cookies(name="django_language")
    log_in(page, live_server, owner_of(public.shop))
    page.goto(f"{live_server.url}/m/public/")
    seen(page, f"q-own-{size[0]}-{theme}")
    assert page.evaluate(AUDIT) == CLEAN


def test_a_reader_finds_it_by_words_and_says_that_it_helped(open_window, live_server, public):
    page, reader = open_window(NARROW), make_buyer("读者")
    log_in(page, live_server, reader)
    page.goto(f"{live_server.url}/q/")
    page.get_by_role("searchbox").fill("送爸爸的茶具")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="送爸爸60岁生日").first.click()
    page.get_by_role("button", name="有帮助").click()
    expect(page.get_by_role("button", name="有帮助")).to_have_attribute("aria-pressed", "true")
    assert PublicFeedback.objects.get(person=reader).helped
