"""Every screen in both themes on a desk and on a phone: readable, within its width, big enough to touch."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from qa.models import Invitation
from tests.qa.factories import make_question, make_tea_shop
from tests.shops.factories import make_product, owner_of

from .conftest import NARROW, WIDE

AUDIT = Path(__file__).with_name("audit.js").read_text()
CLEAN = {"faint": [], "small": [], "sideways": 0}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_websocket(settings):
    """Pages poll as well; a server that isn't there would only fill the console."""
    settings.WEBSOCKET_URL = ""


def elsewhere(make, *args):
    """Run a service in a thread of its own: here Playwright's event loop runs, which async_to_sync refuses."""

    def work():
        try:
            return make(*args)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@pytest.fixture
def shop():
    shop = make_tea_shop("山南茶器")
    make_product(shop, title="高边白瓷盖碗礼盒", price_fen=29_800, images=1)
    return shop


def log_in(page, live_server, user):
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live_server.url}]
    )


def use_theme(page, live_server, theme):
    page.context.add_cookies([{"name": "wx_theme", "value": theme, "url": live_server.url}])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_front_page_is_readable(open_window, live_server, size, theme):
    page = open_window(size)
    use_theme(page, live_server, theme)
    page.goto(live_server.url)
    assert page.evaluate(AUDIT) == CLEAN


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_dashboard_is_readable(open_window, live_server, shop, size, theme):
    question = elsewhere(make_question)
    invitation = Invitation.objects.get(question=question, shop=shop)
    page = open_window(size)
    log_in(page, live_server, owner_of(shop))
    use_theme(page, live_server, theme)
    places = [
        "",
        "more/",
        "questions/",
        f"questions/{invitation.public_id}/",
        "chats/",
        "orders/",
        "products/",
        "staff/",
        "shop/",
    ]
    found = {}
    for place in places:
        page.goto(f"{live_server.url}/m/{place}")
        found[place] = page.evaluate(AUDIT)
    assert found == dict.fromkeys(places, CLEAN)


def test_theme_is_kept_and_the_menu_closes(open_window, live_server, shop):
    page = open_window()
    log_in(page, live_server, owner_of(shop))
    page.goto(f"{live_server.url}/m/")
    page.locator(".wx-sidebar summary").click()
    page.locator("[data-theme-toggle]").click()
    page.keyboard.press("Escape")
    assert page.locator(".wx-sidebar details[open]").count() == 0
    page.goto(f"{live_server.url}/m/more/")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_the_clock_ticks_without_the_server(open_window, live_server, shop):
    elsewhere(make_question)
    page = open_window()
    log_in(page, live_server, owner_of(shop))
    page.goto(f"{live_server.url}/m/")
    clock = page.locator("#next .wx-slip-time")
    before = clock.inner_text()
    page.wait_for_timeout(1500)
    assert clock.inner_text() != before


def test_focus_is_seen_and_content_can_be_skipped_to(open_window, live_server, shop):
    page = open_window()
    log_in(page, live_server, owner_of(shop))
    page.goto(f"{live_server.url}/m/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "wx-skip"
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outline")
    assert "solid 2px" in outline or "2px solid" in outline or "rgb(11, 118, 87) solid 2px" in outline
