"""The demo's public answers: they can be told, and earn the badges that they are there to show."""

from collections import Counter

import pytest

from accounts.models import User
from qa.models import PublicAnswer
from qa.selectors import publications
from qa.understanding.anonymising import anonymise
from tests.qa.factories import make_buyer
from wechat import clients
from weixuan.demo import catalogue, helping, people
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
    rows = PublicAnswer.objects.visible()
    assert rows.count() == 12
    assert all(row.category and row.answer.cards.count() == 1 for row in rows)
    badges = publications.badges(rows.values_list("shop_id", flat=True))
    assert sorted((badge.category, badge.answers) for found in badges.values() for badge in found) == [
        ("护肤", 3),
        ("茶具", 4),
    ]
