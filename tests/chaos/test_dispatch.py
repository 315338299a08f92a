"""Dispatch while its workers, beat and Redis are killed at random: nothing is lost, nobody is asked twice.

60 questions keep CI short; the full proof is
`WEIXUAN_CHAOS_QUESTIONS=5000 python3 manage.py test tests/chaos/test_dispatch.py -s`, which also holds the deadlines
to 5 s (p99). Shops are played by calls of the services; what is killed are real processes.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models import Count, F
from django.utils import timezone

from bench.measure import percentile
from core.errors import DomainError
from core.models import OutboxEvent
from notifications.models import InboxItem, Push
from qa import services
from qa.models import Answer, Invitation, Question, Ticket, Verdict, Wave
from qa.need import Need
from qa.selectors.pool import pool_of
from shops.models import Shop
from tests.qa.factories import make_buyer, make_tea_shop
from tests.shops.factories import owner_of
from tests.story.stack import url_of_test_database
from weixuan.run.embedded import free_port, start_redis
from weixuan.run.supervisor import Program, Supervisor

QUESTIONS = int(os.environ.get("WEIXUAN_CHAOS_QUESTIONS", "60"))
FULL = QUESTIONS >= 5000
SHOPS = 200 if FULL else 40
PER_SECOND = 15.0
KILL_EVERY_SECONDS = 10.0 if FULL else 3.0
WAVES = [[5, 6], [8, 8], [12, 10]]
LATE_SECONDS = 5.0
WORKERS = ("worker-1", "worker-2")


@pytest.fixture
def market(transactional_db, settings):
    """Shops open all day, all for tea ware, that take as many questions as come."""
    settings.QA_WAVES = WAVES
    settings.QA_SHOP_DAILY_CAP = settings.QA_SHOP_MAX_OPEN = 1_000_000
    return [make_tea_shop(price_fen=40_000 + 100 * n) for n in range(SHOPS)]


@pytest.fixture
def running(market, tmp_path, settings):
    """Two workers, beat and a Redis of their own, over the test's database; started again when they are killed."""
    made = start_redis(tmp_path / "redis", durable=False)
    made.stop()
    port = free_port()
    address = made.url.rpartition("@")[0] + f"@127.0.0.1:{port}/0"
    program = made.process.args[0]
    environment = {
        "DATABASE_URL": url_of_test_database(),
        "REDIS_URL": address,
        "QA_WAVES": json.dumps(WAVES),
        "QA_SHOP_DAILY_CAP": "1000000",
        "QA_SHOP_MAX_OPEN": "1000000",
        "LOG_LEVEL": "ERROR",
    }
    celery = [sys.executable, "-m", "celery", "-A", "weixuan"]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel=ERROR"]
    beat = ["beat", f"--schedule={tmp_path / 'beat'}", "--pidfile=", "--loglevel=ERROR"]
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.add(Program("redis", [program, str(tmp_path / "redis" / "valkey.conf"), "--port", str(port)], {}))
        for name in WORKERS:
            command = [*celery, "worker", f"--hostname={name}@%h", "--concurrency=1", *quiet]
            supervisor.add(Program(name, command, environment))
        supervisor.add(Program("beat", [*celery, *beat], environment))
        yield supervisor


class Town(threading.Thread):
    """Buyers ask, shops answer, pass, or do nothing; all of it by the services."""

    def __init__(self, shops):
        super().__init__(daemon=True)
        self.staff = {shop.pk: owner_of(shop) for shop in shops}
        self.chance, self.over, self.met = random.Random(7), threading.Event(), 0
        self.asked, self.failed = 0, []

    def run(self):
        try:
            began = time.monotonic()
            while not self.over.is_set():
                while self.asked < min(QUESTIONS, (time.monotonic() - began) * PER_SECOND):
                    self.ask()
                self.react()
                time.sleep(0.1)
        except Exception as error:  # noqa: BLE001  The main thread tells it.
            self.failed.append(error)
        finally:
            connections.close_all()

    def ask(self):
        self.asked += 1
        need = Need(words=["茶具"], category_id=CATEGORY[0])
        question = Question.objects.create(
            buyer=make_buyer(),
            text="想买茶具",
            need=need.to_json(),
            category_id=CATEGORY[0],
            status=Question.Status.CLARIFYING,
            expires_at=timezone.now() + timedelta(hours=1),
            idempotency_key="chaos",
        )
        services.submit(question=question)

    def react(self):
        new = Invitation.objects.filter(pk__gt=self.met).select_related("question", "shop").order_by("pk")[:200]
        for invitation in new:
            self.met = invitation.pk
            roll = self.chance.random()
            if roll < 0.10:
                self.answer(invitation)
            elif roll < 0.25:
                self.try_to(services.pass_on, invitation=invitation, by=self.staff[invitation.shop_id])
            elif roll < 0.35:
                self.try_to(services.hold, invitation=invitation, by=self.staff[invitation.shop_id])
        self.take_one()

    def take_one(self):
        shop = Shop.objects.get(pk=self.chance.choice(list(self.staff)))
        question = pool_of(shop).first()
        if question and self.chance.random() < 0.2:
            taken = self.try_to(services.take, question=question, shop=shop, by=self.staff[shop.pk])
            if taken:
                self.answer(Invitation.objects.select_related("question", "shop").get(pk=taken.pk))

    def answer(self, invitation):
        given = self.try_to(services.answer, invitation=invitation, by=self.staff[invitation.shop_id], text="我家合适")
        if given:
            services.conclude_answer(answer=given, verdict=Verdict.PASSED)

    def try_to(self, step, **given):
        """A shop may be late."""
        try:
            return step(**given)
        except DomainError:
            return None


CATEGORY: list[int] = []


def burn(supervisor, town, seconds: float) -> int:
    """Kill something every few seconds until all has been asked and every deadline is over; returns how often."""
    kills, chance = 0, random.Random(11)
    next_kill, deadline = time.monotonic() + KILL_EVERY_SECONDS, time.monotonic() + seconds
    while time.monotonic() < deadline and not town.failed:
        supervisor.watch()
        asked_all = town.asked >= QUESTIONS
        if asked_all and is_quiet():
            if town.over.is_set():
                return kills
            # It would go on taking questions from the pool.
            town.over.set()
            town.join(60)
        if time.monotonic() > next_kill and not asked_all:
            child = supervisor.children[chance.choice([*WORKERS, "beat", "redis"])]
            child.deaths, kills = 0, kills + 1
            if child.is_running():
                os.killpg(child.process.pid, signal.SIGKILL)
            next_kill = time.monotonic() + KILL_EVERY_SECONDS
        time.sleep(0.2)
    pytest.fail(f"not quiet in time: {town.failed}, {town.asked} asked, {state()}")


def is_quiet() -> bool:
    now = timezone.now()
    waiting = OutboxEvent.objects.filter(status__in=["pending", "running"])
    return not (
        Ticket.objects.filter(done_at=None, due_at__lte=now + timedelta(seconds=60)).exists()
        or Wave.objects.filter(closed_at=None, question__status__in=["dispatched", "answered"]).exists()
        or Invitation.objects.open().filter(deadline_at__lte=now + timedelta(seconds=60)).exists()
        or waiting.filter(due_at__lte=now).exists()
        # A message that met a dead Redis is tried again later.
        or waiting.filter(kind="notifications.push").exists()
    )


def state() -> dict:
    return {row["status"]: row["n"] for row in Question.objects.order_by().values("status").annotate(n=Count("pk"))}


def test_killing_workers_beat_and_redis_loses_no_question_and_asks_nobody_twice(market, running, settings):
    CATEGORY[:] = [market[0].products.get().category_id]
    town = Town(market)
    town.ask()
    running.run_until(lambda: not Ticket.objects.filter(done_at=None).exists(), 120)  # Until all are up.
    Ticket.objects.update(due_at=F("done_at"))
    town.start()
    kills = burn(running, town, seconds=QUESTIONS / PER_SECOND * 3 + 180)
    assert not town.failed
    assert kills >= 1, "nothing was killed"
    each_question_ended_well()
    nobody_was_asked_twice()
    each_invitation_was_told()
    late = lateness()
    sys.stdout.write(f"\n{QUESTIONS} questions, {kills} kills, {state()}, late p50/p99/max: {late}\n")
    if FULL:
        assert all(p99 <= LATE_SECONDS for _p50, p99, _most in late.values())


def test_waves_go_on_while_beat_is_gone(market, running):
    CATEGORY[:] = [market[0].products.get().category_id]
    running.children.pop("beat").end_group()
    Town(market).ask()
    running.run_until(lambda: Wave.objects.filter(number=2).exists(), 120)
    assert Wave.objects.get(number=1).closed_at is not None


def each_question_ended_well() -> None:
    assert Question.objects.count() == QUESTIONS
    ended = ("answered", "adopted", "expired", "closed")
    assert not Question.objects.filter(pooled_at=None).exclude(status__in=ended).exists()
    full = Question.objects.annotate(n=Count("answers")).filter(n__gt=5)
    assert not full.exists()
    # Nothing waits for ever behind a lock or a lost worker.
    assert not Ticket.objects.filter(done_at=None, due_at__lt=timezone.now()).exists()


def nobody_was_asked_twice() -> None:
    repeated = Invitation.objects.values("question", "shop").annotate(n=Count("pk")).filter(n__gt=1)
    assert not repeated.exists()
    sizes = {number: size for number, (size, _seconds) in enumerate(WAVES, start=1)}
    for wave in Wave.objects.scheduled().annotate(n=Count("invitations")):
        assert wave.n == wave.size <= sizes.get(wave.number, WAVES[-1][0])


def each_invitation_was_told() -> None:
    """Those that matching asked have an inbox row and a message, which was sent or says why not."""
    asked = Invitation.objects.exclude(wave__number=Wave.POOL)
    told = set(InboxItem.objects.filter(kind="invitation").values_list("key", flat=True))
    assert not [row for row in asked.filter(untold="") if row.public_id not in told]
    assert len(told) == asked.filter(untold="").count()
    assert Push.objects.filter(item__kind="invitation").count() == len(told)
    assert not Push.objects.filter(status__in=[Push.Status.PENDING, Push.Status.SENDING]).exists()
    assert Answer.objects.filter(status=Answer.Status.SCREENING).count() == 0


def lateness() -> dict[str, tuple[float, float, float]]:
    """Seconds after their time: waves opened, waves closed at their deadline, invitations lapsed."""
    spans = {
        "opened": Ticket.objects.exclude(done_at=None).annotate(late=F("done_at") - F("due_at")),
        "closed": Wave.objects.filter(closed_at__gte=F("deadline_at"), size__gt=0).annotate(
            late=F("closed_at") - F("deadline_at")
        ),
        "lapsed": Invitation.objects.filter(status="lapsed").annotate(late=F("finished_at") - F("deadline_at")),
    }
    found = {}
    for name, rows in spans.items():
        seconds = [late.total_seconds() for late in rows.values_list("late", flat=True)] or [0.0]
        found[name] = tuple(
            round(part, 2) for part in (percentile(seconds, 0.5), percentile(seconds, 0.99), max(seconds))
        )
    return found
