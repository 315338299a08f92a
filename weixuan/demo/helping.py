"""Answers that help others: asked, answered, chosen, made public and judged, all through the services."""

import tomllib
from pathlib import Path

from accounts.models import User
from qa import services as qa
from qa.models import Answer, PublicAnswer
from qa.public import search
from shops.models import Shop

from .people import CONSENT_VERSION, OPS, seed_person
from .sandbox import Sandbox
from .written import owner, sku

DATA = Path(__file__).parent / "data" / "public.toml"
KEY = "demo-public"
READERS = ("阿哲", "叶子", "老周", "米粒", "大海", "若水", "栗子", "Echo")


def load() -> list[dict]:
    return tomllib.loads(DATA.read_text())["answer"]


def seed_public(buyers: dict[str, User], sandbox: Sandbox) -> None:
    """Tell each once.

    Args:
        buyers: by nickname; WeChat has seen them lately, or it would not judge their words.
    """
    readers = [seed_person(name, sandbox, phone=False) for name in READERS]
    for number, given in enumerate(load()):
        public = _publish(buyers[given["buyer"]], given, f"{KEY}-{number}")
        voices = [True] * given["helped"] + [False] * given.get("not_helped", 0)
        for reader, helped in zip(readers, voices, strict=False):
            qa.give_feedback(public=public, by=reader, helped=helped)
    search.count()


def _publish(buyer: User, given: dict, key: str) -> PublicAnswer:
    question = qa.submit(question=qa.ask(buyer=buyer, text=given["question"], idempotency_key=key))
    shop = Shop.objects.get(name=given["shop"])
    [invitation] = qa.hand_to(question=question, shops=[shop], by=User.objects.get(username=OPS))
    by = owner(shop)
    qa.open_invitation(invitation=invitation, by=by)
    card = qa.Card(sku(shop, given["card"]))
    answer = qa.answer(invitation=invitation, by=by, text=given["text"], cards=[card], promises=shop.promises[:2])
    # The worker would wait for the undo window; in the story it is long over.
    qa.screen_answer(answer.pk)
    chosen = Answer.objects.get(pk=answer.pk)
    qa.adopt(answer=chosen, by=buyer)
    public = qa.propose(answer=chosen, by=buyer)
    qa.consent(public=public, by=buyer, question=public.question, version=CONSENT_VERSION)
    qa.screen_public(public.pk)
    return PublicAnswer.objects.get(pk=public.pk)
