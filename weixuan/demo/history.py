"""The days before the demo begins: what was asked, who was asked, what came of it.

The services tell of now only, so these rows are written as they would have left them; whom to ask, with what score
and by which chance, comes from the real matching, and what is known of the shops through its one door.
"""

import random
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from core import outbox
from merchants.models import Role
from qa import matching
from qa.matching import Match
from qa.matching.rates import Record, adoption_rate, answer_rate
from qa.matching.scoring import Shops, Weights, score
from qa.models import Answer, Consideration, Invitation, Question, Wave
from qa.need import Need
from qa.services.dispatching.rules import schedule, window
from qa.services.standing import Event, Noted, count_categories, note
from qa.understanding import understand
from shops.models import Product, Shop

from .people import seed_person
from .sandbox import Sandbox

DATA = Path(__file__).parent / "data" / "history.toml"
KEY = "demo-history"
DAYS = 9
# Questions by hour, from 0 to 23: few at night, most after supper.
BY_HOUR = (1, 1, 0, 0, 0, 0, 1, 2, 4, 6, 7, 7, 8, 7, 6, 6, 6, 6, 7, 9, 11, 10, 7, 3)
# What is told has an end: nothing of it is still on its way when the demo begins.
SETTLED = timedelta(minutes=30)
# Whose phones can pay for what they chose (stories).
PAYING = ("老陈", "Momo", "小雨")
REFUSED, NOT_SENT, CHOOSES, PASSES = 0.03, 0.05, 0.55, 0.12
WORDS = (
    "推荐{title}，{yuan} 元，现货，今天就能发。", "您说的情况，{title}正合适，{yuan} 元，用着不好可以退。",
    "{title}，{yuan} 元。好些老顾客都买它，有问题随时问我。",
)  # fmt: skip


@dataclass
class Habits:
    """What is true of a shop, and what the platform has seen of it so far."""

    shop: Shop
    attention: float
    minutes: float
    skill: float
    record: Record = field(default_factory=Record)
    recent: list[datetime] = field(default_factory=list)


def data() -> dict:
    return tomllib.loads(DATA.read_text())


def seed_history(buyers: list[User], sandbox: Sandbox) -> None:
    """Write it once, before anything is asked that is still open."""
    if _ours().exists():
        return
    with transaction.atomic():
        days = _Days(buyers, sandbox)
        days.live()
        days.write()
    days.tell()
    count_categories()


def _ours() -> QuerySet[Question]:
    return Question.objects.filter(idempotency_key__startswith=KEY)


class _Days:
    def __init__(self, buyers: list[User], sandbox: Sandbox):
        self.data = data()
        self.draw = random.Random(7)  # noqa: S311 - made-up days, the same each time
        self.now = timezone.now()
        # Half of them are the three who can pay; the first buyer's page shall begin empty.
        paying = [buyer for buyer in buyers if buyer.nickname in PAYING]
        others = [seed_person(name, sandbox, phone=False) for name in self.data["buyers"]]
        self.buyers = [*others, *paying * 2]
        # What each text is understood as, and whom the matching finds for it.
        self.found: dict[str, tuple[Need, list[Match]]] = {}
        self.products = dict(Product.objects.values_list("pk", "title"))
        self.prices = dict(Product.objects.values_list("pk", "price_from_fen"))
        self.habits = {shop.pk: self._habits(shop) for shop in Shop.objects.order_by("pk")}
        self.owners = dict(
            Shop.objects.filter(merchant__memberships__role=Role.OWNER, merchant__memberships__removed_at=None)
            .values_list("pk", "merchant__memberships__user")
        )  # fmt: skip
        self.questions: list[tuple[Question, datetime]] = []
        self.waves: list[Wave] = []
        self.considered: list[Consideration] = []
        self.invitations: list[Invitation] = []
        self.answers: list[Answer] = []
        self.noted: dict[datetime, list[Noted]] = {}

    def _habits(self, shop: Shop) -> Habits:
        draw = random.Random(shop.name)  # noqa: S311
        return Habits(shop, draw.betavariate(1.6, 1.3), draw.lognormvariate(1.5, 0.8), draw.betavariate(2, 2))

    def live(self) -> None:
        """Questions in the order in which they were asked."""
        for at in sorted(self._moments()):
            self._ask(at)

    def _moments(self):
        midnight = timezone.localtime(self.now).replace(hour=0, minute=0, second=0, microsecond=0)
        for days_ago in range(DAYS, -1, -1):
            for _ in range(self.draw.randint(24, 30) + 2 * (DAYS - days_ago)):
                hour = self.draw.choices(range(24), BY_HOUR)[0]
                at = midnight - timedelta(days=days_ago) + timedelta(hours=hour, seconds=self.draw.uniform(0, 3600))
                if at < self.now - SETTLED:
                    yield at

    def _ask(self, at: datetime) -> None:
        draw = self.draw
        text = self._text()
        if text not in self.found:
            need = understand(text)
            self.found[text] = need, matching.match(need, exclude=(), limit=40, at=self.now)
        need, matches = self.found[text]
        question = Question(
            buyer=draw.choice(self.buyers), text=text, category_id=need.category_id, need=need.to_json(), verdict="pass",
            expires_at=at + timedelta(seconds=settings.QA_QUESTION_LIFETIME_SECONDS),
            idempotency_key=f"{KEY}-{len(self.questions):04d}", status=Question.Status.EXPIRED,
        )  # fmt: skip
        self.questions.append((question, at))
        if draw.random() < REFUSED:
            question.verdict, question.status = "risky", Question.Status.REJECTED
        elif draw.random() >= NOT_SENT:
            self._dispatch(question, at + timedelta(seconds=draw.uniform(20, 90)), matches)

    def _text(self) -> str:
        kinds = self.data["category"]
        kind = self.draw.choices([*kinds, None], [*(kind["often"] for kind in kinds), 3])[0]
        return self.draw.choice(kind["texts"] if kind else self.data["nowhere"])

    def _dispatch(self, question: Question, at: datetime, matches: list[Match]) -> None:
        question.dispatched_at = at
        fitting = {match.shop_id: match for match in matches if not match.reason}
        given: list[Answer] = []
        number, opens = 1, at
        while number <= len(settings.QA_WAVES) and len([one for one in given if one.visible_at <= opens]) < 5:
            size, lasts = schedule(number)
            given += self._wave(question, number, opens, size, fitting, [m for m in matches if m.reason])
            number, opens = number + 1, opens + lasts
        self._conclude(question, opens, sorted(given, key=lambda one: one.visible_at)[: settings.QA_MAX_ANSWERS])

    def _wave(self, question, number, at, size, fitting, refused) -> list[Answer]:
        wave = Wave(question=question, number=number, opened_at=at, deadline_at=at + schedule(number)[1], size=0)
        wave.closed_at = wave.deadline_at
        self.waves.append(wave)
        candidates = list(fitting.values())
        features = [self._features(match, question.category_id, at) for match in candidates]
        asked = self._choose(candidates, features, size, number)
        wave.size = len(asked)
        for place, match in enumerate(candidates):
            row = Consideration(
                question=question, wave_number=number, shop_id=match.shop_id, score=asked.get(place, (0, None))[0] or match.score,
                features=features[place], products=match.product_ids, asked=place in asked,
            )  # fmt: skip
            self.considered.append(row)
        self.considered += [
            Consideration(
                question=question, wave_number=number, shop_id=match.shop_id, score=match.score, features=match.features,
                products=match.product_ids, asked=False, reason=match.reason,
            )
            for match in refused
        ]  # fmt: skip
        answers = []
        for place, (_total, propensity) in asked.items():
            match = fitting.pop(candidates[place].shop_id)
            answers += self._invite(question, wave, match, features[place], propensity)
        return answers

    def _choose(self, candidates, features, size, number) -> dict[int, tuple[float, float | None]]:
        """Places of those that are asked, with their score and chance, as the matching scores them."""
        if not candidates:
            return {}
        seed = 100 * len(self.questions) + number
        scores = score(Shops.of(features), Weights(), places=size, seed=seed, draws=settings.QA_DRAWS)
        best = sorted(range(len(candidates)), key=lambda place: -scores.total[place])[:size]
        chances = scores.propensity
        return {
            place: (float(scores.total[place]), None if chances is None else float(chances[place])) for place in best
        }

    def _features(self, match: Match, category_id: int | None, at: datetime) -> dict[str, float]:
        habits = self.habits[match.shop_id]
        habits.recent = [moment for moment in habits.recent if at - moment < timedelta(hours=6)]
        chain = (Record(), Record(), habits.record, Record())
        rate = round(answer_rate(*chain), 4)
        known = {
            "rate": rate, "answers": rate, "adoption": round(adoption_rate(*chain), 4), "trials": habits.record.trials,
            "recent": len(habits.recent) / 2, "load": 0.0, "hour": float(timezone.localtime(at).hour),
        }  # fmt: skip
        return {**match.features, **known}

    def _invite(self, question, wave, match, features, propensity) -> list[Answer]:
        draw, habits = self.draw, self.habits[match.shop_id]
        habits.recent.append(wave.opened_at)
        took = timedelta(minutes=min(60.0, draw.lognormvariate(0, 0.7) * habits.minutes))
        lasts = window(wave.number)
        status, ended = Invitation.Status.LAPSED, lasts
        if draw.random() < PASSES * (1 - habits.attention):
            status, ended = Invitation.Status.PASSED, min(took, lasts)
        elif draw.random() < habits.attention and took < lasts:
            status, ended = Invitation.Status.ANSWERED, took
        row = Invitation(
            question=question, wave=wave, shop_id=match.shop_id, status=status, deadline_at=wave.opened_at + lasts,
            finished_at=wave.opened_at + ended, features=features, propensity=propensity,
            seen_at=None if status == Invitation.Status.LAPSED else wave.opened_at + ended / 3,
        )  # fmt: skip
        self.invitations.append(row)
        self._note(row, question, ended)
        return [self._answer(row, question, match)] if status == Invitation.Status.ANSWERED else []

    def _answer(self, row: Invitation, question: Question, match: Match) -> Answer:
        product = (match.product_ids or [next(iter(self.products))])[0]
        words = self.draw.choice(WORDS).format(title=self.products[product], yuan=self.prices[product] // 100)
        return Answer(
            question=question, invitation=row, shop_id=row.shop_id, staff_id=self.owners[row.shop_id], text=words,
            promises=self.habits[row.shop_id].shop.promises[:2], status=Answer.Status.VISIBLE, verdict="pass",
            visible_at=row.finished_at + timedelta(seconds=8),
        )  # fmt: skip

    def _note(self, row: Invitation, question: Question, ended: timedelta) -> None:
        event = {"answered": Event.ANSWERED, "passed": Event.PASSED}.get(row.status, Event.LAPSED)
        told = self.noted.setdefault(self._told_at(row.finished_at), [])
        told.append(Noted(Event.ASKED, row.shop_id, question.category_id))
        told.append(Noted(event, row.shop_id, question.category_id, ended.total_seconds()))
        known = self.habits[row.shop_id].record
        if event != Event.PASSED:
            won = int(event == Event.ANSWERED)
            self.habits[row.shop_id].record = Record(known.trials + 1, known.answers + won, known.adoptions)

    def _conclude(self, question: Question, over_at: datetime, given: list[Answer]) -> None:
        """What the buyer saw and did. Who came too late for a place was not needed any more."""
        kept = {id(one.invitation) for one in given}
        self.answers += given
        for row in self.invitations:
            if row.question is question and row.status == Invitation.Status.ANSWERED and id(row) not in kept:
                row.status = Invitation.Status.WITHDRAWN
        alive = question.expires_at > self.now
        question.answer_count = len(given)
        if given:
            question.first_answer_at = given[0].visible_at
        if given and self.draw.random() < CHOOSES:
            self._adopt(question, given)
            return
        if len(given) < settings.QA_MAX_ANSWERS:
            question.pooled_at = over_at
            question.no_answer_at = None if given else over_at
        if alive:
            question.status = Question.Status.ANSWERED if given else Question.Status.DISPATCHED

    def _adopt(self, question: Question, given: list[Answer]) -> None:
        best = max(given, key=lambda one: self.habits[one.shop_id].skill + self.draw.gauss(0, 0.2))
        best.status, question.status = Answer.Status.ADOPTED, Question.Status.ADOPTED
        record = self.habits[best.shop_id].record
        self.habits[best.shop_id].record = Record(record.trials, record.answers, record.adoptions + 1)
        told = self.noted.setdefault(self._told_at(best.visible_at), [])
        told.append(Noted(Event.ADOPTED, best.shop_id, question.category_id))

    def _told_at(self, at: datetime) -> datetime:
        """Days together; the last one by hours, because what is recent fades within hours."""
        day = at.replace(minute=59, second=0, microsecond=0)
        return min(day if self.now - at < timedelta(days=1) else day.replace(hour=23), self.now)

    def write(self) -> None:
        """Everything in a few statements; the times that rows give themselves are put right afterwards."""
        questions = Question.objects.bulk_create(question for question, _at in self.questions)
        for question, (_same, at) in zip(questions, self.questions, strict=True):
            question.created_at = at
        Question.objects.bulk_update(questions, ["created_at"], batch_size=200)
        Wave.objects.bulk_create(self.waves)
        Consideration.objects.bulk_create(self.considered, batch_size=1000)
        Invitation.objects.bulk_create(self.invitations, batch_size=1000)
        Answer.objects.bulk_create(self.answers)
        opened = Wave.objects.filter(pk=OuterRef("wave")).values("opened_at")
        Invitation.objects.filter(question__in=_ours()).update(created_at=Subquery(opened))
        Answer.objects.filter(question__in=_ours()).update(created_at=F("visible_at") - timedelta(seconds=8))
        for question in questions:
            if question.is_live:
                outbox.enqueue(
                    kind="qa.expire", key=question.public_id, payload={"question_id": question.pk},
                    due_at=question.expires_at,
                )  # fmt: skip

    def tell(self) -> None:
        """What the platform has seen of the shops, in order."""
        for at, told in sorted(self.noted.items()):
            note(told, at=at)
