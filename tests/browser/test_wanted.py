"""What a merchant decides: the form tells what follows while it is typed; phrases go into a chat by keyboard."""

import os
from datetime import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.services import issue_token
from chat.models import Conversation, Message
from qa import services
from qa.models import ShopPreferences
from qa.wanted import Wanted
from shops.models import Block, Shop
from tests.qa.factories import make_answer, make_question, make_tea_shop
from tests.shops.factories import owner_of

from .conftest import NARROW, WIDE
from .test_face import AUDIT, CLEAN, elsewhere, log_in, no_websocket, use_theme

__all__ = ["no_websocket"]
pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = os.environ.get("PICTURES")
# For what waits for a pause in typing and for the server, on a machine that does other things too.
SECONDS = 15_000


def seen(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器")


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (NARROW, "dark")])
def test_the_form_tells_what_follows_and_saves(open_window, live_server, shop, size, theme):
    elsewhere(make_question, None)
    page = open_window(size)
    log_in(page, live_server, owner_of(shop))
    use_theme(page, live_server, theme)
    page.goto(f"{live_server.url}/m/preferences/")
    follows = page.locator("#follows")
    expect(follows).to_contain_text("全天都可能派问题给你", timeout=SECONDS)
    expect(follows.locator(".wx-figure")).to_contain_text("1", timeout=SECONDS)
    page.get_by_label("每天最多几个").fill("12")
    page.get_by_label("设置免打扰时段").check()
    expect(follows).to_contain_text("你每天最多收到 12 个问题", timeout=SECONDS)
    expect(follows).to_contain_text("22:00–8:00 不打扰", timeout=SECONDS)
    page.get_by_label("最低预算").fill("900")
    expect(follows).to_contain_text("预算低于 ¥900 的不接", timeout=SECONDS)
    expect(follows.locator(".wx-figure")).to_contain_text("0", timeout=SECONDS)
    assert not ShopPreferences.objects.exists()
    seen(page, f"wanted-{size[0]}-{theme}")
    page.get_by_role("button", name="保存").press("Enter")
    expect(page.get_by_text("已保存，从下一个问题起生效")).to_be_visible()
    assert Wanted.of(Shop.objects.get()) == Wanted(
        daily_cap=12, quiet_from=time(22), quiet_until=time(8), min_budget_fen=90_000
    )
    page.get_by_role("button", name="今晚休息").click()
    expect(page.get_by_text("之前不派问题给你")).to_be_visible()
    assert Shop.objects.get().paused_until is not None
    assert page.evaluate(AUDIT) == CLEAN
    seen(page, f"resting-{size[0]}-{theme}")


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "dark"), (NARROW, "light")])
def test_the_shop_reads_why_it_was_chosen_or_not(open_window, live_server, shop, size, theme):
    elsewhere(make_question, None)
    services.save_preferences(shop=shop, by=owner_of(shop), wanted=Wanted(min_budget_fen=90_000))
    elsewhere(make_question, None)
    page = open_window(size)
    log_in(page, live_server, owner_of(shop))
    use_theme(page, live_server, theme)
    page.goto(f"{live_server.url}/m/why/")
    expect(page.get_by_text("预算低于你接的范围")).to_be_visible()
    expect(page.get_by_text("你卖的很贴近需求")).to_be_visible()
    assert page.evaluate(AUDIT) == CLEAN
    seen(page, f"why-{size[0]}-{theme}")
    page.locator(".qa-why").get_by_role("link", name="去看看").click()
    expect(page.get_by_role("heading", name="接问题")).to_be_visible()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_phrase_goes_into_the_chat_and_its_blanks_are_filled(open_window, live_server, shop, size):
    by = owner_of(shop)
    services.save_snippet(shop=shop, by=by, title="推荐", text="{商品}，{价格}，{到货日}前到")
    services.save_snippet(shop=shop, by=by, title="发货", text="今晚就发")
    question = elsewhere(make_question, None)
    answer = elsewhere(make_answer, question, shop)
    talk = elsewhere(lambda: services.adopt(answer=answer, by=question.buyer))
    page = open_window(size)
    log_in(page, live_server, by)
    page.goto(f"{live_server.url}/m/chats/{talk.public_id}/")
    box = page.get_by_label("消息", exact=True)
    if size == WIDE:
        box.press("/")
    else:
        page.locator(".wx-composer summary").click()
        page.get_by_role("button", name="常用语").click()
    phrases = page.locator("#phrases")
    expect(phrases.get_by_role("option")).to_have_count(2)
    seen(page, f"chat-phrases-{size[0]}")
    phrases.get_by_role("searchbox").fill("推")
    expect(phrases.get_by_role("option")).to_have_count(1)
    phrases.get_by_role("searchbox").press("Enter")
    expect(box).to_have_value("紫砂壶茶具礼盒，¥528，{到货日}前到")
    before = Message.objects.count()
    page.get_by_role("button", name="发送").click()
    assert box.evaluate("box => box.validationMessage") == "先把大括号里的空填上"
    assert Message.objects.count() == before
    box.fill("紫砂壶茶具礼盒，¥528，周五前到")
    page.get_by_role("button", name="发送").click()
    expect(box).to_have_value("")
    assert Message.objects.count() == before + 1
    Block.objects.create(shop=shop, buyer=Conversation.objects.get().buyer, side="buyer")
    page.reload()
    expect(page.get_by_text("对话已关闭")).to_be_visible()
    expect(box).to_have_count(0)
    assert page.evaluate(AUDIT) == CLEAN


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_buyer_blocks_a_shop_from_its_answer_and_lets_it_come_back(open_window, live_server, shop, theme):
    question = elsewhere(make_question, None)
    rival = make_tea_shop("半木器物")
    elsewhere(make_answer, question, shop)
    buyer = question.buyer
    token = elsewhere(lambda: issue_token(user=buyer)[0])
    page = open_window(NARROW)
    use_theme(page, live_server, theme)
    page.add_init_script(
        f"sessionStorage.setItem('wx_buyer_token', {token!r}); sessionStorage.setItem('wx_sandbox_person', 'nobody')"
    )
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.goto(f"{live_server.url}/b/#/q/{question.public_id}/compare")
    page.get_by_role("button", name="屏蔽 山南茶器").click()
    expect(page.get_by_text("还没有回答")).to_be_visible()
    assert len(asked) == 1 and "屏蔽 山南茶器？" in asked[0]
    assert Block.objects.get().shop == shop
    again = elsewhere(make_question, buyer)
    assert [row.shop for row in again.invitations.select_related("shop")] == [rival]
    talk = elsewhere(lambda: Conversation.objects.create(shop=shop, buyer=buyer, last_seq=0))
    page.goto(f"{live_server.url}/b/#/chat/{talk.public_id}")
    expect(page.get_by_text("你已屏蔽这家店")).to_be_visible()
    expect(page.locator("textarea")).to_have_count(0)
    assert page.evaluate(AUDIT) == CLEAN
    seen(page, f"chat-blocked-{theme}")
    page.get_by_role("button", name="解除屏蔽").click()
    expect(page.locator("textarea")).to_have_count(1)
    assert not Block.objects.exists()
    page.get_by_role("button", name="屏蔽 山南茶器").click()
    expect(page.get_by_text("你已屏蔽这家店")).to_be_visible()
    assert page.evaluate(AUDIT) == CLEAN
