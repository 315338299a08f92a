"""The demo's data: complete, drawn, safe to repeat; its doors open only for what they say."""

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import User
from core.models import OutboxEvent
from merchants.models import Merchant
from qa.models import Answer, Invitation, Question, ShopStanding
from qa.selectors import board
from shops.models import Category, Product, Shop
from weixuan.demo import catalogue, drawings, history, people
from weixuan.demo.sandbox import Sandbox
from weixuan.demo.seed import seed

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(settings):
    settings.WECHAT_API_ROOT = "http://127.0.0.1:9"  # nobody listens: no sandbox
    seed(say=lambda _text: None, limit=2)


def test_every_entry_of_the_data_files_can_be_read_and_drawn():
    entries = catalogue.shop_entries()
    lines = [catalogue.parse(text) for entry in entries for text in entry["products"].strip().splitlines()]
    assert len(entries) >= 30
    assert len(lines) >= 270
    assert len({entry["name"] for entry in entries}) == len(entries)
    assert {line.drawing for line in lines} == set(drawings.shapes())
    assert all(line.skus and len(line.title) <= 60 for line in lines)


def test_every_attribute_value_named_in_the_data_exists_in_its_category():
    catalogue.seed_taxonomy()
    for entry in catalogue.shop_entries():
        category = Category.objects.get(name=entry["category"], children=None)
        known = [
            name for attribute in category.attributes.all() for name in attribute.values.values_list("name", flat=True)
        ]
        for text in entry["products"].strip().splitlines():
            left = f" {catalogue.parse(text).values} "
            for name in sorted(known, key=len, reverse=True):
                left = left.replace(f" {name} ", "  ")
            assert not left.strip(), f"{entry['name']}: {left.strip()} is no value of {category}"


@pytest.mark.parametrize("name", sorted(drawings.shapes()))
def test_every_drawing_paints_something(name):
    image = drawings.draw(name, drawings.palette_of(name, "any title"))
    assert image.size == (drawings.SIDE, drawings.SIDE)
    assert len(image.getcolors(maxcolors=200_000)) > 4


def test_seed_makes_shops_that_sell(seeded):
    shop = Shop.objects.get(name=people.FIRST_SHOP)
    assert shop.merchant.can_sell
    assert (shop.persona_name, shop.promises[0]) == ("阿青", "包邮")
    assert sorted(shop.merchant.memberships.values_list("role", flat=True)) == ["agent", "owner"]
    products = Product.objects.published().filter(shop=shop)
    assert products.count() == 10
    assert all(
        product.cover and product.price_from_fen and product.values.exists()
        for product in products
        if "养壶" not in product.title
    )
    image = products.first().images.get()
    with Image.open(image.thumbnail.path) as thumbnail:
        assert thumbnail.size == (drawings.THUMBNAIL_SIDE, drawings.THUMBNAIL_SIDE)


def test_seed_again_changes_nothing(seeded, django_assert_max_num_queries):
    def counts():
        return [model.objects.count() for model in (User, Merchant, Shop, Product, Category)]

    before = counts()
    with django_assert_max_num_queries(120):
        seed(say=lambda _text: None, limit=2)
    assert counts() == before


def test_history_is_whole(seeded):
    with Sandbox() as sandbox:
        history.seed_history(people.seed_buyers(sandbox), sandbox)
        asked = Question.objects.count()
        history.seed_history(people.seed_buyers(sandbox), sandbox)
    assert Question.objects.count() == asked > 200
    # What is known of shops is what happened to them.
    for row in ShopStanding.objects.all():
        mine = Invitation.objects.filter(shop=row.shop_id)
        assert row.asked == mine.count() and row.open_now == 0
        assert row.adopted == Answer.objects.filter(shop=row.shop_id, status="adopted").count()
    # Nothing is in the future, and what lives will end.
    assert not Invitation.objects.filter(finished_at__gt=timezone.now()).exists()
    live = set(Question.objects.live().values_list("public_id", flat=True))
    assert live and live == set(OutboxEvent.objects.filter(kind="qa.expire").values_list("key", flat=True))
    assert not Answer.objects.exclude(question__first_answer_at__isnull=False).exists()
    counts = [step.count for step in board.funnel(board.scope_of(30))]
    assert counts == sorted(counts, reverse=True) and counts[5] > 0
    assert board.gaps(board.scope_of(30))[0].unanswered > 0


def test_history_asks_in_categories_that_there_are():
    catalogue.seed_taxonomy()
    named = {kind["name"] for kind in history.data()["category"]}
    assert named == set(Category.objects.filter(children=None).values_list("name", flat=True))


def test_buyers_have_an_address_and_consents(seeded):
    buyer = User.objects.get(nickname="林女士")
    assert buyer.addresses.get().city == "杭州市"
    # The two that everybody gives, and the taste that the comparison shows.
    assert buyer.consents.count() == 3
    assert buyer.consents.filter(purpose="personalisation").exists()


@pytest.mark.parametrize(("role", "page"), [("merchant", "dashboard"), ("ops", "admin:index")])
def test_door_signs_in(seeded, client, role, page):
    reply = client.post(f"/demo/login/{role}/")
    assert reply.headers["Location"] == reverse(page)
    assert client.get(reply.headers["Location"]).status_code == 200


def test_buyers_door_leads_to_the_buyers_page(client):
    assert client.post("/demo/login/buyer/").headers["Location"] == reverse("buyer_demo")


@pytest.mark.parametrize("role", ["root", "merchant", "ops"])
def test_door_without_its_person_is_404(client, role):
    assert client.post(f"/demo/login/{role}/").status_code == 404
    assert "_auth_user_id" not in client.session


def test_door_is_not_opened_by_a_link(client):
    assert client.get("/demo/login/ops/").status_code == 405
