"""The dashboard's phrases and prepared answers, and what a changed card looks like."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from merchants.models import Membership, Role
from qa import services
from qa.models import Answer, Invitation, PreparedAnswer, Snippet, Verdict
from qa.services import Preparation
from shops.models import AttributeValue, Sku
from tests.shops.factories import make_product, only_sku, owner_of

from .factories import invitation_of, make_question, make_tea_category, make_tea_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器", promises=["包邮"])


@pytest.fixture
def staff(client, shop):
    client.force_login(owner_of(shop))
    return client


@pytest.fixture
def invitation(shop):
    return invitation_of(make_question(text="送爸爸的茶具，喝普洱，400-600"), shop)


def bench(invitation, tail: str = "") -> str:
    return f"/m/questions/{invitation.public_id}/{tail}"


def card_of(shop, price: int | None = None) -> str:
    product = shop.products.first()
    sku = only_sku(product)
    return f"{product.public_id}:{sku.public_id}:{price or sku.price_fen}"


def prepared_of(shop, title: str = "普洱茶具") -> PreparedAnswer:
    given = Preparation(title, make_tea_category(), "推荐{商品}", [only_sku(shop.products.first())])
    row = services.prepare(shop=shop, by=owner_of(shop), draft=given)
    return services.conclude_prepared(prepared=row, verdict=Verdict.PASSED)


def test_phrases_are_written_changed_and_deleted(staff, shop):
    assert "还没有常用语" in staff.get("/m/snippets/").content.decode()
    assert staff.post("/m/snippets/", {"title": "发货", "text": "今晚发，{到货日}前到"}).status_code == 302
    snippet = Snippet.objects.get()
    assert "{到货日}" in staff.get(f"/m/snippets/{snippet.public_id}/").content.decode()
    assert staff.post(f"/m/snippets/{snippet.public_id}/", {"title": "", "text": "x"}).status_code == 422
    staff.post(f"/m/snippets/{snippet.public_id}/", {"title": "发货快", "text": "<b>今晚</b>"})
    page = staff.get("/m/snippets/").content.decode()
    assert "发货快" in page
    assert "<b>今晚" not in page
    assert staff.post("/m/snippets/", {"title": "发货快", "text": "重名"}).status_code == 422
    staff.post(f"/m/snippets/{snippet.public_id}/delete/")
    assert not Snippet.objects.exists()


def test_the_menu_fills_the_blanks_from_the_form(staff, shop, invitation):
    services.save_snippet(
        shop=shop, by=owner_of(shop), title="推荐", text="推荐{商品}，{价格}，{到货日}前到，{买家的话}"
    )
    day = timezone.localdate() + timedelta(days=3)
    form = {"text": "", "card": [card_of(shop)], "arrive_by": day.isoformat()}
    menu = staff.post(bench(invitation, "snippets/"), form).content.decode()
    assert f"推荐紫砂壶茶具礼盒，¥528，{day.month}月{day.day}日前到，送爸爸的茶具" in menu
    assert "{到货日}" in staff.post(bench(invitation, "snippets/"), {"text": ""}).content.decode()
    invitation.refresh_from_db()
    assert invitation.draft == {}


def test_a_changed_price_stands_beside_the_card_with_one_tap_to_take_it(staff, shop, invitation):
    stale = card_of(shop)
    Sku.objects.update(price_fen=54_800)
    reply = staff.post(bench(invitation), {"text": "合适", "card": [stale]})
    page = reply.content.decode()
    assert (reply.status_code, Answer.objects.count()) == (422, 0)
    assert "挑的时候是" in page
    product = shop.products.first().public_id
    taken = staff.post(bench(invitation, "draft/"), {"text": "合适", "card": [stale], "accept": product})
    assert "挑的时候是" not in taken.content.decode()
    assert card_of(shop, 54_800) in taken.content.decode()
    assert staff.post(bench(invitation), {"text": "合适", "card": [card_of(shop, 54_800)]}).status_code == 302


def test_a_sold_out_card_is_told_and_not_dropped(staff, shop, invitation):
    staff.post(bench(invitation, "draft/"), {"text": "合适", "card": [card_of(shop)]})
    Sku.objects.update(stock=0)
    shop.products.update(stock=0)
    page = staff.get(bench(invitation)).content.decode()
    assert "卖完了" in page
    assert staff.post(bench(invitation), {"text": "合适", "card": [card_of(shop)]}).status_code == 422
    assert not Answer.objects.exists()


def test_what_came_too_late_becomes_a_phrase_or_a_prepared_answer(staff, shop, invitation):
    staff.post(
        bench(invitation, "draft/"), {"text": "这款壶口宽，好清洗", "card": [card_of(shop)], "promise": ["包邮"]}
    )
    Invitation.objects.update(deadline_at=timezone.now())
    page = staff.get(bench(invitation)).content.decode()
    assert "存成常用语" in page
    assert f"/m/prepared/new/?from={invitation.public_id}" in page
    form = staff.get(f"/m/prepared/new/?from={invitation.public_id}")
    assert form.context["form"]["text"].value() == "这款壶口宽，好清洗"
    assert form.context["slots"][0] == only_sku(shop.products.first()).public_id
    assert ("包邮", True) in form.context["promise_choices"]
    kept = staff.post(bench(invitation, "keep/"))
    assert kept.status_code == 302
    assert Snippet.objects.get().text == "这款壶口宽，好清洗"
    # The name is taken now: it is said, and nothing is lost or doubled.
    staff.post(bench(invitation, "keep/"))
    assert Snippet.objects.count() == 1


def written(shop, **more) -> dict:
    return {
        "title": "普洱茶具",
        "category": make_tea_category().public_id,
        "text": "推荐{商品}，{到货日}前到",
        "card": [only_sku(shop.products.first()).public_id, "", ""],
        "arrive_days": "3",
        "promise": ["包邮"],
        "value": [str(AttributeValue.objects.get(name="普洱").pk)],
        "budget_min": "400",
        "budget_max": "",
        "words": "",
        "valid_until": "",
        **more,
    }


def test_a_prepared_answer_is_written_switched_and_changed(staff, shop):
    assert "睡着了也能答" in staff.get("/m/prepared/").content.decode()
    assert staff.get("/m/prepared/new/").status_code == 200
    assert staff.post("/m/prepared/new/", written(shop)).headers["Location"] == "/m/prepared/"
    row = PreparedAnswer.objects.get()
    assert (row.status, row.attributes, row.budget_min_fen, row.promises) == (
        "screening",
        {"适合": "普洱"},
        40_000,
        ["包邮"],
    )
    services.conclude_prepared(prepared=row, verdict=Verdict.PASSED)
    path = f"/m/prepared/{row.public_id}/"
    staff.post(f"{path}switch/", {"do": "pause"})
    row.refresh_from_db()
    assert row.status == "paused"
    staff.post(f"{path}switch/", {"do": "resume"})
    page = staff.get(path)
    assert page.context["attributes"] == [
        (attribute, "普洱" if attribute.name == "适合" else "") for attribute, _chosen in page.context["attributes"]
    ]
    staff.post(path, written(shop, title="改了名"))
    row.refresh_from_db()
    assert (row.title, row.status) == ("改了名", "on")


@pytest.mark.parametrize(
    "bad",
    [{"title": ""}, {"category": ""}, {"text": ""}, {"card": []}, {"arrive_days": "99"}, {"valid_until": "2020-01-01"}],
)
def test_refused_preparations_keep_what_was_typed(staff, shop, bad):
    reply = staff.post("/m/prepared/new/", written(shop, **bad))
    assert reply.status_code == 422
    assert "wx-error" in reply.content.decode()
    assert not PreparedAnswer.objects.exists()


def test_the_preview_and_the_values_are_fragments(staff, shop):
    preview = staff.post("/m/prepared/preview/", written(shop)).content.decode()
    assert "推荐紫砂壶茶具礼盒" in preview
    assert "自动回答" in preview
    assert "普洱" in staff.get("/m/prepared/values/", {"category": make_tea_category().public_id}).content.decode()
    assert staff.get("/m/prepared/values/").status_code == 200


def test_the_shop_sees_how_often_each_was_sent_and_chosen(staff, shop):
    row = prepared_of(shop)
    question = make_question(text="送爸爸的茶具，喝普洱，400-600")
    answer = Answer.objects.get(prepared=row)
    services.adopt(answer=answer, by=question.buyer)
    [told] = staff.get("/m/prepared/").context["rows"]
    assert (told.used, told.chosen) == (1, 1)
    page = staff.get(bench(answer.invitation)).content.decode()
    assert "自动回答" in page


def test_other_roles_and_strangers_are_kept_out(client, shop):
    assert client.get("/m/prepared/").status_code == 302
    clerk = User.objects.create_user(nickname="财务")
    Membership.objects.create(merchant=shop.merchant, user=clerk, role=Role.FINANCE)
    client.force_login(clerk)
    paths = ["/m/snippets/", "/m/prepared/", "/m/prepared/new/", "/m/prepared/values/"]
    assert [client.get(path).status_code for path in paths] == [403] * 4
    assert client.post("/m/snippets/", {"title": "名", "text": "话"}).status_code == 403
    assert not Snippet.objects.exists()


def test_lists_cost_the_same_with_one_row_and_with_three(staff, shop):
    def queries(path):
        with CaptureQueriesContext(connection) as found:
            assert staff.get(path).status_code == 200
        return len(found)

    prepared_of(shop)
    services.save_snippet(shop=shop, by=owner_of(shop), title="一", text="话")
    before = [queries("/m/prepared/"), queries("/m/snippets/"), queries("/m/prepared/new/")]
    for name in ("二", "三"):
        make_product(shop, title=name, category=make_tea_category())
        prepared_of(shop, name)
        services.save_snippet(shop=shop, by=owner_of(shop), title=name, text="话")
    assert [queries("/m/prepared/"), queries("/m/snippets/"), queries("/m/prepared/new/")] == before


def test_ops_see_and_stop_prepared_answers(client, shop):
    row = prepared_of(shop)
    client.force_login(User.objects.create_superuser("ops", "password"))
    assert "普洱茶具" in client.get("/ops/qa/preparedanswer/").content.decode()
    client.post("/ops/qa/preparedanswer/", {"action": "stop", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.status == "stopped"
    client.post("/ops/qa/preparedanswer/", {"action": "release", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.status == "paused"
    assert client.get(f"/ops/qa/preparedanswer/{row.pk}/change/").status_code == 200
