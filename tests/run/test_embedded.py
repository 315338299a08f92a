"""The embedded pair, which these tests themselves run on."""

import os
import subprocess
import sys
from pathlib import Path

from django.core.cache import cache
from django.db import connection

from weixuan.run import embedded


def test_database_answers_in_utc_and_utf8(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_encoding'), lower('É羊'), version()")
        encoding, lowered, version = cursor.fetchone()
    assert (encoding, lowered) == ("UTF8", "é羊")
    assert version.startswith("PostgreSQL 1")


def test_redis_answers(settings):
    cache.set("key", "值", 5)
    assert cache.get("key") == "值"
