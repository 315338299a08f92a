"""Money has no way in: what anybody pays us can't move an answer. By what the code may import, by what it reads from
the database, and by what happens when everything that is paid changes."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.services import grant_consent
from merchants.models import Merchant
from orders.models import Order
from qa import selectors, services
from qa.models import Verdict
from qa.services import Preparation
from tests.qa.factories import make_answer, make_question, make_tea_category, make_tea_shop
from tests.shops.factories import only_sku, owner_of

RANKING = settings.BASE_DIR / "qa" / "ranking"
# The whole of what ranking may know, besides Python, Django and its own app.
MAY_IMPORT = {
    "accounts.models", "accounts.selectors",  # whether the buyer agreed to personal ranking
    "core.money", "core.templatetags.wx",  # words
    "crm.models",  # shops the buyer follows
    "orders.models", "orders.selectors",  # what the buyer bought, whether the shop sent in time
    "shops", "shops.models",  # goods and their words
}  # fmt: skip
OURS = {"payments", "ads", "distribution", "promotions", "merchants", "orders", "crm", "shops", "accounts", "core"}
# Words that stand for what is paid to us, in columns and tables.
PAID = ("fee_rate", "fee_fen", "commission", "deposit", '"ads_', '"distribution_', '"payments_', "ledger")


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.split(".")[0] in OURS}


def test_ranking_imports_nothing_that_knows_of_payments():
    found = {name for path in RANKING.glob("*.py") for name in imported(path)}
    assert found <= MAY_IMPORT


@pytest.fixture
def question(db):
    shops = [make_tea_shop(f"茶店{n}", price_fen=price) for n, price in enumerate((48_000, 52_000, 59_000))]
    given = Preparation("普洱", make_tea_category(), "推荐{商品}", [only_sku(shops[2].products.first())])
    row = services.prepare(shop=shops[2], by=owner_of(shops[2]), draft=given)
    services.conclude_prepared(prepared=row, verdict=Verdict.PASSED)
    question = make_question(text="送爸爸的茶具，爱喝普洱，400-600")
    grant_consent(user=question.buyer, purpose="personalisation", version="1")
    for shop in shops[:2]:
        make_answer(question, shop, arrive_by=timezone.localdate() + timedelta(days=3))
    return question


def told(question) -> list[tuple]:
    """Everything that the order and its reasons are told by."""
    found = selectors.comparison(question)
    answers = [(a["id"], a["why"], a["for_you"], a["missing"], a["met"]) for a in found["answers"]]
    return [*answers, found["best_id"]]


def test_reading_and_judging_answers_touches_no_column_of_ours(question):
    with CaptureQueriesContext(connection) as queries:
        told(question)
        shop = make_tea_shop("又一家")
    # The making of a shop is there to show that the words are found where they are.
    made = [query["sql"] for query in queries if any(word in query["sql"] for word in PAID)]
    assert made
    with CaptureQueriesContext(connection) as queries:
        told(question)
    assert [q["sql"] for q in queries if any(word in q["sql"].lower() for word in PAID)] == []
    assert shop.pk


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rates=st.lists(st.integers(0, 3000), min_size=3, max_size=3))
def test_no_fee_moves_an_answer(question, rates):
    before = told(question)
    merchants = Merchant.objects.filter(shop__answers__question=question).distinct().order_by("pk")
    for merchant, rate in zip(merchants, rates, strict=True):
        Merchant.objects.filter(pk=merchant.pk).update(fee_rate_bp=rate)
    Order.objects.update(fee_rate_bp=max(rates))
    assert told(question) == before


@pytest.mark.parametrize("rates", [(0, 3000), (3000, 0), (100, 100)])
def test_no_fee_moves_a_judgement(db, rates):
    """Two shops that differ in nothing but what they pay are judged the same."""
    shops = [make_tea_shop() for _ in rates]
    question = make_question(text="送爸爸的茶具，爱喝普洱，400-600")
    for shop, rate in zip(shops, rates, strict=True):
        Merchant.objects.filter(shop=shop).update(fee_rate_bp=rate)
    assert len({make_answer(question, shop).score for shop in shops}) == 1
