"""/q/: what anybody and any search engine reads."""

import json
import re
from xml.etree import ElementTree

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from django.utils import translation

from qa import services
from qa.models import PublicAnswer, PublicFeedback
from qa.sitemaps import PublicAnswers
from qa.views.public import script_json
from shops.models import Product
from tests.architecture.test_tenancy import at_desk
from tests.shops.factories import owner_of

from .factories import make_buyer, make_publication, make_tea_shop, say

pytestmark = pytest.mark.django_db
EVIL = "茶具</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"


@pytest.fixture
def shop():
    return make_tea_shop("山南茶器")


def page(public: PublicAnswer, client=None):
    return (client or Client()).get(f"/q/{public.public_id}/")


def ld_json(html: str) -> dict:
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return json.loads(data)


def test_a_page_says_what_was_asked_answered_and_is_on_sale(shop):
    public = say(make_publication(shop), helped=2)
    reply = page(public)
    html = reply.content.decode()
    text = re.sub(r"<[^>]+>", "", html)
    for words in ("送爸爸60岁生日的茶具", "这款壶口宽，好清洗", "山南茶器", "帮到了 2 人", "有货", "528", "今天的价"):
        assert words in text
    assert f'<link rel="canonical" href="{configured.PUBLIC_URL}/q/{public.public_id}/">' in html
    Product.objects.filter(shop=shop).update(status=Product.Status.WITHDRAWN)
    html = page(public).content.decode()
    assert "已下架" in html
    assert "528" not in html


def test_its_data_is_a_qapage(shop):
    public = say(make_publication(shop), helped=2)
    data = ld_json(page(public).content.decode())
    question = data["mainEntity"]
    answer = question["acceptedAnswer"]
    assert (data["@context"], data["@type"]) == ("https://schema.org", "QAPage")
    assert (question["@type"], answer["@type"]) == ("Question", "Answer")
    # What Google's documentation of QAPage requires, and recommends.
    assert {"name", "text", "answerCount", "acceptedAnswer", "author", "datePublished"} <= question.keys()
    assert {"text", "url", "upvoteCount", "author", "datePublished"} <= answer.keys()
    assert (question["text"], answer["text"], answer["upvoteCount"]) == (public.question, public.text, 2)
    assert answer["url"].startswith(f"{configured.PUBLIC_URL}/q/{public.public_id}/#")


def test_no_words_break_out_of_page_or_data(shop):
    public = make_publication(shop, wording=EVIL, answer=f"回答{EVIL}")
    shop.name = "</script>店"
    shop.save(update_fields=["name"])
    html = page(public).content.decode()
    assert "alert(1)" in html
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert ld_json(html)["mainEntity"]["text"] == public.question
    html = Client().get("/q/", {"q": f"茶具{EVIL}"}).content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_data_survives_every_character():
    every = {"text": "".join(map(chr, [*range(32, 0x250), 0x2028, 0x2029, 0x1F375]))}
    said = script_json(every)
    assert not set("<>&\u2028\u2029") & set(said)
    assert json.loads(said) == every


def test_browsing_by_category_words_shop_and_page(shop, settings):
    settings.QA_BADGE_ANSWERS = settings.QA_PROVEN_VOICES = 1
    public = say(make_publication(shop), helped=1)
    html = Client().get("/q/").content.decode()
    assert "送爸爸" in html
    assert f"?category={public.category.public_id}" in html
    assert "noindex" not in html
    html = Client().get("/q/", {"category": public.category.public_id}).content.decode()
    assert f'href="{configured.PUBLIC_URL}/q/?category={public.category.public_id}"' in html
    html = Client().get("/q/", {"shop": shop.public_id}).content.decode()
    assert "个回答帮到了人" in html
    assert 'content="noindex,follow"' in html
    for nothing in ({"q": "潜水艇"}, {"category": "nowhere"}):
        page = Client().get("/q/", nothing).content.decode()
        assert '<a class="wx-btn' in page and "看全部" in page
    assert "还没人问过这个" in Client().get("/q/", {"q": "潜水艇"}).content.decode()
    assert Client().get("/q/", {"shop": "nowhere"}).status_code == 404
    assert Client().get("/q/", {"page": "99"}).status_code == 200


def test_the_rule_of_badges_is_stated(shop, settings):
    settings.QA_BADGE_ANSWERS, settings.QA_PROVEN_VOICES = 7, 4
    html = re.sub(r"<[^>]+>", "", page(make_publication(shop)).content.decode())
    assert "至少 7 个回答" in html
    assert "4 人以上" in html
    assert "不能花钱买" in html


@pytest.mark.parametrize("end", ["withdraw", "decline", "take_down"])
def test_what_was_taken_back_is_gone(shop, end):
    public = make_publication(shop)
    more = {"reason": "夸大"} if end == "take_down" else {}
    getattr(services, end)(public=public, by=public.answer.question.buyer, **more)
    reply = page(public)
    assert reply.status_code == 410
    assert "不再公开了" in reply.content.decode()
    assert "送爸爸" not in reply.content.decode()
    assert public.public_id not in Client().get("/sitemap-q.xml").content.decode()


def test_what_never_was_public_is_not_there(shop):
    assert page(make_publication(shop, public=False)).status_code == 404


def test_a_signed_in_person_says_whether_it_helped(shop):
    public, reader = make_publication(shop), at_desk(make_buyer("读者"))
    path = f"/q/{public.public_id}/feedback/"
    assert 'aria-pressed="false"' in page(public, reader).content.decode()
    reader.post(path, {"helped": "1"})
    assert 'aria-pressed="true"' in page(public, reader).content.decode()
    reader.post(path, {"helped": ""})
    assert not PublicFeedback.objects.exists()
    assert reader.post(path, {"helped": "maybe"}).status_code == 404
    assert Client().post(path, {"helped": "1"}).status_code == 302
    keeper = at_desk(owner_of(shop))
    own = page(public, keeper).content.decode()
    assert "aria-pressed" not in own and "有没有帮到你" not in own, "who may not say it is not asked"
    assert keeper.post(path, {"helped": "1"}).status_code == 403
    assert not PublicFeedback.objects.exists()


def test_search_engines_are_told_where(shop, settings):
    public = make_publication(shop)
    robots = Client().get("/robots.txt").content.decode()
    assert f"Sitemap: {configured.PUBLIC_URL}/sitemap.xml" in robots
    assert "Disallow: /m/" in robots
    index = ElementTree.fromstring(Client().get("/sitemap.xml").content)  # noqa: S314  Our own.
    assert index.tag.endswith("sitemapindex")
    urls = ElementTree.fromstring(Client().get("/sitemap-q.xml").content)  # noqa: S314
    assert [node.text for node in urls.iter() if node.tag.endswith("loc")] == [
        f"{configured.PUBLIC_URL}/q/{public.public_id}/"
    ]
    assert Client().get("/sitemap-none.xml").status_code == 404
    assert PublicAnswers().items().count() == 1


def test_the_way_to_ask_the_like(shop, settings):
    public = make_publication(shop)
    assert "问类似的问题" not in page(public).content.decode()
    settings.ASK_URL = "/b/?ask={question}"
    assert "/b/?ask=%E9%80%81" in page(public).content.decode()


def test_a_shop_that_is_gone_has_no_page(shop):
    public = make_publication(shop)
    type(shop).objects.filter(pk=shop.pk).update(is_open=False)
    assert page(public).status_code == 410


def test_english_too(shop):
    public = make_publication(shop)
    with translation.override("zh-hans"):  # The middleware would leave English to the tests that follow.
        html = Client(headers={"Accept-Language": "en"}).get(f"/q/{public.public_id}/").content.decode()
    assert "Did it help?" in html
    assert ld_json(html)["mainEntity"]["author"]["name"] == "A buyer"


def test_the_shop_sees_what_its_answers_do_and_decides(shop, settings):
    settings.QA_BADGE_ANSWERS = settings.QA_PROVEN_VOICES = 1
    public, desk, rival = make_publication(shop), at_desk(owner_of(shop)), at_desk(owner_of(make_tea_shop("半木器物")))
    assert "还没有徽章" in desk.get("/m/public/").content.decode()
    say(public, helped=1)
    html = re.sub(r"<[^>]+>", "", desk.get("/m/public/").content.decode())
    assert "茶具 · 1 个回答帮到了人" in html
    assert public.question in html
    assert public.question not in rival.get("/m/public/").content.decode()
    assert rival.post(f"/m/public/{public.public_id}/decline/").status_code == 404
    assert PublicAnswer.objects.visible().exists()
    desk.post(f"/m/public/{public.public_id}/decline/")
    assert not PublicAnswer.objects.visible().exists()
    assert "你谢绝了" in desk.get("/m/public/").content.decode()
    desk.post("/m/public/switch/", {"on": "0"})
    assert "回答只留在你和买家之间" in desk.get("/m/public/").content.decode()
    assert desk.post("/m/public/switch/", {"on": "2"}).status_code == 404


def test_ops_take_down_in_the_admin(shop, admin_client):
    public = make_publication(shop)
    html = admin_client.get(reverse("admin:qa_publicanswer_change", args=[public.pk])).content.decode()
    assert "下架" in html
    form = {"reason": "夸大功效", "_form_submitted": "True"}
    admin_client.post(reverse("admin:qa_publicanswer_take_down", args=[public.pk]), form)
    public.refresh_from_db()
    assert (public.status, public.reason) == ("taken_down", "夸大功效")
