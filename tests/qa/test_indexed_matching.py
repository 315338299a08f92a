"""Matching and clarifying with the index beside PostgreSQL (SEARCH_ENGINE): the real library, locked for development."""

import pytest

from qa.clarifying.candidates import candidates
from qa.matching import pool
from qa.need import Need
from shops import search
from shops.models import Product
from shops.search import index, indexing
from shops.search.frequencies import count
from tests.shops.factories import make_category, make_product, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(settings, tmp_path, monkeypatch):
    settings.SEARCH_ENGINE, settings.SEARCH_INDEX_ROOT = "tantivy", tmp_path / "index"
    monkeypatch.setattr(index._Process, "opened", None)
    monkeypatch.setattr(index._Process, "rest_until", 0.0)
    bottles, other = make_category("水具"), make_category("雨具")
    titles = {"红色保温杯": bottles, "蓝色保温杯": bottles, "保温杯套": other, "红色雨伞": other, "搪瓷缸": bottles}
    for title, category in titles.items():
        make_product(make_shop(), title=title, category=category)
    count()
    indexing.build(lambda done: None)
    return bottles


def reached(need, **options):
    (found,) = pool.reach([need], **options)
    return [row[-2] for row in found.rows], found.bits


@pytest.mark.parametrize("of_category", [False, True])
def test_the_pool_is_the_same_by_either_engine(settings, shelf, of_category):
    need = Need(
        words=search.query_tokens("红色保温杯"), category_id=shelf.pk if of_category else None, budget_max_fen=9000
    )
    barred = [[Product.objects.get(title="蓝色保温杯").shop_id]]
    by_index = reached(need), reached(need, without=barred)
    assert search.plan(need.words, most=5).named
    settings.SEARCH_ENGINE = "postgresql"
    assert by_index == (reached(need), reached(need, without=barred))
    assert ("搪瓷缸" in by_index[0][0]) is of_category


def test_the_pool_and_the_candidates_hold_the_rows_to_be_right(shelf):
    need = Need(words=search.query_tokens("红色保温杯"))
    assert next(one.title for one in candidates(need)) == "红色保温杯"
    Product.objects.filter(title="红色保温杯").update(status=Product.Status.WITHDRAWN)
    assert "红色保温杯" not in reached(need)[0]
    assert "红色保温杯" not in [one.title for one in candidates(need)]
