"""Writing with phrases, a price that moved, what came too late; and the buyer's comparison on a phone."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.services import grant_consent, issue_token
from qa import services
from qa.models import Answer, Invitation, Verdict
from qa.services import Preparation
from shops.models import Sku
from tests.qa.factories import invitation_of, make_answer, make_question, make_tea_category, make_tea_shop
from tests.shops.factories import make_product, only_sku, owner_of

from .conftest import NARROW, WIDE
from .test_face import AUDIT, CLEAN, elsewhere, log_in, no_websocket, use_theme

__all__ = ["no_websocket"]
pytestmark = pytest.mark.django_db(transaction=True)
# A folder to look at what the tests saw.
PICTURES = os.environ.get("PICTURES")


def seen(page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.fixture
def shop():
    shop = make_tea_shop("山南茶器", promises=["包邮"])
    services.save_snippet(shop=shop, by=owner_of(shop), title="推荐", text="推荐{商品}，{价格}")
    services.save_snippet(shop=shop, by=owner_of(shop), title="发货", text="今晚就发")
    return shop


def prepare(shop):
    given = Preparation("普洱茶具", make_tea_category(), "推荐{商品}", [only_sku(shop.products.first())], arrive_days=3)
    row = services.prepare(shop=shop, by=owner_of(shop), draft=given)
    return services.conclude_prepared(prepared=row, verdict=Verdict.PASSED)


@pytest.fixture
def invitation(shop):
    make_product(shop, title="白瓷茶杯", price_fen=8_800, category=make_tea_category())
    question = elsewhere(make_question, None)
    return invitation_of(question, shop)


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (NARROW, "dark")])
def test_a_phrase_goes_in_by_keyboard_and_a_moved_price_is_taken_with_a_tap(
    open_window, live_server, shop, invitation, size, theme
):
    page = open_window(size)
    log_in(page, live_server, owner_of(shop))
    use_theme(page, live_server, theme)
    page.goto(f"{live_server.url}/m/questions/{invitation.public_id}/")
    page.locator(".qa-add").first.click()
    page.locator("#cards .wx-pickline").wait_for()
    page.locator("#answer-text").focus()
    page.keyboard.press("/")
    page.locator(".qa-snippet").first.wait_for()
    assert page.evaluate(AUDIT) == CLEAN
    seen(page, f"phrases-{theme}")
    page.keyboard.type("推荐")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    words = page.locator("#answer-text").input_value()
    assert words.startswith("推荐")
    assert "{" not in words
    page.locator("#answer-text").press("End")
    page.keyboard.type("。")
    # Saved with its price; then the shelf moves while the page is away.
    expect(page.locator("#saved")).to_have_text("草稿已自动保存")
    page.wait_for_timeout(1000)
    Sku.objects.all().update(price_fen=55_500)
    page.reload()
    page.locator(".qa-changed").wait_for()
    assert page.evaluate(AUDIT) == CLEAN
    seen(page, f"changed-{theme}")
    page.locator(".qa-changed .wx-btn-line").click()
    page.locator(".qa-changed").wait_for(state="detached")
    page.locator(".qa-foot .wx-btn-primary").click()
    page.wait_for_url("**/questions/")
    assert Answer.objects.get().text == words + "。"


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "dark"), (NARROW, "light")])
def test_what_came_too_late_is_kept_for_the_next_buyer(open_window, live_server, shop, invitation, size, theme):
    card = shop.products.first()
    draft = {"text": "这款壶口宽，好清洗", "cards": [{"product": card.public_id, "sku": only_sku(card).public_id}]}
    Invitation.objects.filter(pk=invitation.pk).update(draft=draft, deadline_at=timezone.now())
    page = open_window(size)
    log_in(page, live_server, owner_of(shop))
    use_theme(page, live_server, theme)
    page.goto(f"{live_server.url}/m/questions/{invitation.public_id}/")
    assert page.evaluate(AUDIT) == CLEAN
    seen(page, f"late-{theme}")
    page.locator(".qa-after a.wx-btn-line").click()
    page.locator("#id_text").wait_for()
    assert page.locator("#id_text").input_value() == "这款壶口宽，好清洗"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_what_is_written_in_advance_is_readable(open_window, live_server, shop, size, theme):
    row = prepare(shop)
    page = open_window(size)
    log_in(page, live_server, owner_of(shop))
    use_theme(page, live_server, theme)
    places = ["snippets/", "prepared/", "prepared/new/", f"prepared/{row.public_id}/"]
    found = {}
    for place in places:
        page.goto(f"{live_server.url}/m/{place}")
        found[place] = page.evaluate(AUDIT)
        seen(page, f"{place.strip('/').split('/')[-1][:8]}-{size[0]}-{theme}")
    assert found == dict.fromkeys(places, CLEAN)


def test_the_preview_of_a_prepared_answer_follows_the_typing(open_window, live_server, shop):
    page = open_window(WIDE)
    log_in(page, live_server, owner_of(shop))
    page.goto(f"{live_server.url}/m/prepared/new/")
    page.locator("#id_category").fill("茶")
    page.locator("[role=option][data-path=茶具]").first.click()
    page.locator("#values .wx-chip").first.wait_for()
    page.locator("select[name=card]").first.select_option(index=1)
    page.locator("#id_text").fill("看看")
    page.locator("[data-blank]").first.click()
    assert page.locator("#id_text").input_value() == "看看{商品}"
    page.locator("#prepared-preview >> text=看看紫砂壶茶具礼盒").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_buyer_compares_keeps_and_goes_on_to_the_chat(open_window, live_server, theme):
    shops = [make_tea_shop(name, price_fen=price) for name, price in (("山南茶器", 52_800), ("半木器物", 43_600))]
    prepare(make_tea_shop("云窑陶社", price_fen=46_800))
    question = elsewhere(lambda: make_question(text="送爸爸的茶具，爱喝普洱，400-600，能刻字"))
    buyer = question.buyer
    elsewhere(lambda: grant_consent(user=buyer, purpose="personalisation", version="1"))
    for days, shop in enumerate(shops, start=2):
        day = timezone.localdate() + timedelta(days=days)
        elsewhere(lambda shop=shop, day=day: make_answer(question, shop, arrive_by=day, promises=["包邮"]))
    page = open_window(NARROW)
    use_theme(page, live_server, theme)
    token = elsewhere(lambda: issue_token(user=buyer)[0])
    page.add_init_script(
        f"sessionStorage.setItem('wx_buyer_token', {token!r}); sessionStorage.setItem('wx_sandbox_person', 'nobody')"
    )
    page.goto(f"{live_server.url}/b/#/q/{question.public_id}/compare")
    page.locator(".bd-compare").wait_for()
    assert page.evaluate(AUDIT) == CLEAN
    seen(page, f"compare-{theme}")
    assert page.locator(".bd-compare thead th").count() == 3
    assert page.locator("text=自动回答").count() >= 1
    assert page.locator("text=没说能不能刻字").count() >= 1
    page.locator("[aria-pressed=false]").first.click()
    expect(page.locator(".bd-compare thead th")).to_have_count(1)
    page.locator("[aria-pressed=false]").first.click()
    expect(page.locator(".bd-compare thead th")).to_have_count(2)
    assert Answer.objects.exclude(shortlisted_at=None).count() == 2
    page.locator(".bd-foot .wx-btn-primary").click()
    page.locator("summary.wx-pinned").click()
    assert page.evaluate(AUDIT) == CLEAN
    seen(page, f"handover-{theme}")
    page.locator(".bd-ask-this").first.click()
    assert page.locator("textarea").input_value() == "能不能刻字？"


def test_what_is_said_again_stands_once_and_another_years_day_has_its_year(open_window, live_server, shop, invitation):
    page = open_window(NARROW)
    log_in(page, live_server, owner_of(shop))
    page.goto(f"{live_server.url}/m/questions/{invitation.public_id}/")
    page.evaluate("for (const word of ['网断了', '存上了', '网断了']) wx.toast(word, { level: 'error' })")
    assert page.locator(".wx-toast > span:first-child").all_inner_texts() == ["存上了", "网断了"]
    year = timezone.localdate().year + 1
    page.locator(".qa-date-input").evaluate(
        "(input, day) => { input.value = day; input.dispatchEvent(new Event('input', { bubbles: true })) }",
        f"{year}-01-30",
    )
    expect(page.locator("[data-day-word]")).to_have_text(f"{year}年1月30日前送到")


def test_the_tab_that_is_on_is_seen_on_a_phone(open_window, live_server, shop):
    page = open_window(NARROW)
    log_in(page, live_server, owner_of(shop))
    page.goto(f"{live_server.url}/m/questions/?view=missed")
    expect(page.locator(".wx-views [aria-current]")).to_be_in_viewport(ratio=0.9)
