"""Places held while writing, the pool, asking again, and ops' editor."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from core.errors import Invalid
from notifications.models import InboxItem, Push
from qa import services
from qa.drafts import Draft
from qa.errors import AskedEnough, NotInPool, PlacesHeld, QuestionClosed, ShopFull
from qa.models import Invitation, Question, ShopPreferences, ShopStanding, Ticket, Wave
from qa.selectors.pool import pool_of
from qa.services import dispatching
from shops.models import Block
from tests.accounts.factories import api_of
from tests.shops.factories import owner_of

from .factories import invitation_of, make_answer, make_buyer, make_question, make_tea_category, make_tea_shop

pytestmark = pytest.mark.django_db


def hold(question, shop):
    return services.hold(invitation=invitation_of(question, shop), by=owner_of(shop))


def pooled(**shop) -> tuple[Question, object]:
    """A question that nobody answered, and a shop that came too late for its waves."""
    make_tea_category()
    question = make_question()
    late = make_tea_shop("晚来", **shop)
    question.refresh_from_db()
    assert question.pooled_at
    return question, late


def test_no_more_shops_write_than_places_are_left(settings):
    settings.QA_MAX_ANSWERS = 1
    first, second = make_tea_shop(), make_tea_shop(price_fen=53_000)
    question = make_question()
    hold(question, first)
    with pytest.raises(PlacesHeld):
        hold(question, second)
    with pytest.raises(PlacesHeld):
        services.answer(invitation=invitation_of(question, second), by=owner_of(second), text="我家也有")
    waiting = invitation_of(question, second)
    assert (waiting.status, waiting.draft["text"]) == (Invitation.Status.ASKED, "我家也有")
    services.let_go(invitation=invitation_of(question, first), by=owner_of(first))
    assert hold(question, second).holds_a_place


def test_a_lease_runs_out_as_a_row_and_saving_renews_it(settings):
    settings.QA_MAX_ANSWERS = 1
    first, second = make_tea_shop(), make_tea_shop(price_fen=53_000)
    question = make_question()
    held = hold(question, first)
    soon = timezone.now() + timedelta(seconds=20)
    Invitation.objects.filter(pk=held.pk).update(lease_until=soon)
    services.save_draft(invitation=invitation_of(question, first), by=owner_of(first), draft=Draft(text="正在写"))
    assert invitation_of(question, first).lease_until > soon
    Invitation.objects.filter(pk=held.pk).update(lease_until=timezone.now())
    dispatching.tick()
    assert (invitation_of(question, first).status, invitation_of(question, first).lease_until) == ("seen", None)
    assert hold(question, second).holds_a_place


def test_what_nobody_answered_may_be_taken_up_once_by_a_shop_that_fits():
    question, late = pooled()
    staff = owner_of(late)
    taken = services.take(question=question, shop=late, by=staff)
    assert services.take(question=question, shop=late, by=staff) == taken
    assert taken.holds_a_place and taken.wave.number == Wave.POOL
    assert ShopStanding.objects.get(shop=late).open_now == 1
    assert not pool_of(late).exists()
    assert make_answer(question, late).status == "visible"


@pytest.mark.parametrize(
    "change",
    [
        lambda question, shop: Block.objects.create(shop=shop, buyer=question.buyer, side="shop"),
        lambda question, shop: ShopPreferences.objects.create(shop=shop, categories_out=[question.category_id]),
        lambda question, shop: shop.products.update(stock=0),
        lambda question, shop: type(shop).objects.filter(pk=shop.pk).update(takes_questions=False),
        lambda question, shop: services.close_question(question=question, by=question.buyer),
    ],
)
def test_who_may_not_be_asked_finds_nothing_in_the_pool(change):
    question, late = pooled()
    assert pool_of(late).get() == question
    change(question, late)
    assert not pool_of(late).exists()
    with pytest.raises(NotInPool):
        services.take(question=question, shop=late, by=owner_of(late))
    assert not question.invitations.exists()


def missed(shop):
    """In the pool, with an invitation of a wave that the shop let run out."""
    question = make_question()
    Invitation.objects.filter(question=question).update(deadline_at=timezone.now())
    Wave.objects.filter(question=question).update(deadline_at=timezone.now())
    dispatching.tick()
    question.refresh_from_db()
    assert question.pooled_at and invitation_of(question, shop).status == "lapsed"
    return question


def test_a_missed_question_is_taken_up_again_and_was_asked_once(settings):
    settings.QA_WAVES = [(5, 90)]
    shop = make_tea_shop()
    question = missed(shop)
    Invitation.objects.update(draft={"text": "写了一半"})
    assert pool_of(shop).get() == question
    taken = services.take(question=question, shop=shop, by=owner_of(shop))
    assert services.take(question=question, shop=shop, by=owner_of(shop)) == taken
    assert (taken.status, taken.wave.number, taken.draft["text"]) == ("writing", 1, "写了一半")
    assert taken.holds_a_place and taken.deadline_at == question.expires_at
    standing = ShopStanding.objects.get(shop=shop)
    assert (standing.asked, standing.lapsed, standing.open_now, standing.asked_today) == (1, 1, 1, 1)
    assert not pool_of(shop).exists()
    assert make_answer(question, shop).status == "visible"
    standing.refresh_from_db()
    assert (standing.open_now, standing.answered) == (0, 1)
    assert question.waves.get().invitations.count() == question.waves.get().size


def test_a_pass_is_taken_back_by_taking_the_question_up(settings):
    settings.QA_WAVES = [(5, 90)]
    shop = make_tea_shop()
    question = make_question()
    services.pass_on(invitation=invitation_of(question, shop), by=owner_of(shop))
    question.refresh_from_db()
    services.take(question=question, shop=shop, by=owner_of(shop))
    standing = ShopStanding.objects.get(shop=shop)
    assert (standing.passed, standing.open_now) == (0, 1)


def test_an_open_invitation_is_what_a_claim_finds():
    shop, late = make_tea_shop(), make_tea_shop()
    question = make_question()
    Question.objects.filter(pk=question.pk).update(pooled_at=timezone.now())
    held = invitation_of(question, shop)
    assert not pool_of(shop).exists()
    assert services.take(question=question, shop=shop, by=owner_of(shop)) == held
    assert invitation_of(question, shop).status == "asked"
    make_answer(question, late)
    assert services.take(question=question, shop=late, by=owner_of(late)).status == "answered"
    assert question.invitations.count() == 2


def test_an_answer_that_came_too_late_is_not_given_twice(settings):
    settings.QA_WAVES = [(5, 90)]
    shop, other = make_tea_shop(), make_tea_shop()
    question = make_question()
    answer = make_answer(question, shop, shown=False)
    block = Block.objects.create(shop=shop, buyer=question.buyer, side="buyer")
    assert services.conclude_answer(answer=answer, verdict="pass").status == "late"
    block.delete()
    Question.objects.filter(pk=question.pk).update(pooled_at=timezone.now())
    assert not pool_of(shop).exists()
    assert invitation_of(question, other).is_open


def test_a_full_shop_takes_nothing_more():
    question, late = pooled()
    ShopPreferences.objects.create(shop=late, max_open=1)
    ShopStanding.objects.create(shop=late, open_now=1)
    with pytest.raises(ShopFull):
        services.take(question=question, shop=late, by=owner_of(late))
    assert not question.invitations.exists()


def test_sleeping_shops_are_asked_when_their_hours_begin():
    now = timezone.localtime()
    opens = now + timedelta(hours=2)
    asleep = make_tea_shop(asks_from=time(opens.hour), asks_until=time((opens.hour + 1) % 24))
    question = make_question()
    assert not question.invitations.exists() and question.no_answer_at
    ticket = Ticket.objects.get(question=question, done_at=None)
    assert timezone.localtime(ticket.due_at).hour == opens.hour
    type(asleep).objects.filter(pk=asleep.pk).update(asks_from=time(0), asks_until=time(0))
    Ticket.objects.filter(pk=ticket.pk).update(due_at=timezone.now())
    dispatching.tick()
    assert question.invitations.get().shop == asleep


def test_the_buyer_asks_again_wider_and_not_for_ever(settings):
    settings.QA_ASK_AGAIN = 0
    settings.QA_WAVES = [(5, 90), (5, 90)]
    question, late = pooled()
    with pytest.raises(Invalid):
        services.ask_again(question=question, by=question.buyer, budget_max_fen=50_000)
    services.ask_again(question=question, by=question.buyer, budget_max_fen=90_000)
    dispatching.tick()
    question.refresh_from_db()
    assert question.need["budget_max_fen"] == 90_000
    assert question.invitations.get().shop == late
    with pytest.raises(AskedEnough):
        services.ask_again(question=question, by=question.buyer)
    services.close_question(question=question, by=question.buyer)
    with pytest.raises(QuestionClosed):
        services.ask_again(question=question, by=question.buyer)
    assert question.waves.count() == 2


def ahead_of(question) -> tuple[str, bool]:
    told = api_of(question.buyer).get(f"/api/v1/questions/{question.public_id}").json()
    return told["ahead"], told["can_ask_again"]


def test_the_buyer_is_told_what_comes_next_and_may_ask_again_with_answers_there(settings):
    settings.QA_WAVES, settings.QA_MAX_ANSWERS = [(5, 90), (5, 90)], 2
    first = make_tea_shop()
    question = make_question()
    assert ahead_of(question) == ("asking", False)
    make_answer(question, first)
    services.dispatch_question(question.pk)
    # The second wave found nobody.
    assert ahead_of(question) == ("nobody_left", True)
    make_tea_shop(price_fen=80_000)
    path = f"/api/v1/questions/{question.public_id}/ask-again"
    assert api_of(question.buyer).post(path, {"budget_max_fen": 90_000}).json()["ahead"] == "asking"
    assert api_of(question.buyer).post(path).json()["code"] == "asked_again_enough"
    dispatching.tick()
    assert question.invitations.count() == 2
    assert ahead_of(question) == ("asking", False)
    second = question.invitations.order_by("pk").last().shop
    make_answer(question, second)
    dispatching.tick()
    assert ahead_of(question) == ("full", False)
    assert api_of(question.buyer).post(path).json()["code"] == "question_not_open"
    services.close_question(question=question, by=question.buyer)
    assert ahead_of(question) == ("over", False)


def test_what_is_asked_again_by_itself_has_its_time():
    question, _late = pooled()
    told = api_of(question.buyer).get(f"/api/v1/questions/{question.public_id}").json()
    assert (told["ahead"], told["can_ask_again"]) == ("later", True)
    assert told["asked_again_at"]
    Ticket.objects.filter(question=question).update(done_at=timezone.now())
    assert ahead_of(question) == ("nobody_left", True)
    Wave.objects.filter(question=question).update(size=1)
    assert ahead_of(question) == ("pool", True)


def test_ops_hand_a_question_to_shops_and_each_is_told():
    question, late = pooled()
    ops = make_buyer("运营")
    services.hand_to(question=question, shops=[late, late], by=ops)
    services.hand_to(question=question, shops=[late], by=ops)
    invitation = question.invitations.get()
    assert (invitation.wave.number, invitation.wave.size, invitation.untold) == (Wave.DESK, 1, "")
    item = InboxItem.objects.get(kind="invitation", key=invitation.public_id)
    assert item.user == owner_of(late) and Push.objects.filter(item=item).exists()
    blocked = make_tea_shop()
    Block.objects.create(shop=blocked, buyer=question.buyer, side="buyer")
    with pytest.raises(Invalid):
        services.hand_to(question=question, shops=[blocked], by=ops)
    assert question.invitations.count() == 1


def test_ops_write_to_the_buyer_who_reads_it_once():
    question, _late = pooled()
    for _ in range(2):
        services.write_to_buyer(question=question, words="今天没有合适的，明早再问", by=make_buyer("运营"))
    assert InboxItem.objects.filter(user=question.buyer, kind="platform_wrote").count() == 1
    question.refresh_from_db()
    assert question.note == "今天没有合适的，明早再问"


def test_ops_end_a_question_with_words_or_not_at_all():
    question, _late = pooled()
    ops = make_buyer("运营")
    with pytest.raises(Invalid):
        services.close_question(question=question, by=ops, words="很" * 201)
    question.refresh_from_db()
    assert (question.is_live, question.note) == (True, "")
    services.close_question(question=question, by=ops, words="这样的商品平台上没有")
    question.refresh_from_db()
    assert (question.status, question.note) == ("closed", "这样的商品平台上没有")


def test_deadlines_are_kept_by_whoever_ticks(settings):
    settings.QA_WAVES = [(1, 90), (1, 180)]
    make_tea_shop(), make_tea_shop(price_fen=60_000)
    question = make_question()
    past = timezone.now() - timedelta(seconds=1)
    question.waves.update(deadline_at=past)
    question.invitations.update(deadline_at=past)
    dispatching.tick()
    Ticket.objects.filter(done_at=None).update(due_at=past)
    dispatching.tick()
    assert list(question.waves.values_list("number", "size")) == [(1, 1), (2, 1)]
    assert question.invitations.filter(status="lapsed").count() == 1
    assert dispatching.next_due_at() is not None
