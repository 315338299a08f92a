"""Fixtures of every test. `manage.py test` has started PostgreSQL and Redis before this is loaded."""

import os
import shutil
from pathlib import Path

import pytest
import redis
from django.core.cache import cache, caches
from playwright.sync_api import sync_playwright

from tests.wechat_sandbox import sandbox, sandbox_process, wechat

__all__ = ["sandbox", "sandbox_process", "wechat"]

# Playwright's synchronous API runs an event loop, in which Django would refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

BROWSER_TESTS = Path(__file__).parent / "browser"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NOBODY_LISTENS = "redis://127.0.0.1:9/0"
NO_CHROMIUM = "no Chromium found (Debian: apt install chromium fonts-noto-cjk)"


def pytest_collection_modifyitems(items):
    """What lies in tests/browser/ or says so needs a Chromium; and those tests, being slow, come last."""
    for item in items:
        if BROWSER_TESTS in item.path.parents:
            item.add_marker(pytest.mark.browser)
        if CHROMIUM is None and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_terminal_summary(terminalreporter):
    if CHROMIUM is None:
        terminalreporter.write_line(f"The browser tests did not run: {NO_CHROMIUM}.", yellow=True)


@pytest.fixture(scope="session")
def chromium():
    """One for the whole run: Playwright's synchronous API can't be started twice."""
    with sync_playwright() as playwright:
        # Without a sandbox of its own, since root and containers can't have one; it sees our pages only.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def clean_redis():
    """Each test begins with an empty Redis: rate limits, tokens and queues of one don't reach the next."""
    cache._cache.get_client(None, write=True).flushdb()


@pytest.fixture
def no_redis(settings, clean_redis):
    """A port where nobody listens, as when the server has died."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": NOBODY_LISTENS}}
    settings.CHANNEL_LAYERS = {"default": {**settings.CHANNEL_LAYERS["default"], "CONFIG": {"hosts": [NOBODY_LISTENS]}}}
    with pytest.raises(redis.RedisError):
        caches["default"].get("anything")


@pytest.fixture(autouse=True)
def quick_settings(settings, tmp_path):
    """Hashing that is quick rather than slow on purpose, and uploads in a folder of the test's own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "media"
    # Who is asked first depends on nothing but what is known.
    settings.QA_DRAWS = settings.QA_NEWCOMER_INVITATIONS = 0
    private = {**settings.STORAGES["private"], "OPTIONS": {"location": tmp_path / "private"}}
    settings.STORAGES = {**settings.STORAGES, "private": private}


@pytest.fixture(autouse=True)
def books_balance(request, _django_db_marker):
    """After a test that used the database, money adds up (tests/invariants.py). Runs before its rows are rolled back."""
    wants = [name for name in ("db", "transactional_db", "live_server") if name in request.fixturenames]
    for name in wants:
        request.getfixturevalue(name)
    yield
    if wants or request.node.get_closest_marker("django_db"):
        from tests.invariants import assert_books_balance  # Models, which need the settings to be loaded.

        assert_books_balance()
