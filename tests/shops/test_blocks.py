"""A buyer keeps a shop away: what each app does about it, and that nothing else moves."""

import pytest
from django.utils import timezone

from accounts.services import erase_person, export_person, issue_token
from chat import services as chat
from chat.models import Conversation, Message
from chat.services import ChatClosed
from core.models import AuditEntry
from crm.models import Follower
from crm.services import follow
from qa import matching
from qa import services as qa
from qa.models import Answer, Invitation, Question, ShopStanding, Verdict
from shops import services
from shops.errors import OwnShop
from shops.models import Block, Shop
from tests.qa.factories import invitation_of, make_answer, make_buyer, make_publication, make_question, make_tea_shop
from tests.shops.factories import owner_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器")


@pytest.fixture
def rival():
    return make_tea_shop("半木器物")


@pytest.fixture
def person():
    return make_buyer()


def block(shop, person, side="buyer"):
    return services.block(shop=shop, buyer=person, side=side, by=person)


def unblock(shop, person, side="buyer"):
    services.unblock(shop=shop, buyer=person, side=side, by=person)


class Api:
    def __init__(self, client, user):
        self.client, self.headers = client, {"Authorization": f"Bearer {issue_token(user=user)[0]}"}

    def __call__(self, method: str, path: str, data: dict | None = None):
        body = {"data": data, "content_type": "application/json"} if data is not None else {}
        return getattr(self.client, method)(f"/api/v1{path}", headers=self.headers, **body)


@pytest.fixture
def api(client, person):
    return Api(client, person)


def test_a_block_is_made_once_and_written_down(shop, person):
    assert block(shop, person) == block(shop, person)
    unblock(shop, person)
    unblock(shop, person)
    actions = AuditEntry.objects.filter(action__startswith="shops.").values_list("action", flat=True)
    assert [one for one in actions.order_by("pk") if "block" in one] == ["shops.blocked", "shops.unblocked"]
    assert not Block.objects.exists()


def test_nobody_blocks_the_shop_they_work_at(shop):
    with pytest.raises(OwnShop):
        block(shop, owner_of(shop))
    assert not Block.objects.exists()


def test_a_blocked_shop_is_asked_nothing_more(shop, rival, person):
    block(shop, person)
    question = make_question(person)
    assert list(question.invitations.values_list("shop", flat=True)) == [rival.pk]
    unblock(shop, person)
    assert make_question(person).invitations.filter(shop=shop).exists()


def test_what_was_put_to_it_is_taken_back_and_counts_against_nobody(shop, rival, person):
    question = make_question(person)
    block(shop, person)
    invitation = invitation_of(question, shop)
    assert (invitation.status, invitation_of(question, rival).status) == ("withdrawn", "asked")
    standing = ShopStanding.objects.get(shop=shop)
    assert (standing.open_now, standing.withdrawn, standing.lapsed) == (0, 1, 0)


def test_its_answers_vanish_and_come_back(shop, rival, person, api):
    question = make_question(person)
    make_answer(question, shop)
    make_answer(question, rival)

    def seen():
        told = api("get", f"/questions/{question.public_id}").json()
        return told["answer_count"], [answer["shop"]["name"] for answer in told["answers"]]

    assert seen() == (2, seen()[1])
    block(shop, person)
    assert seen() == (1, ["半木器物"])
    block(rival, person)
    question.refresh_from_db()
    assert (seen(), question.status) == ((0, []), "dispatched")
    unblock(shop, person)
    question.refresh_from_db()
    assert (seen(), question.status) == ((1, ["山南茶器"]), "answered")


def test_a_hidden_answer_cannot_be_chosen_or_kept(shop, person, api):
    answer = make_answer(make_question(person), shop)
    block(shop, person)
    assert api("post", f"/answers/{answer.public_id}/adopt").status_code == 404
    assert api("put", f"/answers/{answer.public_id}/shortlist").status_code == 404
    assert Answer.objects.get().status == "visible"


def test_an_answer_that_is_being_checked_comes_too_late(shop, person):
    answer = make_answer(make_question(person), shop, shown=False)
    block(shop, person)
    assert qa.conclude_answer(answer=answer, verdict=Verdict.PASSED).status == "late"
    assert Question.objects.get().answer_count == 0


def test_a_chosen_answer_stays_but_the_chat_is_closed(shop, person, api):
    question = make_question(person)
    talk = qa.adopt(answer=make_answer(question, shop), by=person)
    block(shop, person)
    told = api("get", f"/questions/{question.public_id}").json()
    assert [answer["status"] for answer in told["answers"]] == ["adopted"]
    assert api("get", f"/conversations/{talk.public_id}").json()["closed"] is True


@pytest.mark.parametrize("side", ["buyer", "shop"])
def test_neither_can_write_to_the_other(shop, person, side):
    talk = chat.open_conversation(shop=shop, buyer=person)
    block(shop, person, side)
    for sender, user in (("buyer", person), ("shop", owner_of(shop))):
        with pytest.raises(ChatClosed):
            chat.send_text(conversation=talk, sender=sender, user=user, text="在吗", client_msg_id="message-0001")
        with pytest.raises(ChatClosed):
            chat.send_product(
                conversation=talk, sender=sender, user=user, product=shop.products.get(), client_msg_id="message-0002"
            )
    assert not Message.objects.exists()
    # The platform still tells what becomes of orders.
    chat.post_note(conversation=talk, key="note-1", note={"code": "qa.answer_adopted", "text": "好"})
    assert Message.objects.count() == 1


def test_no_chat_begins_with_a_blocked_shop(shop, person, api):
    block(shop, person)
    reply = api("post", f"/shops/{shop.public_id}/conversation")
    assert (reply.status_code, reply.json()["code"]) == (409, "chat_closed")
    assert not Conversation.objects.exists()


def test_nobody_waits_in_a_closed_chat_and_the_page_says_so(shop, person, client):
    talk = chat.open_conversation(shop=shop, buyer=person)
    Conversation.objects.update(waiting_since=timezone.now(), last_seq=1)
    block(shop, person)
    talk.refresh_from_db()
    assert talk.waiting_since is None
    client.force_login(owner_of(shop))
    page = client.get(f"/m/chats/{talk.public_id}/").content.decode()
    assert "对话已关闭" in page
    assert 'class="wx-composer" method="post"' not in page
    sent = client.post(f"/m/chats/{talk.public_id}/text/", {"text": "在吗", "client_msg_id": "message-0001"})
    assert sent.status_code in (302, 422)
    assert not Message.objects.exists()


def test_its_goods_are_not_shown_to_this_buyer_and_to_others_are(shop, rival, person, api, client):
    block(shop, person)
    shops = {card["shop"]["name"] for card in api("get", "/products").json()["results"]}
    found = {card["shop"]["name"] for card in api("get", "/products?q=茶具").json()["results"]}
    assert shops == found == {"半木器物"}
    everybody = {card["shop"]["name"] for card in client.get("/api/v1/products").json()["results"]}
    assert everybody == {"半木器物", "山南茶器"}
    # Whoever opens the shop's own page has asked for it.
    assert api("get", f"/shops/{shop.public_id}/products").json()["results"]


def test_suggestions_leave_it_out(shop, person, api):
    question = make_question(person)
    Question.objects.update(no_answer_at=timezone.now())
    path = f"/questions/{question.public_id}"
    assert api("get", path).json()["suggestions"]
    block(shop, person)
    assert api("get", path).json()["suggestions"] == []


def test_who_blocks_a_shop_follows_it_no_more(shop, person):
    follow(shop=shop, user=person)
    block(shop, person)
    assert not Follower.objects.active().exists()


def test_the_api_blocks_lists_and_lets_come_back(shop, person, api, client):
    path = f"/shops/{shop.public_id}/block"
    assert client.put(f"/api/v1{path}").status_code == 401
    assert api("put", path).json()["shop_name"] == "山南茶器"
    assert api("put", path).status_code == 200
    assert [row["shop_id"] for row in api("get", "/blocks").json()["results"]] == [shop.public_id]
    stranger = Api(client, make_buyer("路人"))
    assert stranger("get", "/blocks").json()["results"] == []
    assert stranger("delete", path).status_code == 204
    assert Block.objects.count() == 1
    assert api("delete", path).status_code == 204
    assert api("put", "/shops/nothing/block").status_code == 404
    assert not Block.objects.exists()


def test_what_a_shop_blocks_is_not_in_the_buyers_list_and_holds_all_the_same(shop, person, api):
    block(shop, person, "shop")
    assert api("get", "/blocks").json()["results"] == []
    with pytest.raises(ChatClosed):
        chat.open_conversation(shop=shop, buyer=person)


def test_one_side_cannot_lift_the_others_block(shop, rival, person):
    block(shop, person, "shop")
    block(shop, person)
    unblock(shop, person)
    assert Block.objects.get().side == "shop"
    assert list(make_question(person).invitations.values_list("shop", flat=True)) == [rival.pk]


def test_an_export_names_them_and_erasure_forgets_them(shop, person):
    block(shop, person)
    assert [row["shop"] for row in export_person(user=person)["blocked_shops"]] == ["山南茶器"]
    person.is_active = False
    person.save()
    erase_person(user_id=person.pk)
    assert not Block.objects.exists()


def block_while_matching(requests, *, at):
    """Matching, but for the block that is made while it looks."""
    found = matching.match_many(requests, at=at)
    Block.objects.create(shop=Shop.objects.get(name="山南茶器"), buyer_id=requests[0].buyer_id, side="buyer")
    return found


def test_a_block_while_a_wave_is_being_chosen_holds(shop, rival, person, settings):
    settings.QA_MATCHER = f"{__name__}.block_while_matching"
    question = make_question(person)
    assert list(Invitation.objects.filter(question=question).values_list("shop", flat=True)) == [rival.pk]


def test_public_answers_of_a_blocked_shop_are_not_shown_to_this_buyer(shop, person, api, client):
    public = make_publication(shop)
    assert [row["id"] for row in api("get", "/public-questions").json()["results"]] == [public.public_id]
    block(shop, person)
    assert api("get", "/public-questions").json()["results"] == []
    assert api("get", "/public-questions?q=茶具").json()["results"] == []
    assert len(client.get("/api/v1/public-questions").json()["results"]) == 1
