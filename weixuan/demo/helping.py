"""Answers that help others: asked, answered, chosen, made public and judged, all through the services.

They are from the first days, before those of the history: two a day, at noon and after supper.
"""

import random
import tomllib
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from accounts.models import User
from notifications.services import mark_read
from qa import services as qa
from qa.models import Answer, Invitation, PublicAnswer, Question
from qa.public import search
from qa.selectors.pool import pool_of
from shops.models import Shop

from . import past
from .past import Past
from .people import CONSENT_VERSION, OPS, seed_person
from .sandbox import Sandbox
from .written import owner, sku

DATA = Path(__file__).parent / "data" / "public.toml"
KEY = "demo-public"
# The first of these days lies so many days back; the waves are looked at each half minute until they are over.
FIRST_DAY, LOOKS = 16, 40
READERS = ("阿哲", "叶子", "老周", "米粒", "大海", "若水", "栗子", "Echo")


def load() -> list[dict]:
    return tomllib.loads(DATA.read_text())["answer"]


def seed_public(buyers: dict[str, User], sandbox: Sandbox) -> None:
    """Tell each once.

    Args:
        buyers: by nickname; WeChat has seen them lately, or it would not judge their words.
    """
    told = load()
    if Question.objects.filter(idempotency_key=f"{KEY}-{len(told) - 1}").exists():
        return
    readers = [seed_person(name, sandbox, phone=False) for name in READERS]
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    begins = today - timedelta(days=FIRST_DAY)
    with past.since(begins) as days:
        for number, given in enumerate(told):
            draw = random.Random(f"{KEY}-{number}")  # noqa: S311 - a made-up day, the same each time
            days.move_to(_moment(begins, number, draw))
            public = _publish(buyers[given["buyer"]], given, f"{KEY}-{number}", days, draw)
            voices = [True] * given["helped"] + [False] * given.get("not_helped", 0)
            for reader, helped in zip(readers, voices, strict=False):
                days.wait(minutes=draw.uniform(4, 40))
                qa.give_feedback(public=public, by=reader, helped=helped)
        # What was told in these days has long been read.
        for user in User.objects.filter(inbox_items__read_at=None).distinct():
            mark_read(user=user)
    search.count()


def _moment(begins: datetime, number: int, draw: random.Random) -> datetime:
    day, evening = divmod(number, 2)
    return begins + timedelta(days=day, hours=20 if evening else 12, minutes=draw.uniform(0, 80))


def _publish(buyer: User, given: dict, key: str, days: Past, draw: random.Random) -> PublicAnswer:
    question = qa.ask(buyer=buyer, text=given["question"], idempotency_key=key)
    days.wait(seconds=draw.uniform(12, 50))
    question = qa.submit(question=question)
    shop = Shop.objects.get(name=given["shop"])
    invitation, by = _asked(question, shop, days, draw), owner(shop)
    days.wait(seconds=draw.uniform(15, 90))
    qa.open_invitation(invitation=invitation, by=by)
    days.wait(seconds=draw.uniform(50, 280))
    card = qa.Card(sku(shop, given["card"]))
    answer = qa.answer(invitation=invitation, by=by, text=given["text"], cards=[card], promises=shop.promises[:2])
    days.wait(minutes=draw.uniform(3, 30))
    chosen = Answer.objects.get(pk=answer.pk)
    qa.adopt(answer=chosen, by=buyer)
    days.wait(minutes=draw.uniform(1, 20))
    public = qa.propose(answer=chosen, by=buyer)
    qa.consent(public=public, by=buyer, question=public.question, version=CONSENT_VERSION)
    days.wait(seconds=5)
    return PublicAnswer.objects.get(pk=public.pk)


def _asked(question: Question, shop: Shop, days: Past, draw: random.Random) -> Invitation:
    """In a wave; or the shop takes up what the waves have left over; or ops think of it."""
    asked = Invitation.objects.filter(question=question, shop=shop).select_related("question", "shop")
    for _ in range(LOOKS):
        days.wait(seconds=30)
        if found := asked.first():
            return found
        question.refresh_from_db()
        if question.pooled_at:
            break
    days.wait(minutes=draw.uniform(2, 15))
    if pool_of(shop).filter(pk=question.pk).exists():
        return qa.take(question=question, shop=shop, by=owner(shop))
    [handed] = qa.hand_to(question=question, shops=[shop], by=User.objects.get(username=OPS))
    return handed
