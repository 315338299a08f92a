"""Today, the navigation, and what the frame shows to whom."""

from datetime import time

import pytest

from merchants.models import Membership, Role
from orders.selectors import today_sales
from qa import services
from qa.models import Invitation
from tests.qa.factories import make_buyer, make_question, make_tea_shop
from tests.shops.factories import make_shop, only_sku, owner_of
from weixuan.dashboard import funnel, share
from weixuan.middleware import HtmxMessages

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器", takes_questions=True)


@pytest.fixture
def owner(client, shop):
    user = owner_of(shop)
    client.force_login(user)
    return user


def test_today_asks_a_stranger_to_log_in(client):
    answer = client.get("/m/")
    assert answer.status_code == 302
    assert answer.url.startswith("/m/login/")


def test_today_is_not_for_somebody_without_a_shop(client):
    client.force_login(make_buyer())
    assert client.get("/m/").status_code == 404


def test_today_of_a_new_shop_says_how_questions_come(client):
    empty = make_shop("新店")
    client.force_login(owner_of(empty))
    page = client.get("/m/").content.decode()
    assert "问题会出现在这里" in page
    assert "今天还没有派来问题" in page
    assert "data-chart" not in page


def test_today_begins_with_the_next_question(client, shop, owner):
    question = make_question()
    page = client.get("/m/").content.decode()
    assert question.text in page
    assert '有 <span class="wx-n">1</span> 位买家在等你回答' in page
    invitation = Invitation.objects.get(question=question, shop=shop)
    assert f"/m/questions/{invitation.public_id}/" in page
    assert "紫砂壶茶具礼盒" in page


def test_today_counts_what_really_happened(client, shop, owner):
    question = make_question()
    invitation = Invitation.objects.get(question=question, shop=shop)
    product = shop.products.get()
    services.answer(invitation=invitation, by=owner, text="这把合适", cards=[services.Card(only_sku(product))])
    member = owner.memberships.get()
    assert [step["value"] for step in funnel(member)] == [1, 1, 0, "¥0"]
    assert today_sales(member) == (0, 0)
    page = client.get("/m/").content.decode()
    assert 'data-chart="adoption"' in page


def test_today_without_the_right_to_answer_shows_no_questions(client, shop):
    clerk = make_buyer("账房")
    Membership.objects.create(merchant=shop.merchant, user=clerk, role=Role.FINANCE)
    make_question()
    client.force_login(clerk)
    page = client.get("/m/").content.decode()
    assert "下一题" not in page
    assert "/m/questions/" not in page
    assert "/m/orders/" in page


def test_another_shops_question_is_not_shown(client, shop):
    make_question()
    other = make_shop("别家")
    client.force_login(owner_of(other))
    assert "生日" not in client.get("/m/").content.decode()


def test_navigation_marks_the_page_that_polls_it(client, owner):
    make_question()
    fragment = client.get("/m/nav/", {"at": "orders:list"}, headers={"HX-Request": "true"}).content.decode()
    assert '<a href="/m/orders/" aria-current="page">' in fragment
    assert '<span class="wx-count wx-count-warm">1</span>' in fragment
    assert 'id="tabbar" hx-swap-oob="outerMorph"' in fragment


def test_shop_page_of_a_phone_lists_what_the_tab_bar_lacks(client, owner):
    page = client.get("/m/more/").content.decode()
    assert "/m/products/" in page
    assert "/m/staff/" in page
    # For finance everything has a tab: no empty card.
    Membership.objects.update(role=Role.FINANCE)
    page = client.get("/m/more/").content.decode()
    assert page.count('<section class="wx-card">') == 1


def test_switch_shows_the_hours(client, shop, owner):
    shop.asks_from, shop.asks_until = time(9), time(22)
    shop.save()
    page = client.get("/m/").content.decode()
    assert "09:00–22:00" in page
    shop.takes_questions = False
    shop.save()
    assert "现在不会派问题给你" in client.get("/m/").content.decode()


def test_theme_comes_from_the_cookie_and_nothing_else_of_it(client):
    client.cookies["wx_theme"] = "dark"
    assert 'data-bs-theme="dark"' in client.get("/").content.decode()
    client.cookies["wx_theme"] = '"><script>'
    assert 'data-bs-theme="light"' in client.get("/").content.decode()


def test_messages_reach_a_partial_page_as_toasts(rf):
    from django.contrib.messages import constants
    from django.contrib.messages.storage.cookie import CookieStorage
    from django.http import HttpResponse

    def view(request):
        request._messages.add(constants.SUCCESS, "已下架", extra_tags="/m/undo/")
        return HttpResponse()

    def ask(htmx, **headers):
        request = rf.get("/")
        request.htmx, request._messages = htmx, CookieStorage(request)

        def wrapped(request):
            response = view(request)
            for name, value in headers.items():
                response[name] = value
            return response

        return HtmxMessages(wrapped)(request)

    assert "/m/undo/" in ask(True)["HX-Trigger"]
    assert "HX-Trigger" not in ask(False)
    assert "HX-Trigger" not in ask(True, **{"HX-Redirect": "/m/"})


def test_share_is_a_whole_per_cent_and_nothing_of_nothing():
    assert [share(1, 3), share(5, 4), share(1, 0)] == [33, 100, 0]
