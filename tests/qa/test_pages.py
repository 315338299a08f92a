"""The merchant's pages: happy path, stranger, other role; and the words a shop may know."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from merchants.models import Membership, Role
from qa import selectors, services, stories
from qa.models import Answer, Invitation, Question
from tests.shops.factories import make_category, make_product, only_sku, owner_of

from .factories import invitation_of, make_answer, make_buyer, make_question, make_tea_category, make_tea_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器", promises=["包邮"])


@pytest.fixture
def staff(client, shop):
    client.force_login(owner_of(shop))
    return client


@pytest.fixture
def invitation(shop):
    return invitation_of(make_question(text="送爸爸的茶具，喝普洱，400-600"), shop)


def bench(invitation, tail: str = "") -> str:
    return f"/m/questions/{invitation.public_id}/{tail}"


def filled(shop, **more) -> dict:
    product = shop.products.first()
    return {
        "text": "这款合适",
        "card": [f"{product.public_id}:{only_sku(product).public_id}"],
        "promise": ["包邮"],
        **more,
    }


def test_inbox_shows_what_waits_in_two_groups(staff, shop, invitation):
    hurried = invitation_of(make_question(), shop)
    Invitation.objects.filter(pk=hurried.pk).update(deadline_at=timezone.now() + timedelta(seconds=100))
    page = staff.get("/m/questions/")
    assert [row.invitation for row in page.context["soon"]] == [hurried]
    assert [row.invitation for row in page.context["later"]] == [invitation]
    assert "¥400–600" in page.content.decode()


def test_inbox_answers_htmx_with_the_fragment_alone(staff, invitation):
    page = staff.get("/m/questions/", headers={"HX-Request": "true"}).content.decode()
    assert page.lstrip().startswith('<div id="inbox"')


@pytest.mark.parametrize("view", ["waiting", "answered", "adopted", "missed", "<x>"])
def test_every_tab_opens_empty_and_filled(staff, shop, invitation, view):
    assert staff.get("/m/questions/", {"view": view, "q": "没有", "rich": "1"}).status_code == 200
    answer = make_answer(invitation.question, shop)
    services.adopt(answer=answer, by=invitation.question.buyer)
    assert staff.get("/m/questions/", {"view": view}).status_code == 200


def test_tabs_count_each_question_once(staff, shop):
    answered, passed, lapsed = (invitation_of(make_question(), shop) for _ in range(3))
    make_answer(answered.question, shop)
    services.pass_on(invitation=passed, by=owner_of(shop))
    Invitation.objects.filter(pk=lapsed.pk).update(deadline_at=timezone.now())
    assert selectors.tab_counts(shop) == {"waiting": 0, "answered": 1, "adopted": 0, "missed": 2}


def test_filters_narrow(staff, shop, invitation):
    make_question(text="想买茶具，280以内")
    rows = staff.get("/m/questions/", {"rich": "1"}).context["later"]
    assert [row.invitation for row in rows] == [invitation]
    assert staff.get("/m/questions/", {"q": "280以内"}).context["page"].paginator.count == 1


def test_opening_the_workbench_is_seen(staff, invitation):
    page = staff.get(bench(invitation))
    assert page.status_code == 200
    invitation.refresh_from_db()
    assert invitation.status == "seen"
    assert page.context["composer"].picks[0].why.startswith("预算内")


def test_the_picker_finds_by_a_keyword_of_the_category_too(staff, shop, invitation):
    presents = make_category("特产", keywords="伴手礼")
    for title in ("桃酥", "伴手礼盒"):
        make_product(shop, title=title, category=presents)
    picks = staff.get(bench(invitation, "picks/"), {"q": "伴手礼"}).context["composer"].picks
    assert [pick.product.title for pick in picks] == ["伴手礼盒", "桃酥"]


def test_markup_in_a_question_is_shown_as_text(staff, shop):
    hostile = invitation_of(make_question(text="<script>alert(1)</script>茶具 <img src=x onerror=alert(1)>"), shop)
    for path in ("/m/questions/", bench(hostile)):
        page = staff.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_draft_is_kept_and_previewed(staff, shop, invitation):
    make_product(shop, title="茶杯", category=make_tea_category())
    staff.post(bench(invitation, "draft/"), filled(shop))
    reply = staff.post(bench(invitation, "draft/"), filled(shop, card=[], add=shop.products.last().public_id))
    assert reply.status_code == 200
    invitation.refresh_from_db()
    assert (invitation.status, invitation.draft["text"], len(invitation.draft["cards"])) == ("writing", "这款合适", 2)
    staff.post(bench(invitation, "draft/"), filled(shop, remove=shop.products.first().public_id))
    invitation.refresh_from_db()
    assert [card["product"] for card in invitation.draft["cards"]] == [shop.products.last().public_id]


def test_sending_goes_on_to_the_next_question_with_undo(staff, shop, invitation):
    following = invitation_of(make_question(), shop)
    reply = staff.post(bench(invitation), filled(shop))
    assert reply.headers["Location"] == bench(following)
    assert Answer.objects.get().cards.count() == 1
    page = staff.get(bench(following)).content.decode()
    assert bench(invitation, "take-back/") in page
    assert staff.post(bench(invitation, "take-back/")).headers["Location"] == bench(invitation)
    assert not Answer.objects.exists()
    assert "这款合适" in staff.get(bench(invitation)).content.decode()


def test_refusals_stand_beside_the_field_and_keep_the_words(staff, shop, invitation):
    reply = staff.post(bench(invitation), filled(shop, text="", arrive_by="2020-01-01"))
    assert reply.status_code == 422
    other = make_tea_shop("别家").products.get()
    reply = staff.post(bench(invitation), {"text": "好词", "card": [f"{other.public_id}:{only_sku(other).public_id}"]})
    assert (reply.status_code, "好词" in reply.content.decode()) == (422, True)
    assert not Answer.objects.exists()


def test_late_words_are_kept(staff, shop, invitation):
    Invitation.objects.filter(pk=invitation.pk).update(deadline_at=timezone.now())
    reply = staff.post(bench(invitation), filled(shop, text="来晚了"))
    assert (reply.status_code, "来晚了" in reply.content.decode()) == (422, True)
    assert "来晚了" in staff.get(bench(invitation)).content.decode()


def test_passing_is_one_tap_and_can_be_undone(staff, invitation):
    make_tea_shop("还有一家")
    assert (
        staff.post(bench(invitation, "pass/"), {"next": "https://evil.example/"}).headers["Location"] == "/m/questions/"
    )
    invitation.refresh_from_db()
    assert invitation.status == "passed"
    staff.post(bench(invitation, "pass/undo/"))
    invitation.refresh_from_db()
    assert invitation.status == "seen"


@pytest.mark.parametrize("end", ["visible", "screening", "adopted", "passed", "over", "closed"])
def test_the_workbench_opens_in_every_state(staff, shop, invitation, end):
    if end in ("visible", "screening", "adopted"):
        answer = make_answer(invitation.question, shop, shown=end != "screening")
        if end == "adopted":
            services.adopt(answer=answer, by=invitation.question.buyer)
    elif end == "closed":
        services.close_question(question=invitation.question, by=invitation.question.buyer)
    elif end == "passed":
        services.pass_on(invitation=invitation, by=owner_of(shop))
    else:
        Invitation.objects.filter(pk=invitation.pk).update(deadline_at=timezone.now())
    page = staff.get(bench(invitation))
    assert (page.status_code, page.context["mode"]) == (200, end)
    assert staff.get(bench(invitation, "state/")).status_code == 200


PATHS = ["", "state/", "picks/"]
POSTS = ["", "draft/", "take-back/", "pass/", "pass/undo/"]


def test_another_shops_question_is_not_found_and_does_not_move(client, invitation):
    client.force_login(owner_of(make_tea_shop("别家")))
    before = Invitation.objects.filter(pk=invitation.pk).values().get()
    assert [client.get(bench(invitation, tail)).status_code for tail in PATHS] == [404] * len(PATHS)
    assert [client.post(bench(invitation, tail), {"text": "偷答"}).status_code for tail in POSTS] == [404] * len(POSTS)
    assert Invitation.objects.filter(pk=invitation.pk).values().get() == before


def test_finance_may_not_answer_and_strangers_must_sign_in(client, shop, invitation):
    assert client.get(bench(invitation)).status_code == 302
    clerk = User.objects.create_user(nickname="财务")
    Membership.objects.create(merchant=shop.merchant, user=clerk, role=Role.FINANCE)
    client.force_login(clerk)
    assert [client.get(path).status_code for path in ("/m/questions/", bench(invitation))] == [403, 403]
    assert client.post(bench(invitation), filled(shop)).status_code == 403
    assert not Answer.objects.exists()


def queries_of(client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_pages_cost_the_same_with_one_question_and_with_three(staff, shop, invitation):
    staff.get(bench(invitation))
    inbox, workbench = queries_of(staff, "/m/questions/"), queries_of(staff, bench(invitation))
    for _ in range(2):
        make_question(buyer=make_buyer())
        make_product(shop, title="茶杯", category=make_tea_category())
    assert queries_of(staff, "/m/questions/") == inbox
    assert queries_of(staff, bench(invitation)) == workbench


def test_home_selectors_tell_the_day(shop, invitation):
    membership = Membership.objects.get(merchant=shop.merchant)
    make_answer(make_question(), shop)
    assert selectors.open_invitation_count(membership) == 1
    row, products = selectors.next_invitation(membership)
    assert (row.invitation, products) == (invitation, list(shop.products.all()))
    assert selectors.today_funnel(membership) == {"asked": 2, "answered": 1, "adopted": 0}
    days = selectors.daily_adoption(membership)
    assert (len(days), days[-1]["answered"]) == (14, 1)


def test_ops_read_the_whole_story_on_one_page(client, shop, invitation):
    make_tea_shop("休息", takes_questions=False)
    question = make_question()
    make_answer(question, shop)
    client.force_login(User.objects.create_superuser("ops", "password"))
    page = client.get(f"/ops/qa/question/{question.pk}/change/")
    text = page.content.decode()
    assert page.status_code == 200
    for words in ("山南茶器", "休息", "没在接问题", "相关度", "买家可见"):
        assert words in text, words
    considered = text[text.index("ops-considered") :]
    assert considered.index("山南茶器") < considered.index("休息"), "whom it went to stands first"
    assert client.get("/ops/qa/question/").status_code == 200
    assert client.get("/ops/qa/answer/").status_code == 200
    assert client.get("/ops/qa/invitation/").status_code == 200


def test_the_pool_says_that_a_question_is_free_to_take_not_free_of_postage(staff):
    question = make_question(wave=False)
    Question.objects.filter(pk=question.pk).update(pooled_at=timezone.now())
    page = staff.get("/m/questions/?view=pool").content.decode()
    assert question.public_id in page
    assert '<span class="wx-slip-word">可抢</span>' in page
    assert "包邮" not in page


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (7.06e-05, "0.000071"),
        (4e-12, "< 0.00000001"),
        (0.2409, "0.2409"),
        (0.5, "0.5"),
        (1.0, "1"),
        (375.2254, "375.2"),
        (10, "10"),
    ],
)
def test_parts_of_a_score_are_read_without_exponents(value, shown):
    assert stories.figure(value) == shown


def test_while_others_hold_the_last_place_one_may_write_but_not_send(staff, shop, settings):
    settings.QA_MAX_ANSWERS = 1
    rival = make_tea_shop("半木器物", price_fen=53_000)
    question = make_question(text="送爸爸的茶具，喝普洱，400-600")
    services.hold(invitation=invitation_of(question, rival), by=owner_of(rival))
    page = staff.get(bench(invitation_of(question, shop)))
    text = page.content.decode()
    assert page.context["mode"] == "held"
    assert "有人在写" in text and 'id="picks"' in text
    for wrong in ("已回答", "你可以第一个答", "readonly", "发出回答"):
        assert wrong not in text, wrong
    staff.post(bench(invitation_of(question, shop), "draft/"), filled(shop))
    assert invitation_of(question, shop).draft["text"] == "这款合适"
    assert not invitation_of(question, shop).holds_a_place
