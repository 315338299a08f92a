"""Ops change what decides between shops: within bounds, tried before, with a way back; and money has no way in."""

from dataclasses import asdict

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import User
from core.errors import Invalid
from core.models import AuditEntry
from merchants.models import Merchant
from qa import matching
from qa.matching import replay as replaying
from qa.matching.choosing import weights_in_use
from qa.matching.replay import replay
from qa.matching.scoring import Shops, Weights
from qa.models import WEIGHT_BOUNDS, Consideration, Invitation, RoutingModel, RoutingWeights, ShopStanding, Stage, Wave
from qa.need import Need
from qa.selectors.standing import rate_story
from qa.services import routing
from tests.qa.factories import make_question, make_tea_category, make_tea_shop

pytestmark = pytest.mark.django_db
NAMES = list(asdict(Weights()))


@pytest.fixture
def ops() -> User:
    return User.objects.create_user(username="boss", is_staff=True)


def propose(by: User, note: str = "多看重相关", **values) -> RoutingWeights:
    return routing.propose_weights(values=values or {"relevance": 2.0}, note=note, by=by)


def test_a_proposal_changes_nothing_until_it_is_used(ops):
    before = weights_in_use()
    row = propose(ops)
    assert row.stage == Stage.CANDIDATE and weights_in_use() == before
    for _ in range(2):
        routing.activate_weights(weights=row, by=ops)
    assert weights_in_use().relevance == 2.0
    entry = AuditEntry.objects.get(action="qa.routing_weights_activated")
    assert entry.actor_id == ops.public_id and entry.data == {"changed": {"relevance": [before.relevance, 2.0]}}


def test_versions_are_kept_and_gone_back_to(ops):
    own = weights_in_use()
    first, second = propose(ops, relevance=2.0), propose(ops, relevance=0.5)
    for row in (first, second):
        routing.activate_weights(weights=row, by=ops)
    assert routing.roll_back_weights(by=ops) == first and weights_in_use().relevance == 2.0
    assert routing.roll_back_weights(by=ops) is None and weights_in_use() == own
    with pytest.raises(routing.NothingToGoBackTo):
        routing.roll_back_weights(by=ops)
    assert set(RoutingWeights.objects.values_list("stage", flat=True)) == {Stage.RETIRED}


def test_a_proposal_is_discarded_but_not_what_is_in_use(ops):
    row, used = propose(ops), propose(ops, service=1.0)
    routing.activate_weights(weights=used, by=ops)
    for one in (row, used):
        routing.discard_weights(weights=one, by=ops)
    row.refresh_from_db()
    used.refresh_from_db()
    assert (row.stage, used.stage) == (Stage.RETIRED, Stage.ACTIVE)


@pytest.mark.parametrize(
    ("values", "note", "field"),
    [
        ({"relevance": 3.1}, "更相关", "relevance"),
        ({"load": -0.1}, "更忙", "load"),
        ({"answers": float("nan")}, "?", "answers"),
        ({"exploration": float("inf")}, "?", "exploration"),
        ({"fee_rate": 1.0}, "付得多的先派", "fee_rate"),
        ({"relevance": 2.0}, "  ", "note"),
        ({}, "没变", "note"),
    ],
)
def test_what_is_out_of_bounds_is_refused(ops, values, note, field):
    with pytest.raises(Invalid) as refusal:
        routing.propose_weights(values=values, note=note, by=ops)
    assert list(refusal.value.fields) == [field]
    assert not RoutingWeights.objects.exists() and not AuditEntry.objects.filter(action__startswith="qa.").exists()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", [0, 1])
def test_the_database_holds_the_bounds_of_every_weight(name, end):
    beyond = WEIGHT_BOUNDS[name][end] + (0.01 if end else -0.01)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoutingWeights.objects.create(**{name: beyond})
    RoutingWeights.objects.create(**{name: WEIGHT_BOUNDS[name][end]})


def test_the_products_own_weights_lie_within_the_bounds():
    assert all(routing.is_within_bounds(name, value) for name, value in asdict(Weights()).items())


# Money has no way in, whatever the weights


def test_a_weight_can_only_weigh_what_matching_knows_of_shops():
    # exploration draws; every other weight is of a factor that is measured of the shop itself.
    assert {*NAMES} - {"exploration"} <= {*Shops.__dataclass_fields__}


@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.fixed_dictionaries({name: st.floats(*WEIGHT_BOUNDS[name]) for name in NAMES}),
    rates=st.lists(st.integers(0, 3000), min_size=3, max_size=3),
)
def test_no_fee_moves_a_choice_under_any_weights(values, rates):
    with transaction.atomic():
        shops = [make_tea_shop(price_fen=price) for price in (52_000, 53_000, 54_000)]
        routing.activate_weights(weights=RoutingWeights.objects.create(**values), by=None)
        at, need = timezone.now(), Need(words=["茶具"])
        before = matching.match(need, exclude=(), limit=5, at=at)
        for shop, rate in zip(shops, rates, strict=True):
            Merchant.objects.filter(pk=shop.merchant_id).update(fee_rate_bp=rate)
        assert matching.match(need, exclude=(), limit=5, at=at) == before
        transaction.set_rollback(True)


# Tried on what has happened


def past(answered: list[bool], *, propensity: float = 0.5, questions: int = 60) -> list:
    """Waves of two of four shops: the first two are asked by turns, of which shop n answers if answered[n]."""
    make_tea_category()
    shops = [make_tea_shop() for _ in answered]
    usual = {**asdict(_even(len(answered))), "trials": [0, 20, 20, 20][: len(answered)]}
    for number in range(questions):
        question = make_question(wave=False)
        now = timezone.now()
        wave = Wave.objects.create(question=question, number=1, size=1, opened_at=now, deadline_at=now)
        place = number % 2
        for n, shop in enumerate(shops):
            features = {name: float(usual[name][n]) for name in usual} | {"relevance": 0.9 if n == 0 else 0.3}
            Consideration.objects.create(
                question=question, wave_number=1, shop=shop, score=0.1, features=features, asked=n == place
            )
            if n == place:
                Invitation.objects.create(
                    question=question, wave=wave, shop=shop, deadline_at=now, features=features, propensity=propensity,
                    status="answered" if answered[n] else "lapsed",
                )  # fmt: skip
    return shops


def _even(count: int) -> Shops:
    return Shops.of([dict.fromkeys(Shops.__dataclass_fields__, 0.5) | {"load": 0.0, "recent": 0.0}] * count)


def test_replay_estimates_what_relevance_would_have_brought(newcomers):
    past([True, False])
    found = replay(Weights(relevance=3.0, exploration=0.0))
    # Each was asked by turns; with relevance the first always is, and it always answers.
    assert (found.waves, found.invitations, found.answered) == (60, 60, 0.5)
    assert found.answered_then == 1.0 and found.changed == 0.5 and found.answered_error == 0.0
    # The first is a newcomer (no trials): it had half of the places, and would have all.
    assert (found.newcomers, found.newcomers_then) == (0.5, 1.0)
    assert found.effective == 30 and not found.is_enough


def test_replay_is_as_sure_as_its_questions():
    past([True, False], questions=8)
    found = replay(Weights(relevance=0.0, exploration=0.0, answers=0.0, adoption=0.0, service=0.0))
    # All alike: the first of each wave is kept, so only its outcomes weigh.
    few = found.answered_error
    spread = replay(Weights(relevance=0.0))
    assert few == 0.0 < spread.answered_error < 0.5


def test_replay_looks_at_the_latest_waves_only(monkeypatch):
    past([True, False], questions=6)
    monkeypatch.setattr(replaying, "WAVES", 4)
    assert replay(Weights()).waves == 4


def test_replay_of_nothing_says_so():
    found = replay(Weights())
    assert found.waves == 0 and not found.is_enough


# The desk


def who(*permissions: str) -> Client:
    user = User.objects.create_user(username="desk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user, backend="accounts.backends.UsernameBackend")
    return client


ALL = ("view_routingweights", "add_routingweights", "change_routingweights")


def form(**changes) -> dict:
    return {**asdict(weights_in_use()), "note": "夜里少打扰", **changes}


def test_desk_shows_what_is_in_use_and_takes_a_proposal():
    client = who(*ALL)
    page = client.get(reverse("admin:qa_routingweights_changelist")).content.decode()
    assert "产品自带的权重" in page and "商家付的钱不在其中" in page
    page = client.get(reverse("admin:qa_routingweights_add")).content.decode()
    assert "保存后只是提案" in page and "允许范围 0.0–2.0" in page and "_continue" not in page
    client.post(reverse("admin:qa_routingweights_add"), form(recent=0.7))
    row = RoutingWeights.objects.get()
    assert row.recent == 0.7 and row.stage == Stage.CANDIDATE and row.created_by.username == "desk"
    page = client.get(reverse("admin:qa_routingweights_change", args=[row.pk])).content.decode()
    assert "夜里少打扰" in page and reverse("admin:qa_routingweights_replay", args=[row.pk]) in page


@pytest.mark.parametrize("changes", [{"recent": "9"}, {"recent": "x"}, {"recent": "nan"}, {"note": ""}, {}])
def test_desk_refuses_what_cannot_be(changes):
    reply = who(*ALL).post(reverse("admin:qa_routingweights_add"), form(**changes))
    assert reply.status_code == 200 and reply.context["errors"]
    assert not RoutingWeights.objects.exists()


def test_desk_uses_and_goes_back_with_a_confirmation(ops):
    row, client = propose(ops), who(*ALL)
    client.post(reverse("admin:qa_routingweights_use", args=[row.pk]), {"_form_submitted": "1"})
    row.refresh_from_db()
    assert row.stage == Stage.ACTIVE
    client.post(reverse("admin:qa_routingweights_roll_back", args=[row.pk]), {"_form_submitted": "1"})
    row.refresh_from_db()
    assert row.stage == Stage.RETIRED


@pytest.mark.parametrize("name", ["use", "roll_back", "discard"])
def test_who_may_only_look_changes_nothing(ops, name):
    row = propose(ops)
    client = who("view_routingweights")
    client.post(reverse(f"admin:qa_routingweights_{name}", args=[row.pk]), {"_form_submitted": "1"})
    assert client.get(reverse("admin:qa_routingweights_add")).status_code == 403
    row.refresh_from_db()
    assert row.stage == Stage.CANDIDATE


def test_replay_says_honestly_that_too_little_has_happened(ops):
    row, client = propose(ops), who("view_routingweights")
    url = reverse("admin:qa_routingweights_replay", args=[row.pk])
    assert "没法试算" in client.get(url).content.decode()
    past([True, False], questions=4)
    assert "结果太少" in client.get(url).content.decode()
    assert client.get(url, {"days": "5"}).status_code == 404
    assert client.get(reverse("admin:qa_routingweights_replay", args=[99_999])).status_code == 404
    assert who_else().get(url).status_code == 403


def who_else() -> Client:
    user = User.objects.create_user(username="else", is_staff=True)
    client = Client()
    client.force_login(user, backend="accounts.backends.UsernameBackend")
    return client


# Models, standings


def make_model(version: str, auc: float, rates: float = 0.6, **fields) -> RoutingModel:
    metrics = {"model": {"auc": auc, "log_loss": 1 - auc}, "rates": {"auc": rates, "log_loss": 1 - rates}}
    return RoutingModel.objects.create(
        version=version,
        trained_at=timezone.now(),
        rows=60_000,
        held_back_rows=9_000,
        metrics=metrics,
        payload=b"",
        **fields,
    )


def test_only_a_better_model_is_offered_and_put_into_use(ops):
    better, worse = make_model("b", 0.7), make_model("w", 0.55)
    client = who("view_routingmodel", "change_routingmodel")
    for row, stage in ((better, Stage.ACTIVE), (worse, Stage.CANDIDATE)):
        page = client.get(reverse("admin:qa_routingmodel_change", args=[row.pk]))
        assert bool(page.context["actions_detail"]) == (row is better)
        client.post(reverse("admin:qa_routingmodel_use", args=[row.pk]), {"_form_submitted": "1"})
        row.refresh_from_db()
        assert row.stage == stage
    with pytest.raises(routing.NotBetter):
        routing.activate_model(candidate=worse, by=ops)
    client.post(reverse("admin:qa_routingmodel_roll_back", args=[better.pk]), {"_form_submitted": "1"})
    better.refresh_from_db()
    assert better.stage == Stage.RETIRED


def test_a_shops_standing_says_why():
    shop = make_tea_shop()
    row = ShopStanding.objects.create(shop=shop, asked=12, answered=9, trials=10, answers=9, record_at=timezone.now())
    links = rate_story(row)
    # Of all shops nothing is known, so the half that is believed of anybody counts like 4 invitations.
    assert [link.name for link in links] == ["prior", "whole", "shop"]
    assert links[-1].answer_rate == pytest.approx(11 / 14)
    page = who("view_shopstanding").get(reverse("admin:qa_shopstanding_change", args=[row.pk])).content.decode()
    assert "79%" in page and "为什么这样估计它的回答率" in page


@pytest.mark.parametrize("name", ["shopstanding", "categoryrate", "shoppreferences", "routingmodel", "routingweights"])
def test_lists_open_for_who_may_look(name):
    assert who(f"view_{name}").get(reverse(f"admin:qa_{name}_changelist")).status_code == 200


def test_the_models_page_says_what_decides_and_how_many_outcomes_are_lacking(settings):
    settings.QA_ROUTING_ROWS = 3
    make_tea_shop()
    question = make_question()
    page = reverse("admin:qa_routingmodel_changelist")
    desk = who("view_routingmodel")
    assert "现在有 0 个，还差 3 个" in desk.get(page).content.decode()
    Invitation.objects.filter(question=question).update(status=Invitation.Status.LAPSED)
    text = desk.get(page).content.decode()
    assert "店铺的平滑回答率" in text and "现在有 1 个，还差 2 个" in text
    settings.QA_ROUTING_ROWS = 1
    assert "还差" not in desk.get(page).content.decode()
