"""Did it help? What people say orders the answers, tells the shop's standing, and makes badges; nothing else does."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import NotFound
from merchants.models import Merchant
from merchants.services import remove_staff
from qa import services
from qa.errors import NotYourVoice
from qa.models import PublicFeedback, ShopStanding
from qa.public import rating
from qa.selectors import publications
from tests.merchants.factories import make_member
from tests.shops.factories import owner_of

from .factories import make_buyer, make_publication, make_tea_shop, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def public():
    return make_publication(make_tea_shop("山南茶器"))


def test_wilsons_bound():
    """Against the published example: 1 of 1 and 10 of 10 at 95%."""
    assert rating.lower_bound(1, 1) == pytest.approx(0.2065, abs=1e-4)
    assert rating.lower_bound(10, 10) == pytest.approx(0.7225, abs=1e-4)
    assert rating.lower_bound(0, 0) == rating.lower_bound(0, 5) == 0
    assert rating.score(0, 4) < rating.score(0, 0) < rating.score(2, 0) < rating.score(20, 2)


def test_one_voice_a_person_that_may_change(public):
    reader = make_buyer("读者")
    for helped, counts in ((True, (1, 0)), (True, (1, 0)), (False, (0, 1)), (None, (0, 0)), (None, (0, 0))):
        row = services.give_feedback(public=public, by=reader, helped=helped)
        assert (row.helped, row.not_helped) == counts
    assert not PublicFeedback.objects.exists()


def test_neither_asker_nor_shop_judges(public):
    shop = public.shop
    agent = make_member(shop.merchant).user
    members = shop.merchant.memberships
    remove_staff(membership=members.get(user=agent), by=members.get(user=owner_of(shop)))
    for person in (public.answer.question.buyer, owner_of(shop), agent):
        with pytest.raises(NotYourVoice):
            services.give_feedback(public=public, by=person, helped=True)
    public.refresh_from_db()
    assert (public.helped, PublicFeedback.objects.count()) == (0, 0)


def test_what_is_not_public_is_not_judged():
    row = make_publication(make_tea_shop(), public=False)
    with pytest.raises(NotFound):
        services.give_feedback(public=row, by=make_buyer(), helped=True)
    assert not PublicFeedback.objects.exists()


def test_the_standing_hears_of_each_answer_once(public, settings):
    settings.QA_PROVEN_VOICES = 2
    before = ShopStanding.objects.get(shop=public.shop)

    def told() -> tuple[float, float]:
        now = ShopStanding.objects.get(shop=public.shop)
        return round(now.praise - before.praise, 2), round(now.blame - before.blame, 2)

    say(public, helped=1)
    assert told() == (0, 0)
    say(public, helped=1)
    assert (told(), public.proven) == ((1, 0), True)
    say(public, helped=5)
    assert told() == (1, 0)
    say(public, not_helped=7)
    assert (told(), public.proven, public.disproved) == ((0, 0), False, False)
    say(public, not_helped=1)
    assert (told(), public.disproved) == ((0, 1), True)


def test_similar_ones_that_helped_stand_first():
    one, two, three = (make_publication(make_tea_shop(f"茶店{n}")) for n in range(3))
    say(two, helped=3)
    say(three, not_helped=3)
    found = list(publications.public_answers(query="送爸爸的茶具"))
    assert found == [two, one, three]


def badges_of(shop) -> list[tuple[str, int]]:
    return [(row["category"]["name"], row["answers"]) for row in publications.badges_of_shop(shop)]


def test_a_badge_comes_and_goes_with_what_people_say(settings):
    settings.QA_BADGE_ANSWERS, settings.QA_PROVEN_VOICES = 3, 2
    shop = make_tea_shop("山南茶器")
    rows = [make_publication(shop) for _ in range(3)]
    for row in rows[:2]:
        say(row, helped=2)
    assert badges_of(shop) == []
    say(rows[2], helped=2)
    assert badges_of(shop) == [("茶具", 3)]
    services.withdraw(public=rows[0], by=rows[0].answer.question.buyer)
    assert badges_of(shop) == []


def test_one_friend_who_asks_much_makes_no_badge(settings):
    settings.QA_BADGE_ANSWERS, settings.QA_PROVEN_VOICES = 2, 1
    shop, friend = make_tea_shop(), make_buyer()
    rows = [make_publication(shop, buyer=friend) for _ in range(3)]
    for row in rows:
        say(row, helped=1)
    assert badges_of(shop) == []
    say(make_publication(shop), helped=1)
    assert badges_of(shop) == [("茶具", 4)]


def test_neither_badge_nor_place_can_be_bought(settings):
    """No statement of finding, showing or badging reads what anybody pays, and changing it changes nothing."""
    settings.QA_BADGE_ANSWERS, settings.QA_PROVEN_VOICES = 1, 1
    shops = [make_tea_shop(f"茶店{n}") for n in range(3)]
    rows = [make_publication(shop) for shop in shops]
    say(rows[1], helped=1)

    def read() -> list:
        found = publications.with_parts(publications.public_answers(query="送爸爸的茶具"))
        badges = [publications.badges_of_shop(shop) for shop in shops]
        return [publications.cards_json(list(found)), badges]

    with CaptureQueriesContext(connection) as queries:
        before = read()
    paid = ("fee_rate", "fee_fen", "commission", "deposit", '"payments_', "ledger", '"ads_')
    assert [q["sql"] for q in queries if any(word in q["sql"] for word in paid)] == []
    for rate, shop in zip((0, 100, 3000), shops, strict=True):
        Merchant.objects.filter(shop=shop).update(fee_rate_bp=rate)
    assert read() == before
    assert [bool(badges) for badges in before[1]] == [False, True, False]
