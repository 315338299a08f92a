"""Ops' own pages in both themes on a desk and on a phone, and the second step of signing in."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import expect

from accounts.models import User
from qa.models import Question, ShopStanding
from qa.services import routing
from tests.qa.factories import make_answer, make_question, make_tea_shop
from tests.qa.test_board import ask
from tests.shops.factories import make_category

from .conftest import NARROW, WIDE
from .test_face import AUDIT, CLEAN, elsewhere, log_in, use_theme

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [(size, theme) for size in (WIDE, NARROW) for theme in ("light", "dark")]


@pytest.fixture
def ops(settings):
    settings.WEBSOCKET_URL = ""
    cache.clear()
    return User.objects.create_superuser(username="ops", password="a long pass word", nickname="运营")


@pytest.fixture
def market(ops):
    """A question with an answer, one that nobody answered, and weights that somebody proposes."""
    shops = [make_tea_shop(f"茶店{n}") for n in range(3)]
    question = elsewhere(make_question)
    elsewhere(make_answer, question, shops[0])
    ask(
        at=timezone.now() - timedelta(minutes=5),
        category=make_category("糕点"),
        pooled_at=timezone.now(),
        text="找一盒绿豆糕",
    )
    ShopStanding.objects.filter(shop=shops[0]).update(trials=3, answers=2, record_at=timezone.now())
    weights = routing.propose_weights(values={"relevance": 2.0}, note="多看重相关", by=ops)
    return {"question": question, "weights": weights, "shop": shops[0]}


def open_desk(open_window, live_server, ops, size, theme, language="zh-hans"):
    page = open_window(size)
    log_in(page, live_server, ops)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    page.add_init_script(f"localStorage.setItem('adminTheme', JSON.stringify('{theme}'))")
    return page


@pytest.mark.parametrize(("size", "theme"), LOOKS)
def test_ops_own_pages_are_readable(open_window, live_server, ops, market, size, theme):
    page = open_desk(open_window, live_server, ops, size, theme)
    places = [
        reverse("admin:qa_board") + "?days=7",
        reverse("admin:qa_board") + f"?days=1&category={make_category('空').public_id}",
        reverse("admin:qa_routingweights_changelist"),
        reverse("admin:qa_routingweights_add"),
        reverse("admin:qa_routingweights_change", args=[market["weights"].pk]),
        reverse("admin:qa_shopstanding_change", args=[market["shop"].pk]),
        reverse("admin:qa_routingmodel_changelist"),
        reverse("admin:qa_question_change", args=[market["question"].pk]),
    ]
    found = {}
    for place in places:
        page.goto(f"{live_server.url}{place}")
        page.wait_for_timeout(600)
        for shop in page.locator(".ops-considered summary").all():
            shop.click()
        found[place] = page.evaluate(AUDIT)
    assert found == dict.fromkeys(places, CLEAN)


@pytest.mark.parametrize(
    ("size", "theme", "language"), [(WIDE, "dark", "en"), (NARROW, "dark", "en"), (NARROW, "light", "zh-hans")]
)
def test_dialog_of_a_row_is_readable(open_window, live_server, ops, market, size, theme, language):
    page = open_desk(open_window, live_server, ops, size, theme, language)
    page.goto(f"{live_server.url}{reverse('admin:qa_question_change', args=[market['question'].pk])}")
    if size is NARROW:
        page.get_by_text("more_horiz").first.click()
    page.get_by_text("End the question" if language == "en" else "结束问题").locator("visible=true").first.click()
    page.locator("#modal textarea, [role=dialog] textarea, form textarea[name=words]").first.wait_for()
    page.wait_for_timeout(400)
    assert page.evaluate(AUDIT) == CLEAN


def test_board_asks_again_without_moving_anything(open_window, live_server, ops, market):
    page = open_desk(open_window, live_server, ops, WIDE, "light")
    page.goto(f"{live_server.url}{reverse('admin:qa_board')}?days=7")
    page.locator("#chart-lorenz svg").wait_for()
    page.evaluate("document.querySelector('#chart-lorenz svg').dataset.kept = 'yes'; scrollTo(0, 400)")
    before = page.locator(".ops-funnel .ops-figure").first.inner_text()
    ask(at=timezone.now(), text="又一问")
    cache.clear()
    page.wait_for_function(
        f"document.querySelector('.ops-funnel .ops-figure').innerText !== '{before}'", timeout=15_000
    )
    assert page.evaluate("scrollY") == 400
    assert page.locator("#chart-lorenz svg[data-kept=yes]").count() == 1
    assert Question.objects.count() == int(before) + 1


def test_board_says_in_words_that_it_is_cut_off(chromium, live_server, ops, market):
    """In a window of its own: the console tells of what fails on purpose."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = open_desk(lambda size: context.new_page(), live_server, ops, NARROW, "light")
    page.goto(f"{live_server.url}{reverse('admin:qa_board')}?days=7")
    word = page.locator("#board-word")
    expect(word).to_have_text("实时")
    page.route("**/board/**", lambda route: route.abort())
    expect(word).to_have_text("没连上，会自己再试。数据截至", timeout=15_000)
    assert page.evaluate(AUDIT) == CLEAN
    page.unroute("**/board/**")
    expect(word).to_have_text("实时", timeout=15_000)
    context.close()


@pytest.mark.parametrize(
    ("size", "theme", "language"), [(WIDE, "dark", "en"), (NARROW, "dark", "en"), (NARROW, "light", "zh-hans")]
)
def test_second_step_and_recovery_codes_are_readable(open_window, live_server, ops, size, theme, language):
    page = open_window(size)
    use_theme(page, live_server, theme)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
    log_in(page, live_server, ops)
    found = {}

    def look(name):
        page.wait_for_timeout(300)
        found[name] = page.evaluate(AUDIT)

    page.goto(f"{live_server.url}{reverse('accounts:enrol')}")
    look("enrol")
    device = TOTPDevice.objects.get(user=ops)
    page.fill("[name=code]", f"{totp(device.bin_key):06d}")
    page.locator("form button.wx-btn-primary").click()
    page.locator(".wx-codes").wait_for()
    look("codes")
    page.goto(f"{live_server.url}{reverse('accounts:second_factor')}")
    look("second-step")
    assert found == dict.fromkeys(found, CLEAN)
