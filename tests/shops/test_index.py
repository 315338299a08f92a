"""The optional index beside PostgreSQL, with the real library: locked for development, so these run wherever tests do."""

import json
import logging
import threading

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from shops import search, selectors, services, tasks
from shops.models import Product
from shops.search import index, indexing
from shops.search.frequencies import count

from .factories import make_category, make_product, make_shop, owner_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def engine(settings, tmp_path, monkeypatch):
    settings.SEARCH_ENGINE = "tantivy"
    settings.SEARCH_INDEX_ROOT = tmp_path / "index"
    monkeypatch.setattr(index, "REST_SECONDS", 0.0)
    forget()
    yield settings
    forget()


def forget():
    """As a new process would begin."""
    index._Process.opened, index._Process.rest_until, index._Process.cause = None, 0.0, ""


@pytest.fixture
def shelf():
    shop = make_shop()
    titles = ["红色保温杯", "蓝色保温杯", "绿色保温杯", "红色雨伞", "SUPER-B 自行车工具", "奔驰R50大灯罩"]
    return {title: make_product(shop, title=title) for title in titles}


def build():
    return indexing.build(lambda done: None)


def named(query, **options):
    """What the index names; None where PostgreSQL was left alone."""
    return search.plan(query, most=options.pop("most", 10), **options).named


def titles(query, **options):
    return [card["title"] for card in selectors.product_cards(query=query, **options)]


def fallbacks(cause):
    return index.FALLBACKS.labels(cause)._value.get()


@pytest.mark.parametrize("query", ["保温杯", "红色雨伞", "superb 工具", "Ｒ５０大燈", "伞", "红"])
def test_both_engines_find_the_same_in_the_same_order(shelf, engine, query):
    count()
    assert build() == len(shelf)
    assert named(query) is not None
    by_index = search.rank(query, limit=10), titles(query)
    engine.SEARCH_ENGINE = "postgresql"
    assert named(query) is None
    assert by_index == (search.rank(query, limit=10), titles(query))
    assert by_index[0]


@pytest.mark.parametrize(
    "ways",
    [
        [("雨伞",)],
        [("红色", "保温杯")],
        [("雨伞",), ("保温杯",), ("红色", "保温杯")],
        [("红色", "保温杯"), ("红", "杯")],
    ],
)
def test_the_index_adds_up_each_token_once_however_a_product_was_found(shelf, ways):
    build()
    worth = {"红色": 8.0, "保温杯": 4.0, "雨伞": 2.0, "红": 1.0, "没有": 16.0}
    has = {product.pk: set(search.title_tokens(title)) for title, product in shelf.items()}
    found = {pk: own for pk, own in has.items() if any(own.issuperset(way) for way in ways)}
    searcher = index._fresh().searcher
    hits = searcher.search(index._query(ways, worth, None), limit=10, count=False).hits
    keys = searcher.fast_field_values("id", [address for _score, address in hits])
    assert {pk: score for pk, (score, _address) in zip(keys, hits, strict=True)} == {
        pk: sum(value for token, value in worth.items() if token in own) for pk, own in found.items()
    }
    assert found


def test_a_keyword_brings_its_category_by_either_engine(shelf, engine):
    make_product(shelf["红色雨伞"].shop, title="竹椅", category=make_category("家具", keywords="雨伞 坐具"))
    count()
    build()
    assert named("雨伞")
    by_index = titles("雨伞"), titles("坐具")
    engine.SEARCH_ENGINE = "postgresql"
    assert by_index == (titles("雨伞"), titles("坐具")) == (["红色雨伞", "竹椅"], ["竹椅"])


def test_a_change_is_found_once_it_is_caught_up(shelf):
    build()
    product = shelf["红色雨伞"]
    Product.objects.filter(pk=product.pk).update(title="红色轮滑鞋")
    services.refresh_product(Product.objects.get(pk=product.pk))
    new = make_product(product.shop, title="轮滑鞋套")
    # Its old words don't show it even before: the row decides.
    assert titles("雨伞") == []
    assert titles("轮滑鞋") == []
    tasks.index_changes()
    assert titles("雨伞") == []
    assert set(titles("轮滑鞋")) == {"红色轮滑鞋", new.title}


def test_what_is_withdrawn_closed_or_gone_is_never_shown(shelf):
    build()
    cup = shelf["红色保温杯"]
    services.withdraw(product=cup, by=owner_of(cup.shop))
    shelf["蓝色保温杯"].skus.all().delete()
    Product.objects.filter(title="蓝色保温杯").delete()
    assert len(named("保温杯")) == 3
    assert titles("保温杯") == ["绿色保温杯"]
    indexing.catch_up()
    # A row that is gone leaves nothing to read; the next build forgets it.
    assert len(named("保温杯")) == 2
    assert build() == len(shelf) - 2
    assert len(named("保温杯")) == 1
    type(cup.shop).objects.update(is_open=False)
    assert titles("保温杯") == []


def test_a_category_is_held_by_the_index_and_by_the_rows(shelf):
    flasks = make_category("保温容器")
    for number in range(3):
        make_product(shelf["红色雨伞"].shop, title=f"旅行保温杯{number}", category=flasks)
    build()
    assert len(named("保温杯", most=3, categories=[flasks.pk])) == 3
    assert len(titles("保温杯", category=flasks.public_id)) == 3
    assert titles("雨伞", category=flasks.public_id) == []


def test_prices_stock_and_sales_need_no_writing(shelf):
    build()
    before = Product.objects.get(title="红色雨伞").changed_in
    product = Product.objects.get(title="红色雨伞")
    product.changed_in, product.sold = 1, 7
    product.save()
    Product.objects.filter(pk=product.pk).update(price_from_fen=1, stock=0)
    assert Product.objects.get(pk=product.pk).changed_in == before


@pytest.mark.parametrize("file", ["*.idx", "*.fast", "meta.json"])
def test_a_broken_index_leaves_the_search_to_postgresql(shelf, file, caplog):
    build()
    for path in index.root().glob(f"*/{file}"):
        path.write_bytes(path.read_bytes()[:20])
    before = fallbacks("corrupt")
    with caplog.at_level(logging.WARNING):
        assert titles("雨伞") == titles("雨伞") == ["红色雨伞"]
    assert [record.message for record in caplog.records].count(
        "the index is no use (corrupt): PostgreSQL searches alone"
    ) == 1
    assert fallbacks("corrupt") == before + 2
    with pytest.raises(index.Unusable, match="corrupt"):
        Product.objects.filter(title="红色雨伞").update(status="withdrawn")
        indexing.catch_up()
    # Mended by a new one.
    build()
    assert named("雨伞") == []


@pytest.mark.parametrize("state", ["{", "[]", '{"folder": "x"}', '{"folder": "x", "history": "", "position": 1}'])
def test_a_state_that_makes_no_sense_leaves_the_search_to_postgresql(shelf, state):
    build()
    (index.root() / index.CURRENT).write_text(state)
    assert named("雨伞") is None
    assert titles("雨伞") == ["红色雨伞"]


def test_without_an_index_postgresql_searches(shelf, caplog):
    tasks.index_changes()
    before = fallbacks("missing")
    assert titles("雨伞") == ["红色雨伞"]
    assert fallbacks("missing") == before + 1
    assert caplog.text.count("missing") == 1


def test_an_index_that_is_behind_is_left_aside_until_it_has_caught_up(shelf, engine, caplog):
    build()
    path = index.root() / index.CURRENT
    state = index.State.read(path)
    path.write_text(json.dumps({**vars(state), "current_at": state.current_at - 61}))
    assert named("雨伞") is None
    assert "stale" in caplog.text
    indexing.catch_up()
    assert named("雨伞") == [shelf["红色雨伞"].pk]
    assert "of use again" in caplog.text


def test_without_the_package_postgresql_searches(shelf, monkeypatch):
    build()
    forget()
    monkeypatch.setattr(index, "is_installed", lambda: False)
    assert named("雨伞") is None
    assert titles("雨伞") == ["红色雨伞"]
    assert "shops.W003" in {warning.id for warning in run_checks()}
    with pytest.raises(CommandError, match=r"requirements/tantivy\.txt"):
        call_command("index_products")


def test_an_unknown_engine_is_told(engine):
    engine.SEARCH_ENGINE = "elastic"
    assert "shops.W002" in {warning.id for warning in run_checks()}
    assert search.plan("雨伞", most=10).named is None


def test_an_index_of_another_database_is_not_written(shelf):
    build()
    path = index.root() / index.CURRENT
    for other in ({"history": "1-1-1"}, {"position": 2**62}):
        path.write_text(json.dumps({**vars(index.State.read(path)), **other}))
        with pytest.raises(index.Unusable, match="another database"):
            indexing.catch_up()


def test_one_writes_at_a_time(shelf, caplog):
    build()
    with indexing._alone("write.lock", wait=False):
        with pytest.raises(indexing.Busy):
            indexing.catch_up()
        tasks.index_changes()  # Not its business: somebody does it.
    with indexing._alone("build.lock", wait=False), pytest.raises(indexing.Busy):
        build()
    assert caplog.text == ""
    indexing.catch_up()


def test_a_build_that_was_killed_goes_on_and_has_each_product_once(shelf, monkeypatch):
    monkeypatch.setattr(indexing, "ROWS", 2)
    monkeypatch.setattr(indexing, "COMMITTED", 2)
    replace = index.State.write
    writes = []

    def dies(state, path):
        if state.after:
            writes.append(state.after)
            if len(writes) == 2:  # What it has just committed, it cannot note any more.
                raise SystemExit
        replace(state, path)

    monkeypatch.setattr(index.State, "write", dies)
    with pytest.raises(SystemExit):
        build()
    assert not (index.root() / index.CURRENT).exists()
    monkeypatch.setattr(index.State, "write", replace)
    assert build() == len(shelf) - 2
    assert sorted(named("红色 蓝色 绿色 superb r50")) == sorted(product.pk for product in shelf.values())
    assert not (index.root() / indexing.BUILDING).exists()


def test_a_new_index_replaces_the_old_one_under_those_who_search(shelf):
    build()
    assert len(named("保温杯")) == 3
    old = index.State.read(index.root() / index.CURRENT).folder
    (index.root() / "media").mkdir()
    make_product(shelf["红色雨伞"].shop, title="黄色保温杯")
    call_command("index_products", verbosity=0)
    assert len(named("保温杯")) == 4
    assert not (index.root() / old).exists()
    assert (index.root() / "media").exists()  # Somebody may name a folder that has others in it.


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_committed_late_is_not_missed(shelf):
    build()
    begun, commit = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            services.withdraw(product=shelf["红色雨伞"], by=owner_of(shelf["红色雨伞"].shop))
            begun.set()
            commit.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(10)
    cup = shelf["红色保温杯"]
    Product.objects.filter(pk=cup.pk).update(status=Product.Status.WITHDRAWN)
    indexing.catch_up()  # Has seen a later transaction than the one that is still open.
    assert set(named("红色")) == {product.pk for title, product in shelf.items() if "色" in title} - {cup.pk}
    commit.set()
    thread.join()
    indexing.catch_up()
    assert shelf["红色雨伞"].pk not in named("红色")
    assert indexing.catch_up() == 0


def test_readers_see_what_was_committed_without_opening_the_index_again(shelf):
    build()
    named("保温杯")
    opened = index._Process.opened.index
    make_product(shelf["红色雨伞"].shop, title="紫色保温杯")
    indexing.catch_up()
    assert len(named("保温杯")) == 4
    assert index._Process.opened.index is opened
