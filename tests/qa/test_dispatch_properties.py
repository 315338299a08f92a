"""Whatever happens in whichever order: no shop is asked beyond its limits, asleep, blocked, or against its wishes.

More of it: `WEIXUAN_DISPATCH_EXAMPLES=200 python3 manage.py test tests/qa/test_dispatch_properties.py`. Each example is
rolled back at its end.
"""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.db import transaction
from django.test import TestCase
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from core.errors import DomainError
from qa import services
from qa.models import Invitation, Question, ShopPreferences, ShopStanding, Ticket, Wave
from qa.selectors.pool import pool_of
from qa.services import dispatching
from qa.wanted import Wanted
from shops import services as shop_services
from shops.models import Block, Shop
from tests.shops.factories import owner_of

from .factories import make_buyer, make_question, make_tea_category, make_tea_shop

SHOPS = 5
EXAMPLES = int(os.environ.get("WEIXUAN_DISPATCH_EXAMPLES", "5"))
pick = st.integers(0, 1000)


class Dispatching(RuleBasedStateMachine):
    """Before each tick it notes who may not be asked; what the tick wrote is held against that."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.met: set[int] = set()

    @initialize()
    def open_shops(self):
        make_tea_category()
        self.shops = [make_tea_shop(price_fen=50_000 + 1_000 * n) for n in range(SHOPS)]
        for shop in self.shops:
            ShopPreferences.objects.create(shop=shop, max_open=2, daily_cap=4)
        self.buyers = [make_buyer() for _ in range(2)]

    @rule(n=pick)
    def ask(self, n):
        make_question(buyer=self.buyers[n % len(self.buyers)], wave=False)

    @rule()
    def tick(self):
        self.note_who_may_not()
        dispatching.tick()

    @rule(seconds=st.sampled_from([10, 100, 400, 4000]))
    def time_passes(self, seconds):
        """All that is due then is due now."""
        past = timedelta(seconds=seconds)
        for model, names in (
            (Wave, ["deadline_at"]),
            (Invitation, ["deadline_at", "lease_until"]),
            (Ticket, ["due_at"]),
        ):
            for row in model.objects.all():
                moved = {name: getattr(row, name) - past for name in names if getattr(row, name)}
                model.objects.filter(pk=row.pk).update(**moved)
        self.tick()

    @rule(n=pick)
    def block(self, n):
        shop, buyer = self.shops[n % SHOPS], self.buyers[n % len(self.buyers)]
        Block.objects.get_or_create(shop=shop, buyer=buyer, side="shop")

    @rule(n=pick)
    def block_as_buyer(self, n):
        shop, buyer = self.shops[n % SHOPS], self.buyers[n % len(self.buyers)]
        shop_services.block(shop=shop, buyer=buyer, side="buyer", by=buyer)
        mine = Invitation.objects.open().filter(shop=shop, question__buyer=buyer, question__in=Question.objects.live())
        assert not mine.exists()

    @rule(n=pick)
    def unblock(self, n):
        shop, buyer = self.shops[n % SHOPS], self.buyers[n % len(self.buyers)]
        shop_services.unblock(shop=shop, buyer=buyer, side="buyer", by=buyer)

    @rule(n=pick, low=st.sampled_from([0, 70_000]), high=st.sampled_from([None, 100_000, 30_000]))
    def want(self, n, low, high):
        """By the service's own door; the question's budget is 400 to 600."""
        shop = Shop.objects.get(pk=self.shops[n % SHOPS].pk)
        high = high if high is None or high > low else None
        wanted = replace(Wanted.of(shop), min_budget_fen=low, max_budget_fen=high)
        services.save_preferences(shop=shop, by=owner_of(shop), wanted=wanted)

    @rule(n=pick)
    def rest_for_an_hour(self, n):
        shop = self.shops[n % SHOPS]
        until = timezone.now() + timedelta(hours=1)
        shop_services.set_taking_questions(shop=shop, on=False, by=owner_of(shop), until=until)

    @rule(n=pick)
    def rest_is_over(self, n):
        Shop.objects.filter(pk=self.shops[n % SHOPS].pk, takes_questions=False).update(paused_until=timezone.now())
        shop_services.resume_questions()

    @rule(n=pick)
    def opt_out(self, n):
        category = make_tea_category().pk
        wishes = ShopPreferences.objects.get(shop=self.shops[n % SHOPS])
        wishes.categories_out = [] if wishes.categories_out else [category]
        wishes.save()

    @rule(n=pick)
    def sleep_or_wake(self, n):
        row = Shop.objects.get(pk=self.shops[n % SHOPS].pk)
        later = (timezone.localtime() + timedelta(hours=2)).hour
        asleep = row.asks_from == row.asks_until
        row.asks_from, row.asks_until = (time(later), time((later + 1) % 24)) if asleep else (time(0), time(0))
        row.save(update_fields=["asks_from", "asks_until"])

    @rule(n=pick, how=st.sampled_from(["answer", "pass", "hold", "let_go"]))
    def react(self, n, how):
        open_ones = list(Invitation.objects.open().select_related("question", "shop").order_by("pk"))
        if not open_ones:
            return
        invitation = open_ones[n % len(open_ones)]
        by = owner_of(invitation.shop)
        steps = {
            "answer": lambda: services.answer(invitation=invitation, by=by, text="我家合适"),
            "pass": lambda: services.pass_on(invitation=invitation, by=by),
            "hold": lambda: services.hold(invitation=invitation, by=by),
            "let_go": lambda: services.let_go(invitation=invitation, by=by),
        }
        self.try_to(steps[how])

    @rule(n=pick)
    def take_from_pool(self, n):
        shop = self.shops[n % SHOPS]
        question = pool_of(shop).first()
        if question:
            self.try_to(lambda: services.take(question=question, shop=shop, by=owner_of(shop)))
            self.met = set(Invitation.objects.values_list("pk", flat=True))

    @rule(n=pick)
    def end(self, n):
        live = list(Question.objects.live().select_related("buyer"))
        if live:
            question = live[n % len(live)]
            services.close_question(question=question, by=question.buyer)

    def try_to(self, step):
        with suppress(DomainError):
            step()

    def note_who_may_not(self):
        self.met = set(Invitation.objects.values_list("pk", flat=True))
        self.blocked = set(Block.objects.values_list("shop_id", "buyer_id"))
        self.unwilling = {
            row.shop_id for row in ShopPreferences.objects.all() if make_tea_category().pk in row.categories_out
        }
        self.unwilling |= set(
            ShopPreferences.objects.exclude(min_budget_fen__lte=60_000, max_budget_fen=None)
            .exclude(min_budget_fen__lte=60_000, max_budget_fen__gte=40_000)
            .values_list("shop_id", flat=True)
        )
        self.unwilling |= set(Shop.objects.filter(takes_questions=False).values_list("pk", flat=True))
        self.asleep = set(Shop.objects.exclude(asks_from=time(0)).values_list("pk", flat=True))

    @invariant()
    def nobody_is_asked_against_the_rules(self):
        for invitation in Invitation.objects.exclude(pk__in=self.met).select_related("question"):
            assert (invitation.shop_id, invitation.question.buyer_id) not in self.blocked
            assert invitation.shop_id not in self.unwilling
            assert invitation.shop_id not in self.asleep

    @invariant()
    def limits_hold(self):
        for shop in getattr(self, "shops", []):
            mine = Invitation.objects.filter(shop=shop)
            assert mine.open().count() <= 2
            assert mine.count() <= 4
            standing = ShopStanding.objects.filter(shop=shop).first()
            assert (standing.open_now if standing else 0) == mine.open().count()

    @invariant()
    def waves_and_places_hold(self):
        for wave in Wave.objects.scheduled():
            assert wave.invitations.count() == wave.size <= 12
        for question in Question.objects.live():
            held = question.invitations.held(timezone.now()).count()
            assert question.answers.holding_a_place().places() + held <= 5

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)


@pytest.mark.django_db
@pytest.mark.usefixtures("newcomers")
class TestDispatching(Dispatching.TestCase, TestCase):
    settings = settings(
        max_examples=EXAMPLES,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
