"""Events in order of their time: wishes, due outbox rows, shops' reactions, buyers' choices."""

import heapq
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count

from django.core.management.color import no_style
from django.db import connection
from django.test.utils import override_settings
from django.utils import timezone

from core import outbox
from core.errors import DomainError
from core.models import OutboxEvent

from .. import services
from ..matching import assignment
from ..models import Answer, CategoryRate, CategoryStanding, Invitation, Question, ShopStanding
from ..services import dispatching, standing
from . import policies
from .city import City, Wish
from .clock import Clock, stopped_at
from .figures import Figures, measure
from .policies import Policy

# A buyer looks through the answers this long after the first, or when all places are taken.
THINKS = timedelta(minutes=25)
CHOOSES = 0.75
PASSES = 0.35
SETTLES = timedelta(hours=3)
SUMS_UP = timedelta(hours=1)
Progress = Callable[[float], None]


def simulate(city: City, policy: Policy, *, progress: Progress = lambda share: None) -> Figures:
    """Let the city live its days under `policy`, beginning with a platform that knows nobody. Where the policy learns
    nothing it lives the measured days only.

    Args:
        progress: told the share of the time that has passed, now and then.

    Raises:
        ImportError: the `simulation` extra is not installed.
    """
    _forget()
    start = city.start if policy.learns else city.measured_from
    city.opening(start)
    # Nothing is queued for a worker: the loop below runs what is due. That WeChat's checker is away is no news here.
    with (
        quiet("qa.services"),
        override_settings(**policy.settings, OUTBOX_WAKES=False),
        stopped_at(start) as clock,
    ):
        _Days(city, clock, progress).live(start)
        return measure(city, city.measured_from)


@contextmanager
def quiet(name: str) -> Iterator[None]:
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


def _forget() -> None:
    """A platform on its first day. Questions are counted from one again: what is drawn for each goes by its key."""
    Question.objects.all().delete()
    counter = [{"table": Question._meta.db_table, "column": "id"}]
    with connection.cursor() as cursor:
        cursor.execute(*connection.ops.sequence_reset_by_name_sql(no_style(), counter))
    OutboxEvent.objects.all().delete()
    CategoryStanding.objects.all().delete()
    CategoryRate.objects.all().delete()
    ShopStanding.objects.all().delete()
    assignment.lottery.seed(1)
    policies.draw.seed(1)


class _Days:
    def __init__(self, city: City, clock: Clock, progress: Progress):
        self.city, self.clock, self.progress = city, clock, progress
        self.chance = random.Random(city.size.seed + 1)  # noqa: S311 - a made-up city
        self.order = count()
        self.agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self.last_invitation = 0
        self.budgets: dict[int, Wish] = {}

    def live(self, start: datetime) -> None:
        for wish in self.city.wishes:
            if wish.at >= start:
                self.plan(wish.at, partial(self.ask, wish))
        for day in range(1, self.city.size.warm_up_days + 1):
            morning = self.city.start + timedelta(days=day)
            if morning > start:
                self.plan(morning, partial(self.city.open_doors, morning))
        self.plan(start + SUMS_UP, self.sum_up)
        end, steps = self.city.end + SETTLES, 0
        while (at := self.next_moment()) and at <= end:
            self.clock.move_to(at)
            self.run_agenda(at)
            self.run_due(at)
            steps += 1
            if steps % 200 == 0:
                self.progress((at - start) / (end - start))

    def sum_up(self) -> None:
        """What beat does every few minutes: how shops of a category do on the whole."""
        standing.count_categories()
        self.plan(timezone.now() + SUMS_UP, self.sum_up)

    def plan(self, at: datetime, what: Callable[[], None]) -> None:
        heapq.heappush(self.agenda, (at, next(self.order), what))

    def next_moment(self) -> datetime | None:
        due = OutboxEvent.objects.filter(kind__startswith="qa.", status="pending").order_by("due_at")
        moments = [*due.values_list("due_at", flat=True)[:1], *(entry[0] for entry in self.agenda[:1])]
        if (ticks_at := dispatching.next_due_at()) is not None:
            moments.append(ticks_at)
        # What is overdue happens now: time never runs backwards.
        return max(min(moments), timezone.now()) if moments else None

    def run_agenda(self, at: datetime) -> None:
        while self.agenda and self.agenda[0][0] <= at:
            heapq.heappop(self.agenda)[2]()

    def run_due(self, at: datetime) -> None:
        """What a worker would do, in order; what goes out to WeChat stays where it is."""
        due = OutboxEvent.objects.filter(kind__startswith="qa.", status="pending", due_at__lte=at)
        for event in due.order_by("due_at", "pk"):
            if event.kind == "qa.screen_answer":
                self.pass_answer(event)
            else:
                outbox.run(event.pk)
        ticks_at = dispatching.next_due_at()
        if ticks_at is not None and ticks_at <= at:
            dispatching.tick()
            self.notice_invitations(at)

    # --- Buyers ---

    def ask(self, wish: Wish) -> None:
        buyer = self.city.buyers[wish.buyer]
        question = services.ask(buyer=buyer, text=wish.text, idempotency_key=f"{wish.at.timestamp()}")
        question = services.conclude_check(question=question, verdict="pass")
        if question.status == Question.Status.CLARIFYING:
            services.submit(question=question)
        self.budgets[question.pk] = wish

    def pass_answer(self, event: OutboxEvent) -> None:
        """WeChat's check stands in: everything passes."""
        answer = Answer.objects.select_related("question").filter(pk=event.payload["answer_id"]).first()
        OutboxEvent.objects.filter(pk=event.pk).update(status=OutboxEvent.Status.DONE)
        if answer is None:
            return
        services.conclude_answer(answer=answer, verdict="pass")
        if answer.question.answers.shown().count() == 1:
            self.plan(timezone.now() + THINKS, lambda: self.choose(answer.question_id))

    def choose(self, question_id: int) -> None:
        question = Question.objects.select_related("buyer").get(pk=question_id)
        answers = list(question.answers.shown())
        if not answers or not question.is_live or self.chance.random() > CHOOSES:
            return
        wish = self.budgets[question.pk]
        best = max(answers, key=lambda answer: self.worth(answer, wish))
        services.adopt(answer=best, by=question.buyer)

    def worth(self, answer: Answer, wish: Wish) -> float:
        """To this buyer: the shop's skill, its trade, and some taste."""
        habits = self.city.people[answer.shop_id]
        return habits.skill + (0.5 if habits.trade is wish.trade else 0.0) + self.chance.gauss(0, 0.15)

    # --- Shops ---

    def notice_invitations(self, at: datetime) -> None:
        new = Invitation.objects.filter(pk__gt=self.last_invitation).select_related("question").order_by("pk")
        for invitation in new:
            self.last_invitation = invitation.pk
            self.react(invitation, at)

    def react(self, invitation: Invitation, at: datetime) -> None:
        habits = self.city.people[invitation.shop_id]
        wish = self.budgets.get(invitation.question_id)
        if wish is None or not habits.attends(at, self.chance):
            return
        knows = habits.trade is wish.trade
        when = at + habits.delay(self.chance)
        if not habits.awake(when):
            return
        if knows or self.chance.random() < 0.1:
            self.plan(when, lambda: self.answer(invitation.pk))
        elif self.chance.random() < PASSES:
            self.plan(when, lambda: self.pass_on(invitation.pk))

    def answer(self, pk: int) -> None:
        if invitation := self.still_open(pk):
            with suppress(DomainError):  # The places are taken: so it goes.
                services.answer(invitation=invitation, by=self.owner(invitation), text="这款合适，今天下单明天就发")

    def pass_on(self, pk: int) -> None:
        if invitation := self.still_open(pk):
            with suppress(DomainError):
                services.pass_on(invitation=invitation, by=self.owner(invitation))

    def still_open(self, pk: int) -> Invitation | None:
        """What the shop sees in its list: who comes too late finds it gone."""
        invitation = Invitation.objects.select_related("question", "shop").get(pk=pk)
        return invitation if invitation.is_open else None

    def owner(self, invitation: Invitation):
        return self.city.people[invitation.shop_id].owner
