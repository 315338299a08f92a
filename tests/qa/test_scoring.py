"""Filters, score, standing and learning."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from merchants.models import Merchant
from qa import matching, services
from qa.matching import filters, model
from qa.matching.filters import RULES, WORDS, Ask, reason
from qa.matching.history import History
from qa.matching.rates import Record, answer_rate, fade, in_time, still_coming, usual_seconds
from qa.matching.replay import replay
from qa.matching.rows import Rows
from qa.matching.scoring import Shops, Weights, enough, score
from qa.matching.standing import Known
from qa.models import (
    CategoryRate,
    CategoryStanding,
    Consideration,
    Invitation,
    Question,
    RoutingModel,
    RoutingWeights,
    ShopPreferences,
    ShopStanding,
    Stage,
    Wave,
)
from qa.need import Need
from qa.services import routing, standing
from qa.services.standing import Event, Noted
from shops.models import Block
from tests.shops.factories import owner_of

from .factories import invitation_of, make_answer, make_buyer, make_question, make_tea_category, make_tea_shop

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
shares = st.floats(0.01, 0.99)


def shops_of(**columns) -> Shops:
    count = len(next(iter(columns.values())))
    usual = {
        "answers": 0.5,
        "in_time": 0.5,
        "adoption": 0.3,
        "relevance": 0.8,
        "service": 0.8,
        "trials": 10,
        "load": 0,
        "recent": 0,
    }
    return Shops(**{name: np.array(columns.get(name, [value] * count), float) for name, value in usual.items()})


# What may be asked


@given(
    st.builds(
        Known,
        shop_id=st.just(1),
        is_open=st.booleans(),
        merchant_status=st.sampled_from(["active", "suspended", "closed"]),
        payee_status=st.sampled_from(["active", "submitted", ""]),
        takes_questions=st.booleans(),
        asks_from=st.times(),
        asks_until=st.times(),
        room=st.integers(-2, 3),
        left_today=st.integers(-2, 3),
        min_budget_fen=st.integers(0, 30_000),
        categories_out=st.lists(st.integers(1, 3), max_size=2),
        areas=st.lists(st.sampled_from(["上海", "杭州"]), max_size=2),
    ),
    st.builds(
        Ask,
        st.builds(
            Need,
            category_id=st.none() | st.integers(1, 3),
            budget_max_fen=st.none() | st.integers(1, 60_000),
            city=st.sampled_from(["", "上海", "杭州市"]),
        ),
        st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),  # noqa: DTZ001
        stocked=st.booleans(),
        affordable=st.booleans(),
        fits=st.booleans(),
        blocked=st.booleans(),
    ),
)
def test_a_shop_without_a_reason_breaks_no_rule(shop, ask):
    said = reason(shop, ask)
    assert said == "" or said in WORDS
    if said:
        return
    assert shop.is_open and shop.takes_questions
    assert shop.merchant_status == shop.payee_status == "active"
    assert shop.room > 0 and shop.left_today > 0
    assert not ask.blocked and ask.stocked and ask.affordable and ask.fits
    assert ask.need.category_id not in shop.categories_out
    assert not ask.need.budget_max_fen or ask.need.budget_max_fen >= shop.min_budget_fen
    now = timezone.localtime(ask.at).time()
    if shop.asks_from < shop.asks_until:
        assert shop.asks_from <= now < shop.asks_until
    if shop.areas and ask.need.city:
        assert ask.need.city[:2] in shop.areas


def test_every_rule_has_its_words():
    assert set(RULES) == set(WORDS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wishes", "need", "code"),
    [
        ({"max_open": 1}, {}, "full"),
        ({"daily_cap": 1}, {}, "daily_cap"),
        ({"min_budget_fen": 70_000}, {"budget_max_fen": 60_000}, "low_budget"),
        ({"areas": ["上海"]}, {"city": "成都"}, "area"),
        ({}, {"budget_max_fen": 20_000}, "too_dear"),
    ],
)
def test_preferences_keep_questions_away_and_say_why(wishes, need, code):
    shop = make_tea_shop()
    ShopPreferences.objects.create(shop=shop, **wishes)
    today = timezone.localdate()
    ShopStanding.objects.create(shop=shop, open_now=1, day=today, asked_today=1)
    found = matching.match(Need(words=["茶具"], **need), exclude=(), limit=5, at=timezone.now())
    assert [match.reason for match in found] == [code]


@pytest.mark.django_db
def test_a_category_not_wanted_and_a_blocked_buyer(settings):
    shop, buyer = make_tea_shop(), make_buyer()
    category = make_tea_category()
    need = Need(words=["茶具"], category_id=category.pk)

    def why():
        request = matching.Request(need, (), 5, buyer_id=buyer.pk)
        return matching.match_many([request], at=timezone.now())[0][0].reason

    assert why() == ""
    Block.objects.create(shop=shop, buyer=buyer, side=Block.Side.SHOP)
    assert why() == "blocked"
    Block.objects.all().delete()
    ShopPreferences.objects.create(shop=shop, categories_out=[category.pk])
    assert why() == "category_out"


def test_hours_may_span_midnight():
    assert filters.awake(time(20), time(14), NOON) and not filters.awake(time(20), time(11), NOON)


# The score


@given(st.lists(st.tuples(shares, shares, shares, shares), min_size=2, max_size=20), st.integers(0, 99))
def test_more_of_a_factor_never_lowers_a_score(rows, seed):
    answers, adoption, relevance, service = (list(column) for column in zip(*rows, strict=True))
    shops = shops_of(answers=answers, adoption=adoption, relevance=relevance, service=service)
    before = score(shops, Weights(), places=1, seed=seed, draws=0).total[0]
    for name in ("answers", "in_time", "adoption", "relevance", "service"):
        better = getattr(shops, name).copy()
        better[0] = 1.0
        assert score(replace(shops, **{name: better}), Weights(), places=1, seed=seed, draws=0).total[0] >= before
    worse = replace(shops, load=shops.load + 1, recent=shops.recent + 1)
    assert score(worse, Weights(), places=1, seed=seed, draws=0).total[0] < before


def test_the_first_wave_asks_the_quick_and_later_ones_those_that_were_not_asked_lately():
    first, third = (
        score(shops_of(in_time=[a, b], recent=[1, 0]), Weights(), wave=wave, places=1, seed=1, draws=0).total
        for wave, a, b in ((1, 0.6, 0.1), (3, 0.95, 0.7))
    )
    assert first[0] > first[1] and third[0] < third[1]


def test_quick_answers_make_a_shop_likelier_to_be_in_time():
    unknown, quick, slow = usual_seconds(0, 0), usual_seconds(60, 9), usual_seconds(3600, 9)
    assert quick < usual_seconds(60, 1) < unknown < slow
    for within in (90, 180, 600):
        assert 0 < in_time(slow, 9, within) < in_time(unknown, 0, within) < in_time(quick, 9, within) < 1
    assert in_time(90, 0, 90) == in_time(90, 9, 90) == pytest.approx(0.5)


@given(st.floats(1, 90_000), st.floats(1, 90_000), st.floats(0, 50))
def test_the_less_is_known_of_a_shop_the_less_is_sure_that_it_is_in_time_or_not(usual, within, answers):
    sure, unsure = in_time(usual, answers + 1, within), in_time(usual, answers, within)
    assert abs(unsure - 0.5) <= abs(sure - 0.5)
    assert in_time(usual, answers, 0) == 0


@given(shares, st.floats(1, 9_000), st.floats(0, 50), st.floats(1, 9_000), st.tuples(shares, shares))
def test_a_silent_shop_promises_less_the_longer_it_is_silent(chance, usual, answers, until, waited):
    sooner, later = (share * until for share in sorted(waited))
    promises = [
        still_coming(chance, usual, answers, waited=moment, until=until) for moment in (0, sooner, later, until)
    ]
    assert promises[0] == pytest.approx(chance) and promises[-1] == 0
    assert all(more >= less - 1e-9 for more, less in pairwise(promises))


def test_silence_says_more_of_a_quick_shop_than_of_a_slow_one():
    quick, slow = (still_coming(0.5, usual, 9, waited=90, until=870) for usual in (30, 600))
    assert quick < 0.1 < 0.4 < slow < 0.5


@given(st.lists(shares, min_size=1, max_size=20), st.integers(1, 12), st.floats(-5, 10))
def test_a_wave_asks_as_many_as_promise_enough(chances, places, hope):
    count = enough(chances, places=places, hope=hope)
    assert 1 <= count <= min(places, len(chances))
    assert count == 1 or sum(chances[: count - 1]) < hope
    assert sum(chances[:count]) >= hope or count == min(places, len(chances))


def test_propensity_knows_that_fewer_are_asked_where_they_promise_enough():
    shops = shops_of(answers=[0.9, 0.8, 0.2, 0.2], trials=[500] * 4)
    few, all_of_them = (score(shops, Weights(), places=4, hope=hope, seed=1, draws=64).propensity for hope in (1.5, 9))
    assert (few[:2] > 0.95).all() and (few[2:] < 0.05).all()
    assert (all_of_them == 1).all()


def test_the_same_seed_draws_the_same_and_a_newcomer_is_drawn_wider():
    shops = shops_of(answers=[0.5] * 40, trials=[0] * 20 + [500] * 20)
    first, again = (score(shops, Weights(), places=5, seed=3, draws=64) for _ in range(2))
    assert (first.total == again.total).all() and (
        first.total != score(shops, Weights(), places=5, seed=4, draws=64).total
    ).any()
    assert np.abs(first.explored[:20]).mean() > 3 * np.abs(first.explored[20:]).mean()
    # The newcomers take most of the places that drawing gives, though they are believed to be no better.
    assert first.propensity[:20].sum() > first.propensity[20:].sum()
    assert 4 < first.propensity.sum() < 6


@given(st.lists(st.tuples(shares, st.integers(0, 99)), min_size=1, max_size=30), st.integers(1, 8))
def test_propensities_are_chances(rows, places):
    answers, trials = (list(column) for column in zip(*rows, strict=True))
    found = score(shops_of(answers=answers, trials=trials), Weights(), places=places, seed=1, draws=32).propensity
    assert ((found > 0) & (found <= 1)).all()


# Rates


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_rate_lies_between_what_was_seen_and_what_is_believed(answered, more):
    rate = answer_rate(Record(), Record(), Record(), Record(answered + more, answered))
    seen = answered / (answered + more) if answered + more else 0.5
    assert min(seen, 0.5) - 1e-9 <= rate <= max(seen, 0.5) + 1e-9


def test_what_happened_fades_by_half():
    assert fade(8, NOON - timedelta(days=2), NOON, timedelta(days=1)) == 2
    assert fade(8, NOON, NOON - timedelta(days=1), timedelta(days=1)) == 8  # A clock that went back.


# Standing


@pytest.mark.django_db
def test_standing_follows_what_happens_to_invitations():
    shops = [make_tea_shop(price_fen=price) for price in (52_000, 53_000, 54_000)]
    question = make_question()
    assert [ShopStanding.objects.get(shop=shop).open_now for shop in shops] == [1, 1, 1]
    services.pass_on(invitation=invitation_of(question, shops[0]), by=owner_of(shops[0]))
    answer = make_answer(question, shops[1])
    services.adopt(answer=answer, by=question.buyer)
    passed, adopted, freed = (ShopStanding.objects.get(shop=shop) for shop in shops)
    assert (passed.passed, passed.trials, passed.open_now) == (1, 0, 0)
    assert (adopted.answered, adopted.adopted, adopted.open_now) == (1, 1, 0)
    assert adopted.answers == pytest.approx(1, abs=0.01) and adopted.answer_seconds > 0
    assert (freed.withdrawn, freed.trials, freed.open_now) == (1, 0, 0)
    # A pass is counted against nobody, but tells that this category is not for the shop.
    assert CategoryStanding.objects.get(shop=shops[0]).trials == pytest.approx(1, abs=0.01)


@pytest.mark.django_db
def test_taking_back_undoes_what_was_counted():
    shop = make_tea_shop()
    question = make_question()
    invitation = invitation_of(question, shop)
    answer = make_answer(question, shop, shown=False)
    services.take_back(answer=answer, by=owner_of(shop))
    services.pass_on(invitation=invitation, by=owner_of(shop))
    services.take_back_pass(invitation=invitation, by=owner_of(shop))
    row = ShopStanding.objects.get(shop=shop)
    assert (row.asked, row.answered, row.passed, row.open_now) == (1, 0, 0, 1)
    assert row.trials == pytest.approx(0, abs=0.01)


@pytest.mark.django_db
def test_counters_that_drifted_are_put_right():
    shop = make_tea_shop()
    make_question()
    assert standing.recount_open() == 0
    ShopStanding.objects.filter(shop=shop).update(open_now=7)
    assert standing.recount_open() == 1
    assert ShopStanding.objects.get(shop=shop).open_now == 1


@pytest.mark.django_db
def test_categories_are_summed_up_and_again():
    shop, category = make_tea_shop(), make_tea_category()
    standing.note([Noted(Event.ANSWERED, shop.pk, category.pk, 30), Noted(Event.LAPSED, shop.pk, category.pk)])
    for _ in range(2):
        standing.count_categories()
    assert CategoryRate.objects.count() == 2
    assert CategoryRate.objects.get(category=category).answers == pytest.approx(1, abs=0.01)
    assert CategoryRate.objects.get(category=None).trials == pytest.approx(2, abs=0.01)


# Learning


def made_up(shops=60, questions=400, asked=8, seed=5) -> tuple[Rows, np.ndarray]:
    """Shops that always, seldom or never answer: a rate that a model can learn."""
    draw = np.random.default_rng(seed)
    chance = draw.choice([0.05, 0.3, 0.9], shops)
    question = np.repeat(np.arange(questions), asked)
    shop = np.concatenate([draw.choice(shops, asked, replace=False) for _ in range(questions)])
    answered = (draw.random(len(shop)) < chance[shop]).astype(float)
    return Rows(question, shop, question % 4, answered), chance[shop]


def test_history_of_a_row_does_not_know_its_outcome():
    rows, _ = made_up(questions=40)
    turned = replace(rows, answered=np.where(rows.question == 7, 1 - rows.answered, rows.answered))
    mine = rows.question == 7
    before, after = model.held_out_columns(rows), model.held_out_columns(turned)
    assert (before[mine] == after[mine]).all() and (before[~mine] != after[~mine]).any()


def test_an_unknown_shop_is_like_the_mean():
    rows, _ = made_up()
    columns = History.of(rows).columns(np.zeros(1, int), np.array([10**6]), np.array([99]))[0]
    assert dict(zip(History.NAMES, columns, strict=True))["rate"] == pytest.approx(rows.answered.mean())


def test_a_trained_model_orders_well_and_survives_its_bytes():
    pytest.importorskip("lightgbm")
    rows, chance = made_up()
    artifact = model.train(rows)
    fresh, fresh_chance = made_up(seed=5), chance
    again = model.Artifact.load(artifact.dump())
    found = again.predict(fresh[0].question, fresh[0].shop, fresh[0].category)
    assert (found == artifact.predict(fresh[0].question, fresh[0].shop, fresh[0].category)).all()
    assert np.corrcoef(found, fresh_chance)[0, 1] > 0.9
    with pytest.raises(ValueError):
        model.Artifact.load(b"something else")


def test_measures():
    chances, answered = np.array([0.9, 0.8, 0.2, 0.1]), np.array([1.0, 1.0, 0.0, 0.0])
    assert model.auc(chances, answered) == 1 and model.auc(-chances, answered) == 0
    assert model.auc(np.zeros(4), answered) == 0.5
    assert model.log_loss(answered, answered) < 0.001
    assert model.calibration(np.full(4, 0.5), answered, bins=1) == 0


@pytest.fixture
def past(settings):
    """Ten days of invitations with their features, older first."""
    settings.QA_ROUTING_ROWS, settings.QA_ROUTING_HELD_BACK_DAYS = 500, 3
    model.forget()
    shops = [make_tea_shop() for _ in range(12)]
    rows, chance = made_up(shops=12, questions=100, asked=8)
    buyer, now = make_buyer(), timezone.now()
    questions = Question.objects.bulk_create(
        Question(buyer=buyer, text="茶具", status="closed", expires_at=now, idempotency_key=f"q{n}") for n in range(100)
    )
    waves = Wave.objects.bulk_create(
        Wave(question=one, number=1, size=4, opened_at=now, deadline_at=now, closed_at=now) for one in questions
    )
    features = dict.fromkeys(Shops.__dataclass_fields__, 0.5) | {"rate": 0.5}
    made = Invitation.objects.bulk_create(
        Invitation(
            question=questions[q],
            wave=waves[q],
            shop=shops[s],
            status="answered" if answered else "lapsed",
            deadline_at=now,
            features=features | {"answers": float(likely)},
            propensity=0.5,
        )
        for q, s, answered, likely in zip(rows.question, rows.shop, rows.answered, chance, strict=True)
    )
    for row in made:
        row.created_at = now - timedelta(days=10 - 10 * (row.question_id - questions[0].pk) // 100, hours=1)
    Invitation.objects.bulk_update(made, ["created_at"])
    Consideration.objects.bulk_create(
        Consideration(
            question_id=row.question_id,
            wave_number=1,
            shop_id=row.shop_id,
            score=0.1,
            features=row.features,
            asked=True,
        )
        for row in made
    )
    yield shops
    model.forget()


@pytest.mark.django_db
def test_training_compares_activates_and_rolls_back(past, capsys, django_capture_on_commit_callbacks):
    pytest.importorskip("lightgbm")
    with django_capture_on_commit_callbacks(execute=True):
        call_command("train_routing", compare=True)
    assert model.in_use() is None
    with django_capture_on_commit_callbacks(execute=True):
        call_command("train_routing")
    active = RoutingModel.objects.get(stage=Stage.ACTIVE)
    assert active.metrics["model"]["auc"] > active.metrics["rates"]["auc"] == 0.5
    assert len(active.metrics["days"]) == 3
    assert model.in_use() is not None
    found = matching.match(Need(words=["茶具"]), exclude=(), limit=20, at=timezone.now())
    assert len({match.features["answers"] for match in found}) > 1 and {m.features["rate"] for m in found} == {0.5}
    with django_capture_on_commit_callbacks(execute=True):
        call_command("train_routing", rollback=True)
    assert model.in_use() is None
    with pytest.raises(CommandError):
        call_command("train_routing", rollback=True)
    assert "the rates" in capsys.readouterr().out


@pytest.mark.django_db
def test_too_few_outcomes_train_nothing(settings, past):
    settings.QA_ROUTING_ROWS = 50_000
    with pytest.raises(CommandError):
        call_command("train_routing")
    assert not RoutingModel.objects.exists()


@pytest.mark.django_db
def test_a_broken_model_leaves_the_rates(past, caplog):
    RoutingModel.objects.create(
        version="broken", stage=Stage.ACTIVE, trained_at=timezone.now(), rows=1, held_back_rows=1, payload=b"junk"
    )
    model.forget()
    found = matching.match(Need(words=["茶具"]), exclude=(), limit=5, at=timezone.now())
    assert len(found) == 5 and {match.features["answers"] for match in found} == {0.5}
    assert "the rates decide" in caplog.text


@pytest.mark.django_db
def test_replay_of_the_same_weights_finds_what_was(past):
    same = replay(Weights(exploration=0), days=30)
    assert same.waves == 100 and same.invitations == 800 and same.changed == 0
    assert same.answered_then == same.answered > 0


@pytest.mark.django_db
def test_weights_are_put_into_use_one_at_a_time():
    first, second = RoutingWeights.objects.create(), RoutingWeights.objects.create(relevance=0.0)
    for weights in (first, second, second):
        routing.activate_weights(weights=weights, by=None)
    first.refresh_from_db()
    assert (first.stage, second.stage) == (Stage.RETIRED, Stage.ACTIVE)
    assert matching.choosing.weights_in_use().relevance == 0.0


# Money has no way in


@pytest.mark.django_db
def test_no_money_changes_whom_we_ask():
    shops = [make_tea_shop(price_fen=price) for price in (52_000, 53_000, 54_000)]
    need = Need(words=["茶具"])

    def found():
        return matching.match(need, exclude=(), limit=5, at=NOON)

    before = found()
    for number, shop in enumerate(shops):
        Merchant.objects.filter(pk=shop.merchant_id).update(fee_rate_bp=1000 * number)
    assert found() == before


def test_matching_names_no_money_of_merchants():
    import ast
    from pathlib import Path

    unwanted = ("fee_rate", "commission", "deposit", "ledger", "payout", "split_", "advert", "sponsor", "paid_fen")
    folder = Path(matching.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [getattr(node, key, "") for key in ("id", "attr", "name", "arg", "module", "value")]
            # Docstrings may speak of it; a field's name has no spaces.
            said = [name for name in names if isinstance(name, str) and " " not in name]
            assert not [name for name in said if any(word in name for word in unwanted)], path.name
