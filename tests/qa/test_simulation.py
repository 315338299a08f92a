"""The made-up city: the same for the same seed, through the real services, in its own time."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.utils import timezone

from qa.matching import Request, match_many
from qa.models import Invitation, Question
from qa.simulation import POLICIES, City, CitySize, simulate
from qa.simulation.city import PRODUCTS
from qa.simulation.figures import gini
from qa.simulation.pictures import lorenz
from qa.simulation.report import page, table
from qa.understanding import understand
from shops.models import Product

from .factories import make_question

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("newcomers")]

SMALL = CitySize(shops=12, trades=1, questions=5, warm_up_days=1, days=1, late_share=0.3)
START = timezone.make_aware(timezone.datetime(2026, 1, 5))


@pytest.fixture
def city(wechat):
    return City(SMALL, START)


def test_gini_of_known_spreads():
    assert gini([5, 5, 5, 5]) == pytest.approx(0)
    assert gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert gini([0, 0]) == 0


def test_goods_that_a_wish_names_are_nearer_than_others(city):
    """What all products had in common once made relevance a lot."""
    told_apart = 0
    for wish in city.wishes:
        said = [word for word in (*wish.trade.nouns, *wish.trade.kinds, *wish.trade.styles) if word in wish.text]
        [matches] = match_many([Request(understand(wish.text), (), 100)], at=START + timedelta(hours=13))
        affordable = Product.objects.filter(price_from_fen__lte=wish.budget_fen).values_list("shop", "title")
        has_it = {shop for shop, title in affordable if all(word in title for word in said)}
        near = {match.shop_id: match.features["relevance"] for match in matches}
        others = [near[shop] for shop in near.keys() - has_it]
        told_apart += bool(has_it and others)
        assert all(near[shop] > max(others, default=0) for shop in has_it)
    assert told_apart


@pytest.mark.parametrize("spread", [0, 0.8])
def test_shops_differ_in_how_much_they_sell_unless_they_are_alike(wechat, spread):
    city = City(replace(SMALL, spread=spread), START)
    sizes = {habits.shop.products.count() for habits in city.people.values()}
    assert sizes == {PRODUCTS} if not spread else max(sizes) > 2 * min(sizes)


def test_broadcast_reaches_everybody_who_sells_this_kind(city, settings):
    settings.QA_POOL = 5
    simulate(city, POLICIES["broadcast"])
    first = Question.objects.order_by("created_at").last()
    awake = [habits for habits in city.people.values() if habits.awake(first.dispatched_at)]
    asked = set(first.invitations.values_list("shop", flat=True))
    assert len(asked) > 5 and asked <= {habits.shop.pk for habits in awake}


def test_same_seed_is_the_same_story(city):
    first, again = (simulate(city, POLICIES["ours"]) for _ in range(2))
    assert first == again
    assert first.questions == SMALL.questions


def test_city_lives_in_its_own_time_and_leaves_ours_alone(city):
    before = timezone.now()
    simulate(city, POLICIES["ours"])
    assert timezone.now() - before < timedelta(minutes=5)
    asked = Question.objects.values_list("created_at", flat=True)
    assert all(START <= at <= city.end for at in asked)
    assert len(asked) == 2 * SMALL.questions


def test_policies_differ_in_whom_they_ask(city):
    found, at_once = {}, {}
    for name in ("relevance", "broadcast"):
        found[name] = simulate(city, POLICIES[name])
        at_once[name] = Invitation.objects.filter(wave__number=1).values("question").annotate(n=Count("pk"))
        at_once[name] = max(row["n"] for row in at_once[name])
        twice = Invitation.objects.values("question", "shop").distinct().count()
        assert twice == Invitation.objects.count() > 0
    assert at_once["broadcast"] > at_once["relevance"] <= 5
    shown = table(found)
    assert "broadcast" in shown and str(found["relevance"].gini) in shown
    drawn = page(SMALL, found)
    assert drawn.count("<polyline") == 2 * 2 and drawn.count("<svg") == 3


def test_lorenz_begins_with_those_who_have_least():
    assert lorenz([3, 1, 0, 0]) == [(0, 0), (0.25, 0), (0.5, 0), (0.75, 0.25), (1, 1)]


def test_shop_that_opens_late_is_asked_only_then(city):
    late = [habits for habits in city.people.values() if habits.opens_on_day]
    assert late
    simulate(city, POLICIES["ours"])
    for habits in late:
        opened = START + timedelta(days=habits.opens_on_day)
        asked = Invitation.objects.filter(shop=habits.shop).values_list("created_at", flat=True)
        assert all(at >= opened for at in asked)


def test_command_keeps_a_database_with_questions(wechat):
    question = make_question()
    with pytest.raises(CommandError, match="--yes"):
        call_command("simulate_dispatch", stdout=StringIO())
    assert Question.objects.filter(pk=question.pk).exists()


def test_command_draws_the_comparison(wechat, tmp_path):
    out, report = StringIO(), tmp_path / "city.html"
    sizes = {"shops": 8, "questions": 2, "warm_up": 0, "report": report, "policy": ["ours", "random"]}
    sizes["pictures"] = tmp_path / "pictures"
    call_command("simulate_dispatch", stdout=out, stderr=StringIO(), **sizes)
    assert "answered within 30 min" in out.getvalue()
    assert "<svg" in report.read_text(encoding="utf-8")
    drawn = sorted(sizes["pictures"].glob("*.svg"))
    assert [path.stem for path in drawn] == ["first-answer", "invitations", "policies"]
    for path in drawn:
        ElementTree.parse(path)  # noqa: S314 - our own; well-formed, as a browser wants an SVG file.
