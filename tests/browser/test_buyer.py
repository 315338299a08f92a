"""The buyer's page where something is missing: no words, too many, no network, a server that broke, an end."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.services import issue_token
from qa import services
from qa.models import Invitation, Question
from tests.qa.factories import make_answer, make_question, make_tea_shop

from .conftest import NARROW
from .test_answers import seen
from .test_face import AUDIT, CLEAN, elsewhere, no_websocket, use_theme

__all__ = ["no_websocket"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def question():
    shop = make_tea_shop("山南茶器")
    question = elsewhere(make_question)
    elsewhere(make_answer, question, shop)
    return question


@pytest.fixture
def phone(chromium, live_server, question):
    """`phone(hash) -> Page` of the question's buyer; what fails on purpose may be told on the console."""
    context = chromium.new_context(viewport=dict(zip(("width", "height"), NARROW, strict=True)), locale="zh-CN")
    context.set_default_timeout(10_000)
    token = elsewhere(lambda: issue_token(user=question.buyer)[0])
    context.add_init_script(
        f"sessionStorage.setItem('wx_buyer_token', {token!r}); sessionStorage.setItem('wx_sandbox_person', 'nobody')"
    )
    page = context.new_page()

    def open_at(place):
        page.goto(f"{live_server.url}/b/{place}")
        page.locator("h1").wait_for()
        return page

    yield open_at
    context.close()


def test_what_is_empty_or_too_long_is_said_at_the_box_and_kept(phone):
    page = phone("")
    box, ask = page.locator("textarea"), page.get_by_role("button", name="问一问")
    ask.click()
    expect(page.locator("#ask-wrong")).to_have_text("先写下想买什么")
    expect(box).to_be_focused()
    box.fill("茶" * 2000)
    expect(page.locator("#ask-wrong")).to_be_empty()
    expect(page.locator("#ask-room")).to_have_text("多了 1500 字，最多 500 字")
    ask.click()
    expect(page.locator("#ask-wrong")).to_contain_text("多了 1500 字")
    assert len(box.input_value()) == 2000
    assert page.evaluate(AUDIT) == CLEAN
    assert Question.objects.count() == 1
    box.fill("茶" * 450)
    expect(page.locator("#ask-room")).to_have_text("还能写 50 字")


def test_no_network_is_said_while_waiting_and_vanishes_with_it(phone, question):
    page = phone(f"#/q/{question.public_id}")
    expect(page.locator("#offline")).to_be_empty()
    page.route("**/api/v1/**", lambda route: route.abort())
    expect(page.locator("#offline")).to_have_text("网断了，连上后这一页会自己更新")
    assert page.evaluate(AUDIT) == CLEAN
    page.unroute("**/api/v1/**")
    expect(page.locator("#offline")).to_be_empty()


def test_a_server_that_broke_is_not_called_a_broken_network(phone, question):
    page = phone("")
    page.route("**/api/v1/questions/**", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    page.evaluate(f"location.hash = '#/q/{question.public_id}'")
    expect(page.get_by_role("alert")).to_contain_text("我们这边出错了")
    page.unroute("**/api/v1/questions/**")
    page.get_by_role("button", name="再试一次").click()
    expect(page.locator("h1")).to_have_text("正在帮你问")


def test_what_is_not_there_leads_back(phone):
    page = phone("#/q/nonesuch")
    expect(page.get_by_role("alert")).to_contain_text("没有找到")
    page.get_by_role("link", name="回到问一问").click()
    expect(page.locator("textarea")).to_be_visible()


def test_ending_asks_first_and_the_words_can_be_asked_again(phone, question):
    page = phone(f"#/q/{question.public_id}")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="不问了").click()
    question.refresh_from_db()
    assert question.status == Question.Status.ANSWERED
    elsewhere(lambda: services.close_question(question=question, by=question.buyer))
    page.get_by_role("button", name="再问一次").click()
    expect(page.locator("textarea")).to_have_value(question.text)


def wave_over(question):
    """Nobody else is there to be asked."""
    Question.objects.filter(pk=question.pk).update(pooled_at=timezone.now())
    question.waves.update(closed_at=timezone.now())
    question.tickets.all().delete()


def none_fits(phone, question):
    page = phone(f"#/q/{question.public_id}/compare")
    page.get_by_role("link", name="都不合适").click()
    expect(page.locator("h1")).to_have_text("都不合适")
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_where_none_fits_further_shops_are_asked_with_a_wider_budget(phone, live_server, question, theme):
    wave_over(question)
    page = none_fits(phone, question)
    use_theme(page, live_server, theme)
    page.reload()
    expect(page.get_by_text("不会自动再问别家")).to_be_visible()
    expect(page.get_by_role("button", name="现在再问一批商家")).to_be_visible()
    assert page.evaluate(AUDIT) == CLEAN
    seen(page, f"none-fits-{theme}")
    page.get_by_role("button", name="放宽到 ¥900 再问").click()
    expect(page.locator("h1")).to_have_text("正在帮你问")
    question.refresh_from_db()
    assert question.need["budget_max_fen"] == 90_000
    assert question.tickets.get().done_at is None
    # A tap as long as they are being asked would be in vain.
    page = none_fits(phone, question)
    expect(page.get_by_text("还在帮你问店家")).to_be_visible()
    expect(page.get_by_role("button", name="放宽到")).to_have_count(0)


def test_other_words_ask_anew_and_only_then_the_old_question_ends(phone, question, settings):
    settings.QA_MAX_ANSWERS = 1
    page = none_fits(phone, question)
    expect(page.get_by_text("回答名额满了")).to_be_visible()
    box, anew = page.locator("textarea"), page.get_by_role("button", name="重新问")
    expect(box).to_have_value(question.text)
    anew.click()
    expect(page.get_by_role("alert")).to_contain_text("先改一改")
    box.fill("茶" * 501)
    anew.click()
    expect(page.get_by_role("alert")).to_contain_text("多了 1 字")
    question.refresh_from_db()
    assert (question.status, Question.objects.count()) == (Question.Status.ANSWERED, 1)
    box.fill("送爸爸60岁生日的茶具，预算800，不要紫砂")
    anew.click()
    # As with any question, the phone is asked first which messages may come.
    page.wait_for_url("**/phone/subscribe**")
    question.refresh_from_db()
    asked = Question.objects.exclude(pk=question.pk).get()
    assert (question.status, asked.need["avoid"], asked.need["budget_max_fen"]) == ("closed", ["紫砂"], 80_000)
    page = phone(f"#/q/{question.public_id}")
    expect(page.get_by_role("link", name="看 1 份回答")).to_be_visible()


def test_where_none_fits_the_question_can_be_ended(phone, question):
    page = none_fits(phone, question)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="不问了").click()
    expect(page.locator("textarea.bd-ask-text")).to_have_value("")
    question.refresh_from_db()
    assert question.status == Question.Status.CLOSED


def test_who_passed_and_who_ran_out_of_time_are_told_apart(phone, question):
    for name, status in (("半木器物", "passed"), ("云窑陶社", "lapsed")):
        shop = make_tea_shop(name)
        Invitation.objects.create(
            question=question, wave=question.waves.first(), shop=shop, status=status, deadline_at=timezone.now()
        )
    page = phone(f"#/q/{question.public_id}")
    expect(page.locator(".bd-shops .bd-state")).to_have_text(["已回答", "这次不答", "没来得及"])
    assert page.evaluate(AUDIT) == CLEAN
    seen(page, "waiting")


def test_other_answers_stay_readable_after_the_choice(phone, question):
    page = phone(f"#/q/{question.public_id}/compare")
    page.locator(".bd-foot .wx-btn-primary").click()
    page.locator("summary.wx-pinned").wait_for()
    # The chosen answer opens the talk once, as itself and not as a note about it.
    expect(page.get_by_text(question.answers.get().text)).to_have_count(1)
    page.evaluate(f"location.hash = '#/q/{question.public_id}'")
    expect(page.get_by_role("link", name="看 1 份回答")).to_be_visible()


def test_a_refused_address_says_so_at_each_field(phone):
    page = phone("#/address")
    page.fill("#address-name", "林晓")
    page.get_by_role("button", name="保存并使用").click()
    expect(page.locator("#address-phone-wrong")).not_to_be_empty()
    expect(page.locator("#address-phone")).to_be_focused()
    refused = page.evaluate("[...document.querySelectorAll('[aria-invalid]')].map((input) => input.name)")
    assert refused == ["phone", "province", "city", "detail"]
    assert page.evaluate(AUDIT) == CLEAN
