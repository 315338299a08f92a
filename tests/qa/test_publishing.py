"""From an adopted answer to what everybody may read, and back."""

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts.models import Consent
from accounts.services import erase_person, export_person, request_erasure, save_address, withdraw_consent
from core import outbox
from core.errors import Invalid
from core.models import AuditEntry, OutboxEvent
from merchants.models import Merchant
from notifications.models import InboxItem
from qa import services
from qa.errors import NotPublishable, WordingChanged
from qa.models import PublicAnswer, PublicFeedback, Verdict
from qa.public import search
from tests.shops.factories import owner_of

from .factories import make_answer, make_buyer, make_publication, make_question, make_tea_shop, say

pytestmark = pytest.mark.django_db
Status = PublicAnswer.Status


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器")


def adopted(shop, buyer=None, *, text="送爸爸60岁生日的茶具，预算400-600", answer="这款壶口宽，好清洗"):
    question = make_question(buyer, text=text)
    chosen = make_answer(question, shop, text=answer)
    services.adopt(answer=chosen, by=question.buyer)
    chosen.refresh_from_db()
    return chosen


def actions() -> list[str]:
    return list(
        AuditEntry.objects.filter(action__startswith="qa.public").order_by("id").values_list("action", flat=True)
    )


def test_the_way_to_the_public_through_the_real_check(shop, buyer, sandbox):
    answer = adopted(shop, buyer)
    row = services.propose(answer=answer, by=buyer)
    assert (row.status, row.question, row.text) == (Status.PROPOSED, answer.question.text, answer.text)
    assert not PublicAnswer.objects.visible().exists()
    services.consent(public=row, by=buyer, question="送爸爸生日的茶具，好清洗的", version="2026-11")
    row.refresh_from_db()
    assert (row.status, row.consent_version) == (Status.CHECKING, "2026-11")
    assert buyer.consents.get(purpose=Consent.Purpose.PUBLIC_ANSWERS, withdrawn_at=None).version == "2026-11"
    assert not PublicAnswer.objects.visible().exists()
    services.screen_public(row.pk)
    row.refresh_from_db()
    assert (row.status, row.verdict, row.question) == (Status.PUBLIC, Verdict.PASSED, "送爸爸生日的茶具，好清洗的")
    checked = sandbox.requests("/wxa/msg_sec_check")[0]
    assert "送爸爸生日的茶具，好清洗的" in str(checked)
    assert PublicAnswer.objects.visible().get() == row
    assert actions() == ["qa.public_proposed", "qa.public_consented", "qa.public_checked"]
    assert InboxItem.objects.filter(user=owner_of(shop), kind="public_answer").count() == 1


def test_words_that_the_check_refuses_are_seen_by_nobody(shop, buyer, sandbox):
    row = services.propose(answer=adopted(shop, buyer), by=buyer)
    services.consent(public=row, by=buyer, question="茶具 违禁测试", version="1")
    services.screen_public(row.pk)
    row.refresh_from_db()
    assert (row.status, row.question, row.text, row.search) == (Status.REFUSED, "", "", None)
    with pytest.raises(NotPublishable):
        services.propose(answer=row.answer, by=buyer)


def test_without_the_checker_it_waits(shop, buyer, sandbox):
    row = services.propose(answer=adopted(shop, buyer), by=buyer)
    services.consent(public=row, by=buyer, question=row.question, version="1")
    sandbox.fault("errcode", "POST /wxa/msg_sec_check", errcode=-1, count=5)
    with pytest.raises(outbox.Retry):
        services.screen_public(row.pk)
    row.refresh_from_db()
    assert row.status == Status.CHECKING


def test_ops_decide_what_the_check_leaves_open(shop):
    row = make_publication(shop, public=False)
    row = services.conclude_public(public=row, verdict=Verdict.REVIEW)
    assert row.status == Status.CHECKING
    assert services.conclude_public(public=row, verdict=Verdict.PASSED, by=owner_of(shop)).status == Status.PUBLIC
    # Decided is decided.
    assert services.conclude_public(public=row, verdict=Verdict.RISKY).status == Status.PUBLIC


def test_personal_data_goes_from_the_proposal_and_from_what_is_typed(shop):
    buyer = make_buyer("Momo")
    save_address(
        user=buyer, name="莫婷", phone="13700004521", province="广东省", city="深圳市", district="南山区",
        detail="科苑南路 2666 号",
    )  # fmt: skip
    answer = adopted(
        shop, buyer, text="我是Momo，送爸爸的茶具，微信号 momo123456，预算400-600", answer="莫婷您好，这款好洗"
    )
    row = services.propose(answer=answer, by=buyer)
    assert "Momo" not in row.question
    assert "momo123456" not in row.question
    assert "莫婷" not in row.text
    row = services.consent(public=row, by=buyer, question="莫婷想买茶具，打 13700004521", version="1")
    assert row.question == "***想买茶具，打 ***"


@pytest.mark.parametrize("words", ["", "  ", "茶" * 501, "13812345678", "😀", "\x07茶具"])
def test_words_that_say_nothing_are_refused_and_nothing_moves(shop, words):
    answer = adopted(shop)
    row = services.propose(answer=answer, by=answer.question.buyer)
    with pytest.raises(Invalid):
        services.consent(public=row, by=answer.question.buyer, question=words, version="1")
    row.refresh_from_db()
    assert (row.status, row.consented_at) == (Status.PROPOSED, None)
    assert not Consent.objects.filter(purpose="public_answers").exists()


def test_only_adopted_answers_of_shops_that_agree_can_be_proposed(shop):
    question = make_question()
    answer = make_answer(question, shop)
    with pytest.raises(NotPublishable):
        services.propose(answer=answer, by=question.buyer)
    services.adopt(answer=answer, by=question.buyer)
    services.set_publishing(shop=shop, on=False, by=owner_of(shop))
    with pytest.raises(NotPublishable):
        services.propose(answer=answer, by=question.buyer)
    services.set_publishing(shop=shop, on=True, by=owner_of(shop))
    row = services.propose(answer=answer, by=question.buyer)
    # Between the look and the yes the shop may change its mind.
    services.set_publishing(shop=shop, on=False, by=owner_of(shop))
    with pytest.raises(NotPublishable):
        services.consent(public=row, by=question.buyer, question=row.question, version="1")
    assert PublicAnswer.objects.get().status == Status.PROPOSED


def test_repeats_change_nothing(shop):
    row = make_publication(shop)
    before = PublicAnswer.objects.values().get()
    assert services.propose(answer=row.answer, by=row.answer.question.buyer) == row
    services.consent(public=row, by=row.answer.question.buyer, question=row.question, version="2026-11")
    assert PublicAnswer.objects.values().get() == before
    with pytest.raises(WordingChanged):
        services.consent(public=row, by=row.answer.question.buyer, question="别的话，茶具", version="2026-11")
    assert PublicAnswer.objects.values().get() == before


def test_the_buyer_takes_it_back_and_may_say_yes_again(shop):
    row = make_publication(shop)
    buyer = row.answer.question.buyer
    services.withdraw(public=row, by=buyer)
    services.withdraw(public=row, by=buyer)
    row.refresh_from_db()
    assert (row.status, row.withdrawn_by, row.question, row.text, row.search) == ("withdrawn", "buyer", "", "", None)
    assert actions().count("qa.public_withdrawn") == 1
    again = services.propose(answer=row.answer, by=buyer)
    assert (again.status, again.consented_at) == (Status.PROPOSED, None)
    assert again.question
    services.consent(public=again, by=buyer, question=again.question, version="2026-11")
    assert OutboxEvent.objects.filter(kind="qa.screen_public").count() == 2
    assert services.conclude_public(public=again, verdict=Verdict.PASSED).status == Status.PUBLIC


def test_what_the_shop_declines_stays_away(shop):
    row = make_publication(shop)
    services.decline(public=row, by=owner_of(shop))
    row.refresh_from_db()
    assert (row.status, row.withdrawn_by, row.text) == (Status.WITHDRAWN, "shop", "")
    with pytest.raises(NotPublishable):
        services.propose(answer=row.answer, by=row.answer.question.buyer)


def test_ops_take_it_down_with_a_reason_that_both_read(shop):
    row = make_publication(shop)
    with pytest.raises(Invalid):
        services.take_down(public=row, by=owner_of(shop), reason=" ")
    assert PublicAnswer.objects.visible().exists()
    services.take_down(public=row, by=owner_of(shop), reason="夸大功效")
    row.refresh_from_db()
    assert (row.status, row.reason, row.text) == (Status.TAKEN_DOWN, "夸大功效", "")
    told = InboxItem.objects.filter(kind="public_answer", body="夸大功效").values_list("user", flat=True)
    assert set(told) == {owner_of(shop).pk, row.answer.question.buyer_id}
    with pytest.raises(NotPublishable):
        services.propose(answer=row.answer, by=row.answer.question.buyer)


def test_taking_the_whole_consent_back_ends_all_of_them(shop):
    buyer = make_buyer()
    rows = [make_publication(shop, buyer=buyer), make_publication(make_tea_shop(), buyer=buyer, public=False)]
    other = make_publication(make_tea_shop())
    withdraw_consent(user=buyer, purpose="public_answers")
    for row in rows:
        row.refresh_from_db()
    assert [row.status for row in rows] == [Status.WITHDRAWN] * 2
    assert PublicAnswer.objects.visible().get() == other


@pytest.mark.parametrize("cause", ["closed", "suspended"])
def test_a_shop_that_is_gone_takes_its_answers_along(shop, cause):
    make_publication(shop)
    if cause == "closed":
        type(shop).objects.filter(pk=shop.pk).update(is_open=False)
    else:
        Merchant.objects.filter(shop=shop).update(status=Merchant.Status.SUSPENDED)
    assert not PublicAnswer.objects.visible().exists()


def test_erasing_the_buyer_takes_their_words_and_keeps_others_voices_true(shop):
    buyer = make_buyer()
    mine, others = make_publication(shop, buyer=buyer), make_publication(make_tea_shop())
    say(mine, helped=1)
    services.give_feedback(public=others, by=buyer, helped=True)
    assert export_person(user=buyer)["public_answers"][0]["status"] == "public"
    request_erasure(user=buyer)
    erase_person(buyer.pk)
    mine.refresh_from_db()
    others.refresh_from_db()
    assert (mine.status, mine.question, mine.text, mine.search) == (Status.WITHDRAWN, "", "", None)
    assert (others.helped, PublicFeedback.objects.get(public_answer=others).person) == (1, None)
    # Who is gone cannot be asked again.
    assert PublicAnswer.objects.visible().get() == others


def test_the_database_itself_wants_consent_and_check(shop):
    row = make_publication(shop, public=False)
    rows = PublicAnswer.objects.filter(pk=row.pk)
    for broken in ({"consented_at": None}, {"status": "public"}, {"status": "withdrawn"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**broken)


def test_words_are_counted_among_what_is_public(shop):
    make_publication(shop)
    make_publication(make_tea_shop(), text="送妈妈的茶具", public=False)
    assert search.count() > 5
    known = search.frequencies(["茶具", "妈妈"])
    assert (known.total, known.documents) == (1, {"茶具": 1, "妈妈": 1})
    call_command("check")
