"""`manage.py reindex`: words that an earlier release stored."""

import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from core.locks import lock_row
from core.models import AuditEntry, OutboxEvent
from notifications.models import InboxItem
from qa import services
from qa.models import PublicAnswer
from shops import search, selectors
from shops.models import Product
from shops.search import index, indexing
from shops.services import refresh_product, reindexing
from tests.shops.factories import make_category, make_product, make_shop
from tests.story.stack import url_of_test_database
from weixuan.run.messages import ROOT

from .factories import make_answer, make_question, make_tea_shop

pytestmark = pytest.mark.django_db

OLD = ["旧词"]


@pytest.fixture
def shelf():
    category = make_category("家纺")
    shop = make_shop()
    return [make_product(shop, title=f"餐桌布艺{n}", category=category, description="纯棉") for n in range(5)]


def age(*products: Product) -> None:
    """As an earlier release has left them."""
    Product.objects.filter(pk__in=[product.pk for product in products]).update(search=search.vector(*OLD))


def words() -> dict[int, str]:
    return dict(Product.objects.order_by("pk").values_list("pk", "search"))


def reindex(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("reindex", *arguments, stdout=out)
    return [line for line in out.getvalue().splitlines() if line.endswith("done")]


def everything_else() -> tuple:
    rows = Product.objects.order_by("pk").values_list(
        "title", "price_from_fen", "stock", "sold", "status", "created_at"
    )
    return [*rows], *(model.objects.count() for model in (AuditEntry, OutboxEvent, InboxItem))


def test_old_words_are_made_anew_and_a_second_call_changes_nothing(shelf):
    right, before = words(), everything_else()
    age(*shelf[:3])
    Product.objects.filter(pk=shelf[3].pk).update(search=None)
    assert selectors.product_cards(query="家纺") and len(selectors.product_cards(query="桌布")) == 1
    assert reindex() == ["products: 5 read, 4 changed, done", "public answers: 0 read, 0 changed, done"]
    assert words() == right
    assert len(selectors.product_cards(query="桌布")) == 5
    changed_in = dict(Product.objects.values_list("pk", "changed_in"))
    assert reindex()[0] == "products: 5 read, 0 changed, done"
    assert dict(Product.objects.values_list("pk", "changed_in")) == changed_in
    assert everything_else() == before


def test_it_goes_on_after_a_key(shelf):
    age(*shelf)
    assert reindex(f"--after={shelf[2].pk}")[0] == "products: 2 read, 2 changed, done"
    assert reindex()[0] == "products: 5 read, 3 changed, done"


def test_public_answers_are_made_anew_and_what_has_ended_keeps_no_words():
    shop = make_tea_shop()
    answers = []
    for _ in range(2):
        answer = make_answer(make_question(text="送爸爸的茶具"), shop, text="这套很合适")
        services.adopt(answer=answer, by=answer.question.buyer)
        public = services.propose(answer=answer, by=answer.question.buyer)
        services.consent(public=public, by=answer.question.buyer, question=public.question, version="1")
        answers.append(services.conclude_public(public=public, verdict="pass"))
    public, ended = answers
    services.withdraw(public=ended, by=ended.answer.question.buyer)
    right = PublicAnswer.objects.get(pk=public.pk).search
    PublicAnswer.objects.filter(pk=public.pk).update(search=search.vector(*OLD))
    assert reindex()[1] == "public answers: 1 read, 1 changed, done"
    assert PublicAnswer.objects.get(pk=public.pk).search == right
    assert PublicAnswer.objects.get(pk=ended.pk).search is None
    assert reindex()[1] == "public answers: 1 read, 0 changed, done"


def test_what_a_merchant_saves_meanwhile_stands(shelf, monkeypatch):
    age(*shelf)
    lock = reindexing.lock_rows

    def saved_before_the_lock(rows):
        Product.objects.filter(pk=shelf[0].pk).update(title="紫砂茶壶")
        refresh_product(Product.objects.get(pk=shelf[0].pk))
        Product.objects.filter(pk=shelf[1].pk).update(title="建盏茶杯")
        return lock(rows)

    monkeypatch.setattr(reindexing, "lock_rows", saved_before_the_lock)
    assert reindex()[0] == "products: 5 read, 4 changed, done"
    assert "'茶壶'" in words()[shelf[0].pk] and "'桌布'" not in words()[shelf[0].pk]
    assert "'茶杯'" in words()[shelf[1].pk]


def test_it_asks_as_often_for_many_as_for_few(shelf, monkeypatch, django_assert_num_queries):
    # The keys, the rows with values and variants; once more under the lock, between savepoints; the writing; no more keys.
    for few in (1, 5):
        age(*shelf[:few])
        with django_assert_num_queries(11):
            assert sum(done.changed for done in reindexing.reindex_products()) == few
    with django_assert_num_queries(5):
        assert sum(done.changed for done in reindexing.reindex_products()) == 0


def test_the_index_beside_postgresql_follows(shelf, settings, tmp_path, monkeypatch):
    settings.SEARCH_ENGINE, settings.SEARCH_INDEX_ROOT = "tantivy", tmp_path / "index"
    monkeypatch.setattr(index._Process, "opened", None)
    monkeypatch.setattr(index._Process, "rest_until", 0.0)
    age(*shelf)
    indexing.build(lambda done: None)
    assert search.plan("桌布", most=10).named == []
    reindex()
    assert indexing.catch_up() == 5
    assert len(search.plan("桌布", most=10).named) == 5


@pytest.mark.django_db(transaction=True)
def test_a_call_that_was_killed_keeps_what_it_has_done_and_is_taken_up(shelf, monkeypatch):
    """The process waits for a row of its second batch, which somebody holds, and is killed there."""
    right, held = words(), shelf[3]
    age(*shelf)
    program = (
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "from shops.services import reindexing\n"
        "reindexing.BATCH = 2\n"
        "call_command('reindex')\n"
    )
    environment = {**os.environ, "DATABASE_URL": url_of_test_database(), "DJANGO_SETTINGS_MODULE": "weixuan.settings"}
    with transaction.atomic():
        lock_row(held)
        command = [sys.executable, "-c", program]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            assert (
                process.stdout.readline() == f"products: 2 read, 2 changed (--after {shelf[1].pk} goes on from here)\n"
            )
        finally:
            process.kill()
            process.communicate(timeout=30)
        now = words()
        assert [now[product.pk] == right[product.pk] for product in shelf] == [True, True, False, False, False]
    assert reindex()[0] == "products: 5 read, 3 changed, done"
    assert words() == right
