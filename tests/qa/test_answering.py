from datetime import timedelta

import pytest
from django.utils import timezone, translation

from chat.models import Conversation, Message
from core.errors import Invalid
from core.models import OutboxEvent
from notifications.models import InboxItem
from orders.models import Quote
from qa import services
from qa.drafts import Draft
from qa.errors import (
    AlreadyAnswered,
    AnswerNotOpen,
    CardChanged,
    NotYoursToSell,
    QuestionClosed,
    SlotsTaken,
    TooLateToUndo,
    WindowOver,
)
from qa.models import Answer, Invitation, Question, Verdict
from qa.services import Card
from shops.models import Sku
from tests.accounts.factories import api_of
from tests.shops.factories import only_sku, owner_of

from .factories import invitation_of, make_answer, make_question, make_tea_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器")


@pytest.fixture
def question(shop):
    return make_question(text="送爸爸的茶具，喝普洱，400-600，不要玻璃")


@pytest.fixture
def invitation(question, shop):
    return invitation_of(question, shop)


def sku_of(shop):
    return only_sku(shop.products.first())


def test_states_move_forward_and_stay(invitation, shop):
    services.open_invitation(invitation=invitation, by=owner_of(shop))
    assert invitation.status == "seen"
    services.start_writing(invitation=invitation, by=owner_of(shop))
    services.open_invitation(invitation=invitation, by=owner_of(shop))
    invitation.refresh_from_db()
    assert invitation.status == "writing"


def test_an_answer_freezes_price_and_promises(question, shop):
    answer = make_answer(
        question, shop, promises=["包邮"], arrive_by=timezone.localdate() + timedelta(days=2), shown=False
    )
    quote = Quote.objects.get(answer_card__answer=answer)
    assert (quote.buyer, quote.lines.get().price_fen) == (question.buyer, 52_800)
    assert quote.promises[-1] == "包邮"
    assert len(quote.promises) == 2
    assert quote.slip["title"] == question.text


def test_an_answer_waits_out_the_undo_and_the_check(question, shop, buyer):
    Question.objects.filter(pk=question.pk).update(buyer=buyer)
    answer = make_answer(question, shop, shown=False)
    question.refresh_from_db()
    assert (answer.status, question.status) == ("screening", "dispatched")
    event = OutboxEvent.objects.get(kind="qa.screen_answer")
    assert timedelta(seconds=3) < event.due_at - answer.created_at < timedelta(seconds=7)
    services.screen_answer(answer.pk)
    answer.refresh_from_db()
    assert answer.status == "visible"


def test_risky_words_of_a_shop_reach_nobody(question, shop, buyer):
    Question.objects.filter(pk=question.pk).update(buyer=buyer)
    answer = make_answer(question, shop, shown=False, text="加微信转账更便宜")
    services.screen_answer(answer.pk)
    answer.refresh_from_db()
    question.refresh_from_db()
    assert (answer.status, question.answer_count) == ("rejected", 0)
    assert InboxItem.objects.filter(user=owner_of(shop), kind="answer_rejected").exists()


def test_phone_numbers_in_answers_are_hidden(question, shop):
    assert make_answer(question, shop, text="加我13812346072").text == "加我***"


@pytest.mark.parametrize(
    "bad",
    [
        {"text": ""},
        {"text": "  \n"},
        {"text": "好" * 501},
        {"text": None},
        {"text": "好", "promises": ["太长" * 20]},
        {"text": "好", "promises": ["一"] * 1 + [f"承诺{n}" for n in range(9)]},
        {"text": "好", "arrive_by": "2020-01-01"},
        {"text": "好", "arrive_by": "不是日子"},
    ],
)
def test_bad_fields_are_refused_and_move_nothing(invitation, shop, bad):
    with pytest.raises(Invalid):
        services.answer(invitation=invitation, by=owner_of(shop), **bad)
    invitation.refresh_from_db()
    assert (invitation.status, Answer.objects.count(), Quote.objects.count()) == ("asked", 0, 0)


def test_only_the_shops_own_goods_in_stock(invitation, shop):
    other = make_tea_shop("别家")
    empty = make_tea_shop("没货", stock=0)
    for foreign in (sku_of(other), sku_of(empty)):
        with pytest.raises(NotYoursToSell):
            services.answer(invitation=invitation, by=owner_of(shop), text="好", cards=[Card(foreign)])
    with pytest.raises(Invalid):
        services.answer(invitation=invitation, by=owner_of(shop), text="好", cards=[Card(sku_of(shop))] * 2)
    with pytest.raises(Invalid):
        services.answer(invitation=invitation, by=owner_of(shop), text="好", cards=[Card(sku_of(shop), price_fen=0)])
    assert not Answer.objects.exists()


def test_a_late_answer_is_refused_and_its_words_kept(invitation, shop):
    Invitation.objects.filter(pk=invitation.pk).update(deadline_at=timezone.now())
    with pytest.raises(WindowOver):
        services.answer(invitation=invitation, by=owner_of(shop), text="来晚了", promises=["包邮"])
    invitation.refresh_from_db()
    assert not Answer.objects.exists()
    assert (invitation.draft["text"], invitation.draft["promises"]) == ("来晚了", ["包邮"])


def test_a_draft_survives_the_deadline(invitation, shop):
    services.save_draft(invitation=invitation, by=owner_of(shop), draft=Draft(text="写了一半"))
    assert invitation.status == "writing"
    Invitation.objects.filter(pk=invitation.pk).update(deadline_at=timezone.now())
    services.close_wave(invitation.wave_id)
    invitation.refresh_from_db()
    assert (invitation.status, invitation.draft["text"]) == ("lapsed", "写了一半")
    services.save_draft(invitation=invitation, by=owner_of(shop), draft=Draft(text="写完了"))
    invitation.refresh_from_db()
    assert (invitation.status, invitation.draft["text"]) == ("lapsed", "写完了")


def test_a_shop_answers_once(question, invitation, shop):
    make_answer(question, shop)
    with pytest.raises(AlreadyAnswered):
        services.answer(invitation=invitation, by=owner_of(shop), text="再来一次")
    assert Answer.objects.count() == 1


def test_no_place_left_keeps_the_words(settings, question, shop):
    settings.QA_MAX_ANSWERS = 1
    late = make_tea_shop("第二家")
    invitation = Invitation.objects.create(
        question=question, wave=question.waves.get(), shop=late, deadline_at=timezone.now() + timedelta(minutes=5)
    )
    make_answer(question, shop, shown=False)
    with pytest.raises(SlotsTaken):
        services.answer(invitation=invitation, by=owner_of(late), text="也想答")
    invitation.refresh_from_db()
    assert invitation.draft["text"] == "也想答"


def test_taking_back_frees_the_place_and_the_card(question, invitation, shop):
    answer = make_answer(question, shop, shown=False)
    services.take_back(answer=answer, by=owner_of(shop))
    invitation.refresh_from_db()
    assert (invitation.status, invitation.draft["text"]) == ("writing", "这款壶口宽，好清洗")
    assert not Answer.objects.exists()
    assert Quote.objects.get().withdrawn_at is not None
    services.screen_answer(answer.pk)  # The outbox may come late: nothing is left to do.
    assert make_answer(question, shop).status == "visible"


def test_undo_ends_with_its_seconds(question, shop):
    answer = make_answer(question, shop, shown=False)
    Answer.objects.filter(pk=answer.pk).update(created_at=timezone.now() - timedelta(seconds=6))
    with pytest.raises(TooLateToUndo):
        services.take_back(answer=answer, by=owner_of(shop))
    shown = services.conclude_answer(answer=answer, verdict=Verdict.PASSED)
    with pytest.raises(TooLateToUndo):
        services.take_back(answer=shown, by=owner_of(shop))


def test_passing_can_be_undone_within_the_window(invitation, shop):
    make_tea_shop("还有一家")
    services.pass_on(invitation=invitation, by=owner_of(shop))
    services.take_back_pass(invitation=invitation, by=owner_of(shop))
    invitation.refresh_from_db()
    assert invitation.status == "seen"
    Invitation.objects.filter(pk=invitation.pk).update(status="passed", deadline_at=timezone.now())
    with pytest.raises(TooLateToUndo):
        services.take_back_pass(invitation=invitation, by=owner_of(shop))


def test_an_answer_after_the_end_is_refused(question, invitation, shop):
    services.close_question(question=question, by=question.buyer)
    with pytest.raises(QuestionClosed):
        services.answer(invitation=invitation, by=owner_of(shop), text="还要吗")
    with pytest.raises(WindowOver):
        services.pass_on(invitation=invitation, by=owner_of(shop))


def test_a_question_that_ends_during_the_check_hides_the_answer(question, shop):
    answer = make_answer(question, shop, shown=False)
    services.close_question(question=question, by=question.buyer)
    assert services.conclude_answer(answer=answer, verdict=Verdict.PASSED).status == "late"


def test_adoption_hands_the_slip_over(question, shop):
    answer = make_answer(question, shop)
    conversation = services.adopt(answer=answer, by=question.buyer)
    slip = conversation.words_of_slip
    assert (slip["question_id"], slip["title"], slip["summary"]) == (question.public_id, question.text, answer.text)
    assert {"label": "预算", "value": "¥400–600"} in slip["facts"]
    assert Message.objects.get(conversation=conversation).sender == Message.Sender.PLATFORM
    assert InboxItem.objects.filter(user=owner_of(shop), kind="adopted").exists()


def test_only_one_answer_is_adopted(question, shop):
    other = make_tea_shop("第二家")
    Invitation.objects.create(
        question=question, wave=question.waves.get(), shop=other, deadline_at=timezone.now() + timedelta(minutes=5)
    )
    first, second = make_answer(question, shop), make_answer(question, other)
    services.adopt(answer=first, by=question.buyer)
    with pytest.raises(AnswerNotOpen):
        services.adopt(answer=second, by=question.buyer)
    assert Conversation.objects.count() == 1


def test_the_hand_over_says_why_and_what_is_open(shop):
    question = make_question(text="送爸爸的茶具，爱喝普洱，400-600，能刻字吗")
    conversation = services.adopt(answer=make_answer(question, shop, promises=["包邮"]), by=question.buyer)
    slip = conversation.words_of_slip
    assert slip["promises"] == ["包邮"]
    assert slip["why"] == ["在你 ¥400–600 的预算里", "你说“爱喝普洱”：普洱"]
    assert slip["missing"] == ["没说能不能刻字"]


def test_the_hand_over_is_read_in_each_readers_language_and_stays_as_it_was(shop, client):
    question = make_question(text="送爸爸的茶具，爱喝普洱，400-600，能刻字吗")
    day = timezone.localdate() + timedelta(days=3)
    answer = make_answer(question, shop, promises=["包邮"], arrive_by=day)
    with translation.override("zh-hans"):
        conversation = services.adopt(answer=answer, by=question.buyer)
    Question.objects.filter(pk=question.pk).update(need={})
    Answer.objects.filter(pk=answer.pk).update(reasons={}, promises=[])
    said = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            slip = conversation.words_of_slip
            said[language] = [*slip["why"], *slip["promises"], *slip["missing"], *slip["asks"]]
            assert {"label": {"zh-hans": "预算", "en": "Budget"}[language], "value": "¥400–600"} in slip["facts"]
    assert len(said["zh-hans"]) == len(said["en"]) == 6
    assert "没说能不能刻字" in said["zh-hans"] and not set(said["zh-hans"]) & set(said["en"]) - {"包邮"}
    # A request leaves its language behind.
    with translation.override(None):
        told = api_of(question.buyer).get(
            f"/api/v1/conversations/{conversation.public_id}", headers={"Accept-Language": "en"}
        )
        assert told.json()["slip"]["missing"] == said["en"][-2:-1] and "need" not in told.json()["slip"]
        client.force_login(owner_of(shop))
        client.cookies["django_language"] = "en"
        assert said["en"][-2] in client.get(f"/m/chats/{conversation.public_id}/").content.decode()


def test_the_line_in_the_talk_is_read_in_each_readers_language(shop, client):
    question = make_question(text="送爸爸的茶具，爱喝普洱，400-600")
    answer = make_answer(question, shop)
    with translation.override("zh-hans"):
        conversation = services.adopt(answer=answer, by=question.buyer)
    said = {
        "zh-Hans": f"选中的回答：{answer.text}",
        "en": f"The chosen answer: {answer.text}",
    }
    assert len(set(said.values())) == 2
    api, path = api_of(question.buyer), f"/api/v1/conversations/{conversation.public_id}"
    client.force_login(owner_of(shop))
    with translation.override(None):
        for language, words in said.items():
            headers = {"Accept-Language": language}
            [note] = api.get(f"{path}/messages", headers=headers).json()["results"]
            assert (note["kind"], note["text"], note["card"]) == ("note", words, {})
            assert api.get(path, headers=headers).json()["last_preview"] == words[:60]
            client.cookies["django_language"] = language.lower()
            page = client.get(f"/m/chats/{conversation.public_id}/").content.decode()
            assert [one for one in said.values() if one in page] == [words]


def test_a_price_that_moved_since_picking_is_refused_and_the_words_kept(invitation, shop):
    sku = sku_of(shop)
    Sku.objects.filter(pk=sku.pk).update(price_fen=54_800)
    with pytest.raises(CardChanged) as refusal:
        services.answer(invitation=invitation, by=owner_of(shop), text="好", cards=[Card(sku, seen_fen=52_800)])
    assert refusal.value.fields["cards"] == ["紫砂壶茶具礼盒挑的时候是 ¥528，现在是 ¥548"]
    invitation.refresh_from_db()
    assert (Answer.objects.count(), Quote.objects.count(), invitation.draft["text"]) == (0, 0, "好")
    services.answer(invitation=invitation, by=owner_of(shop), text="好", cards=[Card(sku, seen_fen=54_800)])
    assert Quote.objects.get().lines.get().price_fen == 54_800


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stock": 0}, "紫砂壶茶具礼盒卖完了"),
        ({"archived_at": timezone.now()}, "紫砂壶茶具礼盒已经不卖了"),
    ],
)
def test_goods_that_are_gone_since_picking_are_named(invitation, shop, change, words):
    sku = sku_of(shop)
    Sku.objects.filter(pk=sku.pk).update(**change)
    with pytest.raises(CardChanged) as refusal:
        services.answer(invitation=invitation, by=owner_of(shop), text="好", cards=[Card(sku, seen_fen=52_800)])
    assert refusal.value.fields["cards"] == [words]
    assert not Answer.objects.exists()


def test_blanks_of_a_phrase_must_be_filled(invitation, shop):
    with pytest.raises(Invalid) as refusal:
        services.answer(invitation=invitation, by=owner_of(shop), text="推荐{商品}，{到货日}到")
    assert refusal.value.fields == {"text": ["先把 {商品}、{到货日} 填上"]}
    assert not Answer.objects.exists()
