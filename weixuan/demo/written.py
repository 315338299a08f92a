"""What the demo's shops have written in advance, and a question whose answers can be compared."""

import tomllib
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from accounts.models import User
from merchants.models import Role
from qa import services as qa
from qa.models import Answer, Invitation
from shops.models import Category, Shop, Sku

from .past import Past

DATA = Path(__file__).parent / "data" / "written.toml"
KEY = "demo-story-comparison"


def load() -> dict:
    return tomllib.loads(DATA.read_text())


def seed_written() -> None:
    """Phrases and prepared answers; what a shop has already stays."""
    for entry in load()["shop"]:
        shop = Shop.objects.get(name=entry["name"])
        by = owner(shop)
        for title, text in entry.get("snippets", []):
            if not shop.snippets.filter(title=title).exists():
                qa.save_snippet(shop=shop, by=by, title=title, text=text)
        for given in entry.get("prepared", []):
            if not shop.prepared_answers.filter(title=given["title"]).exists():
                _prepare(shop, by, given)


def owner(shop: Shop) -> User:
    return shop.merchant.memberships.get(role=Role.OWNER, removed_at=None).user


def _prepare(shop: Shop, by: User, given: dict) -> None:
    draft = qa.Preparation(
        title=given["title"],
        category=Category.objects.get(name=given["category"]),
        text=given["text"],
        cards=[sku(shop, card) for card in given["cards"]],
        attributes=given.get("attributes", {}),
        words=given.get("words", ()),
        budget_max_fen=given.get("budget_max_fen"),
        promises=given["promises"],
        arrive_days=given["arrive_days"],
    )
    row = qa.prepare(shop=shop, by=by, draft=draft)
    qa.screen_prepared(row.pk)
    if not given["on"]:
        qa.pause_prepared(prepared=row, by=by)


def sku(shop: Shop, card: str) -> Sku:
    title, _bar, variant = (part.strip() for part in card.partition("|"))
    on_sale = Sku.objects.filter(shop=shop, product__title=title, archived_at=None).select_related("product__shop")
    return on_sale.filter(name=variant).first() or on_sale.first()


def tell_comparison(buyer: User, days: Past) -> None:
    """Ask, let one shop answer by itself and two in their own words; nothing is chosen yet."""
    story = load()["comparison"]
    day = timezone.localdate() + timedelta(days=story["days"])
    text = f"{story['question']}，{day.month}月{day.day}日前要"
    question = qa.ask(buyer=buyer, text=text, city="杭州", idempotency_key=KEY)
    days.wait(seconds=38)
    question = qa.submit(question=question)
    # Until the second wave.
    days.wait(seconds=100)
    for given in story["answer"]:
        invitation = Invitation.objects.filter(question=question, shop__name=given["shop"]).select_related("shop")
        if found := invitation.first():
            _answer(found, given, days)


def _answer(invitation: Invitation, given: dict, days: Past) -> Answer:
    shop = invitation.shop
    by = owner(shop)
    qa.open_invitation(invitation=invitation, by=by)
    days.wait(seconds=given["seconds"])
    answer = qa.answer(
        invitation=invitation,
        by=by,
        text=given["text"],
        cards=[qa.Card(sku(shop, given["card"]))],
        promises=shop.promises[:2],
        arrive_by=timezone.localdate() + timedelta(days=given["days"]),
    )
    days.wait(seconds=10)
    return answer
