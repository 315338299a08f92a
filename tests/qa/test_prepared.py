"""Wave 0: which prepared answers go out by themselves, to whom, and what they never do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.signals import person_erased
from chat.models import Message
from core import outbox
from core.errors import Invalid
from core.models import OutboxEvent
from notifications.models import InboxItem
from orders.models import Quote
from qa import services
from qa.errors import NotYoursToSell, PreparedStopped
from qa.models import Answer, Invitation, PreparedAnswer, Question, ShopPreferences, Snippet, Verdict
from qa.services import Preparation
from shops import placeholders
from shops.models import Block, Sku
from shops.placeholders import Filling
from tests.accounts.factories import api_of
from tests.shops.factories import make_category, only_sku, owner_of

from .factories import invitation_of, make_answer, make_question, make_tea_category, make_tea_shop

pytestmark = pytest.mark.django_db
TEXT = "您要的「{买家的话}」，推荐{商品}，{价格}，{到货日}前到"


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器")


def prepare(shop, *, on: bool = True, **fields) -> PreparedAnswer:
    given = {
        "title": "普洱茶具",
        "category": make_tea_category(),
        "text": TEXT,
        "cards": [only_sku(shop.products.first())],
        "attributes": {"适合": "普洱"},
        "arrive_days": 3,
        "promises": ["包邮"],
        **fields,
    }
    row = services.prepare(shop=shop, by=owner_of(shop), draft=Preparation(**given))
    return services.conclude_prepared(prepared=row, verdict=Verdict.PASSED) if on else row


def ask(text: str = "送爸爸的茶具，爱喝普洱，400-600", **fields) -> Question:
    return make_question(text=text, **fields)


def automatic() -> list[Answer]:
    return list(Answer.objects.filter(prepared__isnull=False).select_related("shop"))


def test_a_fitting_question_is_answered_before_anybody_is_asked(shop):
    row = prepare(shop)
    other = make_tea_shop("半木器物")
    question = ask()
    [answer] = automatic()
    day = timezone.localdate() + timedelta(days=3)
    assert answer.text == f"您要的「送爸爸的茶具」，推荐紫砂壶茶具礼盒，¥528，{day.month}月{day.day}日前到"
    assert (answer.status, answer.verdict, answer.arrive_by, answer.promises) == ("visible", "pass", day, ["包邮"])
    assert Quote.objects.get().lines.get().price_fen == 52_800
    row.refresh_from_db()
    assert row.last_used_at is not None
    # It has answered, so it is not asked again; the others are.
    assert invitation_of(question, shop).wave.number == 0
    assert invitation_of(question, other).wave.number == 1
    assert (question.status, question.answer_count, question.first_answer_at) == ("answered", 1, None)
    # Nobody is called to the phone for it.
    assert not InboxItem.objects.filter(user=question.buyer, kind="answer_arrived").exists()


def test_it_is_labelled_ranked_and_adopted_like_any_other(shop):
    prepare(shop)
    question = ask()
    told = api_of(question.buyer).get(f"/api/v1/questions/{question.public_id}").json()
    [answer] = told["answers"]
    assert (answer["automatic"], answer["met"], told["max_answers"]) == (True, 2, 5)
    assert answer["why"][0].startswith("在你 ¥400–600 的预算里")
    services.adopt(answer=automatic()[0], by=question.buyer)
    assert InboxItem.objects.filter(user=owner_of(shop), kind="adopted").exists()


def test_judged_as_if_a_person_had_written_it(shop):
    prepare(shop)
    twin = make_tea_shop("半木器物")
    question = ask()
    mine = automatic()[0]
    theirs = make_answer(question, twin, text=mine.text, arrive_by=mine.arrive_by, promises=mine.promises)
    assert {**theirs.reasons["parts"], "record": 0} == {**mine.reasons["parts"], "record": 0}
    assert theirs.reasons["conditions"] == mine.reasons["conditions"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("送爸爸的茶具，爱喝绿茶，400-600", "another value"),
        ("送爸爸的茶具，400-600", "the value is not asked for"),
        ("送爸爸的茶具，爱喝普洱，100以内", "too dear"),
        ("送爸爸的茶具，爱喝普洱，不要紫砂", "it is what the buyer avoids"),
        ("想买羊毛围巾，给普洱的朋友", "another category"),
    ],
)
def test_what_does_not_fit_is_not_answered(shop, text, why):
    prepare(shop)
    make_category("围巾", keywords="羊毛 围巾")
    ask(text)
    assert automatic() == [], why


@pytest.mark.parametrize(
    "change",
    [
        {"status": "paused"},
        {"status": "screening"},
        {"status": "stopped"},
        {"status": "rejected"},
        {"valid_until": timezone.localdate() - timedelta(days=1)},
        {"passed_digest": "another"},
        {"words": ["刻字"]},
        {"budget_min_fen": 80_000},
        {"budget_max_fen": 30_000},
    ],
)
def test_a_prepared_answer_that_is_off_or_of_another_kind_stays_silent(shop, change):
    row = prepare(shop)
    PreparedAnswer.objects.filter(pk=row.pk).update(**change)
    ask()
    assert automatic() == []


def test_goods_that_are_gone_are_passed_over_for_the_next(shop):
    prepare(shop)
    Sku.objects.update(stock=0)
    ask()
    assert automatic() == []


def test_shops_that_are_closed_resting_or_the_buyers_own_stay_silent(shop):
    prepare(shop)
    services_of = type(shop).objects.filter(pk=shop.pk)
    services_of.update(is_open=False)
    ask()
    services_of.update(is_open=True, takes_questions=False)
    ask()
    services_of.update(takes_questions=True)
    make_question(owner_of(shop), text="送爸爸的茶具，爱喝普洱，400-600")
    assert automatic() == []
    ask()
    assert len(automatic()) == 1


def test_blocks_and_areas_are_kept(shop):
    prepare(shop)
    question = ask(wave=False)
    block = Block.objects.create(shop=shop, buyer=question.buyer, side="shop")
    assert services.answer_automatically(question) == []
    block.delete()
    preferences = ShopPreferences.objects.create(shop=shop, areas=["上海"])
    Question.objects.filter(pk=question.pk).update(need={**question.need, "city": "杭州"})
    question.refresh_from_db()
    assert services.answer_automatically(question) == []
    preferences.areas = ["浙江", "杭州"]
    preferences.save()
    assert len(services.answer_automatically(question)) == 1


def test_relevance_below_the_bar_stays_silent(shop, settings):
    settings.QA_AUTOMATIC_RELEVANCE = 1.01
    prepare(shop)
    ask()
    assert automatic() == []


def test_at_most_so_many_one_a_shop_and_in_turn(settings):
    settings.QA_AUTOMATIC_ANSWERS = 2
    shops = [make_tea_shop(f"茶店{n}") for n in range(3)]
    for shop in shops:
        prepare(shop)
    prepare(shops[0], title="又一条")
    first, second = ask(), ask()
    names = [[answer.shop.name for answer in automatic() if answer.question_id == q.pk] for q in (first, second)]
    assert [sorted(found) for found in names] == [["茶店0", "茶店1"], ["茶店0", "茶店2"]]


def test_people_keep_their_places(settings):
    settings.QA_AUTOMATIC_ANSWERS, settings.QA_AUTOMATIC_PLACES, settings.QA_MAX_ANSWERS = 2, 1, 3
    for name in ("自动一", "自动二"):
        prepare(make_tea_shop(name))
    people = [make_tea_shop(f"茶店{n}", values=("绿茶",)) for n in range(3)]
    question = ask()
    assert len(automatic()) == 2
    assert Answer.objects.filter(question=question).places() == 1
    for shop in people[:2]:
        make_answer(question, shop)
    question.refresh_from_db()
    assert (question.answer_count, invitation_of(question, people[2]).status) == (4, "withdrawn")
    told = api_of(question.buyer).get(f"/api/v1/questions/{question.public_id}").json()
    assert (len(told["answers"]), told["max_answers"]) == (4, 4)


def test_a_second_call_adds_nothing(shop):
    prepare(shop)
    question = ask()
    assert services.answer_automatically(question) == []
    services.dispatch_question(question.pk)
    assert (len(automatic()), question.waves.filter(number=0).count()) == (1, 1)


def test_words_are_checked_once_and_again_only_when_they_change(shop, wechat, buyer, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "qa.services.preparing.moderation.check_text_by_any",
        lambda **call: asked.append(call["text"]) or type("V", (), {"suggest": "pass"})(),
    )
    row = prepare(shop, on=False)
    assert row.status == "screening"
    outbox.run(OutboxEvent.objects.get(kind="qa.screen_prepared").pk)
    row.refresh_from_db()
    assert (row.status, len(asked)) == ("on", 1)
    kept = Preparation(
        "换个名字", row.category, row.text, [card.sku for card in row.cards.all()], promises=["包邮"], arrive_days=3
    )
    row = services.prepare(shop=shop, by=owner_of(shop), draft=kept, prepared=row)
    assert (row.status, row.title) == ("on", "换个名字")
    kept.text = "新的话，{到货日}到"
    assert services.prepare(shop=shop, by=owner_of(shop), draft=kept, prepared=row).status == "screening"
    ask()
    assert (automatic(), len(asked)) == ([], 1)


def test_risky_words_answer_nobody_and_are_told(shop, buyer, monkeypatch):
    row = prepare(shop, on=False, text="加微信转账更便宜", arrive_days=None)
    monkeypatch.setattr("qa.services.preparing.mini_program_openids", lambda user: _openids(buyer))
    services.screen_prepared(row.pk)
    row.refresh_from_db()
    assert row.status == "rejected"
    assert InboxItem.objects.filter(user=owner_of(shop), kind="prepared_answer").exists()
    ask()
    assert automatic() == []


def _openids(user):
    return list(user.wechat_identities.values_list("openid", flat=True))


def test_phone_numbers_in_prepared_words_are_hidden(shop):
    assert prepare(shop, text="加我13812346072", arrive_days=None).text == "加我***"


def test_ops_stop_and_release(shop):
    row = prepare(shop)
    ops = owner_of(make_tea_shop("运营"))
    services.stop_prepared(prepared=row, by=ops)
    with pytest.raises(PreparedStopped):
        services.prepare(
            shop=shop, by=owner_of(shop), prepared=row,
            draft=Preparation("名", row.category, "话", [card.sku for card in row.cards.all()]),
        )  # fmt: skip
    assert services.resume_prepared(prepared=row, by=owner_of(shop)).status == "stopped"
    services.release_prepared(prepared=row, by=ops)
    assert services.resume_prepared(prepared=row, by=owner_of(shop)).status == "on"
    services.pause_prepared(prepared=row, by=owner_of(shop))
    ask()
    assert automatic() == []


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"title": ""}, "title"),
        ({"text": " "}, "text"),
        ({"text": "好" * 501}, "text"),
        ({"text": "{到货日}到", "arrive_days": None}, "arrive_days"),
        ({"arrive_days": 61}, "arrive_days"),
        ({"category": None}, "category"),
        ({"cards": []}, "cards"),
        ({"attributes": {"适合": "咖啡"}}, "attributes"),
        ({"budget_min_fen": 500, "budget_max_fen": 400}, "budget_max"),
        ({"valid_until": timezone.localdate() - timedelta(days=1)}, "valid_until"),
        ({"words": [f"词{n}" for n in range(11)]}, "words"),
    ],
)
def test_bad_preparations_are_refused_and_move_nothing(shop, bad, field):
    with pytest.raises(Invalid) as refusal:
        prepare(shop, **bad)
    assert list(refusal.value.fields) == [field]
    assert not PreparedAnswer.objects.exists()


def test_only_the_shops_own_goods(shop):
    foreign = only_sku(make_tea_shop("别家").products.get())
    with pytest.raises(NotYoursToSell):
        prepare(shop, cards=[foreign])
    assert not PreparedAnswer.objects.exists()


def test_an_erased_buyer_leaves_no_words_in_automatic_answers(shop):
    prepare(shop)
    question = ask()
    services.forget_questions(user=question.buyer)
    [answer] = automatic()
    assert "送爸爸" not in answer.text
    assert "送爸爸" not in str(answer.reasons)
    assert Invitation.objects.get(question=question).status == "answered"


def test_an_erased_buyer_leaves_no_words_in_the_line_that_told_of_the_choice(shop):
    prepare(shop)
    question = ask()
    [answer] = automatic()
    conversation = services.adopt(answer=answer, by=question.buyer)
    note = Message.objects.get(conversation=conversation)
    assert "送爸爸" in note.words
    person_erased.send(sender=User, user=question.buyer)
    for row in (note, conversation):
        row.refresh_from_db()
    assert (note.words, conversation.last_preview) == ("买家选了一份回答", "")
    assert "送爸爸" not in str([note.note, conversation.slip, conversation.last_line])


def test_blanks_are_found_and_filled_in_either_spelling():
    text = "{商品} {price} { 到货日 } {buyer's wish} {unknown}"
    assert placeholders.blanks(text) == ["product", "price", "arrive_by", "wish"]
    filled = placeholders.fill(text, Filling("壶", 52_800, None, "送爸爸"))
    assert filled == "壶 ¥528 { 到货日 } 送爸爸 {unknown}"
    assert placeholders.wish_of("送爸爸的茶具，他爱喝普洱") == "送爸爸的茶具"
    assert len(placeholders.wish_of("长" * 100)) == placeholders.LONGEST_WISH


def test_snippets_are_kept_changed_and_thrown_away(shop):
    by = owner_of(shop)
    first = services.save_snippet(shop=shop, by=by, title="发货", text="今晚发，{到货日}前到")
    with pytest.raises(Invalid):
        services.save_snippet(shop=shop, by=by, title="发货", text="重名")
    second = services.save_snippet(shop=shop, by=by, title="包装", text="礼盒装")
    assert [row.title for row in shop.snippets.all()] == ["发货", "包装"]
    services.save_snippet(shop=shop, by=by, title="发货快", text="今晚发", snippet=first)
    assert Snippet.objects.get(pk=first.pk).title == "发货快"
    services.delete_snippet(snippet=second, by=by)
    services.delete_snippet(snippet=second, by=by)
    assert Snippet.objects.count() == 1


@pytest.mark.parametrize(
    "bad", [{"title": ""}, {"title": "长" * 21}, {"text": ""}, {"text": "长" * 501}, {"text": "\0"}]
)
def test_bad_snippets_are_refused(shop, bad):
    with pytest.raises(Invalid):
        services.save_snippet(**{"shop": shop, "by": owner_of(shop), "title": "名", "text": "话", **bad})
    assert not Snippet.objects.exists()


def test_phrases_and_prepared_answers_over_http(shop):
    api = api_of(owner_of(shop))
    kept = api.post("/api/v1/shop/snippets", {"title": "发货", "text": "今晚发"})
    assert kept.status_code == 201
    path = f"/api/v1/shop/snippets/{kept.json()['id']}"
    assert api.put(path, {"title": "发货快", "text": "马上发"}).json()["title"] == "发货快"
    assert [row["title"] for row in api.get("/api/v1/shop/snippets").json()] == ["发货快"]
    assert api.delete(path).status_code == 204

    sku, category = only_sku(shop.products.first()), make_tea_category()
    body = {"title": "普洱", "category_id": category.public_id, "text": "推荐{商品}", "sku_ids": [sku.public_id]}
    made = api.post("/api/v1/shop/prepared-answers", body, format="json")
    assert (made.status_code, made.json()["status"], made.json()["used"]) == (201, "screening", 0)
    services.conclude_prepared(prepared=PreparedAnswer.objects.get(), verdict=Verdict.PASSED)
    path = f"/api/v1/shop/prepared-answers/{made.json()['id']}"
    assert api.post(f"{path}/pause").json()["status"] == "paused"
    assert api.post(f"{path}/resume").json()["status"] == "on"
    ask()
    assert (api.get(path).json()["used"], api.get(path).json()["sku_ids"]) == (1, [sku.public_id])
    assert api.put(path, body | {"title": "换名"}, format="json").json()["title"] == "换名"
    refused = api.put(path, body | {"category_id": "none"}, format="json")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["category"])
    foreign = only_sku(make_tea_shop("别家").products.get())
    assert api.put(path, body | {"sku_ids": [foreign.public_id]}, format="json").status_code == 404
    assert PreparedAnswer.objects.get().cards.get().sku == sku


def test_a_changed_price_is_refused_over_http(shop):
    invitation = invitation_of(ask(), shop)
    sku = only_sku(shop.products.first())
    body = {"text": "好", "cards": [{"sku_id": sku.public_id, "seen_fen": 100}]}
    path = f"/api/v1/shop/invitations/{invitation.public_id}/answer"
    reply = api_of(owner_of(shop)).post(path, body, format="json", HTTP_IDEMPOTENCY_KEY="key-12345678")
    assert (reply.status_code, reply.json()["code"]) == (400, "card_changed")
    assert not Answer.objects.exists()


def test_prepared_answers_that_break_keep_no_shop_from_being_asked(shop, monkeypatch, caplog):
    def answer_automatically(question):
        raise ZeroDivisionError

    prepare(shop)
    # No row that we know of breaks it.
    monkeypatch.setattr("qa.services.prepared.answer_automatically", answer_automatically)
    assert ask().invitations.get().shop == shop
    assert [record.message for record in caplog.records] == ["prepared answers failed"]
