"""The demo's public answers: they can be told, and earn the badges that they are there to show."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from core.models import OutboxEvent
from notifications.models import InboxItem
from qa.models import Invitation, PublicAnswer, Question, Wave
from qa.selectors import publications
from qa.understanding.anonymising import anonymise
from tests.qa.factories import make_buyer
from wechat import clients
from weixuan.demo import catalogue, helping, history, people
from weixuan.demo.sandbox import Sandbox


def test_the_data_names_people_and_shops_that_are_there_and_nobody_else():
    shops, told = {entry["name"] for entry in catalogue.shop_entries()}, helping.load()
    assert len(told) == 12
    assert {given["shop"] for given in told} <= shops
    assert {given["buyer"] for given in told} <= people.BUYERS.keys()
    assert all(given["helped"] + given.get("not_helped", 0) <= len(helping.READERS) for given in told)
    assert all(anonymise(given[name]) == given[name] for given in told for name in ("question", "text"))


@pytest.mark.django_db
def test_they_are_told_through_the_services_and_earn_two_badges(wechat):
    with Sandbox() as sandbox:
        catalogue.seed_taxonomy()
        people.seed_ops()
        names = Counter(given["shop"] for given in helping.load())
        for entry in catalogue.shop_entries():
            if entry["name"] in names:
                owner = people.seed_owner(entry, sandbox)
                shop, _made = catalogue.seed_shop(entry, owner, sandbox)
                catalogue.seed_products(shop, entry, owner)
        buyers: dict[str, User] = {}
        for name in people.BUYERS:
            person = wechat.person(name)
            clients.mini_program().code_to_session(code=person.login_code())
            buyers[name] = make_buyer(name, openid=person.mini_openid)
        helping.seed_public(buyers, sandbox)
        asked = Question.objects.count()
        helping.seed_public(buyers, sandbox)
    assert Question.objects.count() == asked == 12
    rows = PublicAnswer.objects.visible()
    assert rows.count() == 12
    assert all(row.category and row.answer.cards.count() == 1 for row in rows)
    badges = publications.badges(rows.values_list("shop_id", flat=True))
    assert sorted((badge.category, badge.answers) for found in badges.values() for badge in found) == [
        ("护肤", 3),
        ("茶具", 4),
    ]
    assert_they_look_lived(rows)


def assert_they_look_lived(rows):
    """Days ago, two a day, answered after minutes by shops that were asked in waves; all is over."""
    asked = sorted(rows.values_list("answer__question__created_at", flat=True))
    days = Counter(timezone.localtime(at).date() for at in asked)
    assert set(days.values()) == {2} and timezone.now() - asked[-1] > timedelta(days=history.DAYS)
    waits = [row.answer.question.first_answer_at - row.answer.question.dispatched_at for row in rows]
    assert timedelta(minutes=1) < min(waits) and len({wait.seconds // 10 for wait in waits}) > 6
    waves = Counter(rows.values_list("answer__invitation__wave__number", flat=True))
    assert waves[1] > waves[Wave.DESK]
    assert not Invitation.objects.open().exists() and not InboxItem.objects.filter(read_at=None).exists()
    assert OutboxEvent.objects.filter(kind="notifications.push", status="done").count() > 12
