"""Fixtures of every test. `manage.py test` has started PostgreSQL and Redis before this is loaded."""

import os

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def clean_redis():
    """Each test begins with an empty Redis: rate limits, tokens and queues of one don't reach the next."""
    cache._cache.get_client(None, write=True).flushdb()
    yield


@pytest.fixture(autouse=True)
def quick_settings(settings, tmp_path):
    """Hashing that is quick rather than slow on purpose, and uploads in a folder of the test's own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(scope="session", autouse=True)
def playwright_may_wait():
    """Playwright's synchronous API runs an event loop, in which Django would refuse the database."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
