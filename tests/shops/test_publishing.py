"""Nobody but the shop sees a product before its words have passed WeChat's check (the sandbox's)."""

import pytest

from accounts.services import bind_identity, sign_in_with_wechat
from core import outbox
from core.models import OutboxEvent
from shops import services
from shops.errors import NotPublishable, ProductBusy
from shops.models import Product
from shops.services import SkuDraft

from .factories import make_category, make_product, only_sku

pytestmark = pytest.mark.django_db


@pytest.fixture
def author(wechat, owner):
    """The owner was in the mini-program a moment ago."""
    person = wechat.person("阿青")
    bind_identity(user=owner, kind="mini_program", openid=person.mini_openid, unionid=person.unionid)
    sign_in_with_wechat(js_code=person.login_code())
    return owner


@pytest.fixture
def publish(author, django_capture_on_commit_callbacks):
    def act(product):
        with django_capture_on_commit_callbacks(execute=True):
            services.publish(product=product, by=author)
        product.refresh_from_db()
        return product

    return act


def draft(shop, title="段泥西施壶", **fields):
    return make_product(shop, title=title, published=False, **fields)


def waiting():
    return OutboxEvent.objects.filter(kind="shops.screen_product", status="pending")


def test_words_that_pass_go_on_sale_at_once(shop, publish):
    product = publish(draft(shop))
    assert product.status == "published"
    assert product in Product.objects.published()


def test_words_that_break_the_rules_are_rejected_with_a_reason(shop, publish):
    product = publish(draft(shop, "壶 加微信转账"))
    assert (product.status, bool(product.reason)) == ("rejected", True)
    assert not Product.objects.published().exists()


def test_doubtful_words_wait_for_a_person_of_ops(shop, publish):
    product = publish(draft(shop, "待审测试 壶"))
    assert (product.status, bool(product.reason)) == ("screening", True)
    services.conclude_screening(product=product, passed=True)
    product.refresh_from_db()
    assert (product.status, product.reason) == ("published", "")


def test_checker_down_holds_the_product_and_the_outbox_tries_again(shop, publish, wechat):
    fault = wechat.fault("error", "* /wxa/msg_sec_check", count=None)
    product = publish(draft(shop))
    assert product.status == "screening"
    event = waiting().get()
    OutboxEvent.objects.filter(pk=event.pk).update(due_at=event.created_at)
    assert outbox.run(event.pk)
    event.refresh_from_db()
    assert (event.status, event.attempts) == ("pending", 1)
    wechat.http.delete(f"/control/faults/{fault}")
    services.screen_product(product.pk)
    product.refresh_from_db()
    assert product.status == "published"
    services.screen_product(product.pk)  # a repeat finds nothing to do


def test_author_who_was_never_in_the_mini_program_holds_the_product(
    shop, owner, wechat, django_capture_on_commit_callbacks
):
    product = draft(shop)
    with django_capture_on_commit_callbacks(execute=True):
        services.publish(product=product, by=owner)
    with pytest.raises(outbox.Retry) as held:
        services.screen_product(product.pk)
    assert (held.value.code, held.value.message) == ("moderation_unavailable", "61010")
    assert Product.objects.get(pk=product.pk).status == "screening"


def test_publish_again_is_quiet_and_asks_nobody(shop, publish):
    product = publish(publish(draft(shop)))
    assert product.status == "published"
    assert waiting().count() == 1


def test_withdrawn_product_comes_back_without_a_second_check(shop, owner, publish, wechat):
    product = publish(draft(shop))
    for _time in range(2):
        services.withdraw(product=product, by=owner)
        product.refresh_from_db()
        assert product.status == "withdrawn"
    asked = len(wechat.get("/control/requests", path="/wxa/msg_sec_check")["requests"])
    assert publish(product).status == "published"
    assert len(wechat.get("/control/requests", path="/wxa/msg_sec_check")["requests"]) == asked


def test_new_words_on_sale_are_checked_and_a_new_price_is_not(shop, owner, publish):
    product = publish(draft(shop))

    def update(title, price_fen):
        skus = [SkuDraft(price_fen, 5, id=only_sku(product).public_id)]
        services.update_product(
            product=product, by=owner, title=title, category=product.category, description="", values=[], skus=skus
        )
        product.refresh_from_db()
        return product.status

    assert update("段泥西施壶", 9900) == "published"
    assert update("段泥西施壶 礼盒", 9900) == "screening"


@pytest.mark.parametrize(("changed", "field"), [({"category": None}, "category")])
def test_incomplete_product_is_refused(shop, owner, changed, field):
    product = services.create_product(shop=shop, by=owner, title="壶", skus=[SkuDraft(100, 1)], **changed)
    with pytest.raises(NotPublishable) as refused:
        services.publish(product=product, by=owner)
    assert set(refused.value.fields) == {field}
    product.refresh_from_db()
    assert product.status == "draft"
    assert not waiting().exists()


def test_ops_take_down_until_the_words_pass_again(shop, owner):
    product = make_product(shop, category=make_category())
    services.take_down(product=product, reason="资质过期", by=None)
    product.refresh_from_db()
    assert (product.status, product.reason, product.passed_digest) == ("rejected", "资质过期", "")
    with pytest.raises(ProductBusy):
        services.take_down(product=product, reason="again", by=None)


def test_closed_or_suspended_shop_shows_nothing(shop):
    make_product(shop)
    assert Product.objects.published().count() == 1
    type(shop.merchant).objects.update(status="suspended")
    assert not Product.objects.published().exists()
