"""Pictures of shops and products: no buyer sees one before WeChat, or ops, let it through."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core import outbox
from core.models import AuditEntry, OutboxEvent
from shops import selectors, services
from shops.models import PictureCheck
from wechat import clients
from wechat.clients.mini_program import MiniProgramClient
from wechat.models import CallbackReceipt
from wechat.signals import mini_program_event

from .factories import make_product, make_upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch, settings):
    """What was sent to WeChat's check; its own wire is tested in tests/wechat and tests/sandbox."""
    settings.WECHAT_MODERATION_OPENID = "ops-openid"
    settings.WECHAT_MINI_APPID, settings.WECHAT_MINI_SECRET = "wx-mini", "secret"
    sent = []

    def check(self, *, openid, media_url, media_type, scene):
        sent.append((openid, media_url))
        return f"trace-{len(sent)}"

    monkeypatch.setattr(MiniProgramClient, "check_media", check)
    return sent


@pytest.fixture
def product(shop):
    return make_product(shop)


@pytest.fixture
def check(product, owner):
    return services.add_image(product=product, by=owner, upload=make_upload()).check_row


def row_of(check) -> OutboxEvent:
    return OutboxEvent.objects.get(kind="shops.screen_picture", key=check.public_id)


def run_now(check) -> OutboxEvent:
    OutboxEvent.objects.filter(pk=row_of(check).pk).update(due_at=timezone.now())
    outbox.run(row_of(check).pk)
    check.refresh_from_db()
    return row_of(check)


def tell(trace_id: str, suggest: str) -> None:
    payload = {"trace_id": trace_id, "result": {"suggest": suggest, "label": 100}}
    mini_program_event.send(sender=CallbackReceipt, appid="a", event="wxa_media_check", openid="o", payload=payload)


def seen(product) -> tuple[str, int]:
    detail = selectors.product_detail(product.public_id)
    return detail["cover"], len(detail["images"])


def test_a_picture_is_shown_once_wechat_has_passed_it(product, check, asked):
    assert seen(product) == ("", 0)
    row = run_now(check)
    assert (row.status, row.error_code, check.trace_id) == ("pending", "picture_pending", "trace-1")
    assert asked[0][1].endswith(check.image.image.url)
    assert seen(product) == ("", 0)
    tell("trace-1", "pass")
    check.refresh_from_db()
    assert (check.verdict, row_of(check).status) == ("passed", "cancelled")
    assert seen(product) == (check.image.thumbnail.url, 1)


def test_a_risky_picture_stays_hidden_and_a_later_verdict_changes_nothing(product, check, asked):
    run_now(check)
    tell("trace-1", "risky")
    tell("trace-1", "pass")
    tell("trace-unknown", "pass")
    tell("", "pass")
    check.refresh_from_db()
    assert (check.verdict, seen(product)) == ("refused", ("", 0))
    assert AuditEntry.objects.filter(action="shops.picture_checked").count() == 1


def test_a_lost_verdict_is_asked_for_again_when_it_is_overdue(check, asked):
    run_now(check)
    assert run_now(check).due_at > timezone.now() + timedelta(minutes=29)
    assert len(asked) == 1
    PictureCheck.objects.update(asked_at=timezone.now() - timedelta(minutes=31))
    run_now(check)
    assert (len(asked), check.trace_id) == (2, "trace-2")
    PictureCheck.objects.update(asked_at=timezone.now() - timedelta(minutes=31))
    run_now(check)
    tell("trace-1", "pass")  # It was on its way all the same, and is about the same picture.
    check.refresh_from_db()
    assert (check.verdict, check.trace_id) == ("passed", "trace-3")
    tell("trace-3", "risky")
    check.refresh_from_db()
    assert check.verdict == "passed"


def test_a_checker_that_is_away_holds_the_picture(product, check, settings):
    settings.WECHAT_API_ROOT = "http://127.0.0.1:9"
    row = run_now(check)
    assert (row.status, row.error_code) == ("pending", "moderation_unavailable")
    assert (check.verdict, seen(product)) == ("waiting", ("", 0))


@pytest.mark.parametrize("place", ["logo", "persona_avatar"])
def test_a_new_face_takes_the_old_ones_place_when_it_has_passed(shop, owner, asked, place):
    services.update_shop(shop=shop, by=owner, **{place: make_upload()})
    first = shop.picture_checks.get()
    services.update_shop(shop=shop, by=owner, **{place: make_upload(colour="red")})
    first.refresh_from_db()
    second = shop.picture_checks.get(verdict="waiting")
    assert first.verdict == "replaced"
    assert services.conclude_picture(check=first, verdict="passed") is False
    shop.refresh_from_db()
    assert not getattr(shop, place)
    assert services.conclude_picture(check=second, verdict="passed") is True
    shop.refresh_from_db()
    assert getattr(shop, place).name == second.picture.name
    services.update_shop(shop=shop, by=owner, **{place: make_upload(colour="blue")})
    services.update_shop(shop=shop, by=owner, **{place: False})
    shop.refresh_from_db()
    assert not getattr(shop, place)
    assert not shop.picture_checks.filter(verdict="waiting").exists()


def test_ops_decide_what_wechat_leaves_to_a_person_and_take_down_what_passed(product, check, asked):
    run_now(check)
    tell("trace-1", "review")
    check.refresh_from_db()
    assert (check.verdict, seen(product)) == ("review", ("", 0))
    desk = Client()
    ops = User.objects.create_user(username="ops", is_staff=True, is_superuser=True)
    desk.force_login(ops, backend="accounts.backends.UsernameBackend")
    changelist = reverse("admin:shops_picturecheck_changelist")
    assert desk.get(changelist).status_code == 200
    desk.post(changelist, {"action": "let_through", "_selected_action": [check.pk]})
    assert seen(product)[1] == 1
    desk.post(changelist, {"action": "refuse", "_selected_action": [check.pk]})
    assert seen(product) == ("", 0)
    desk.post(changelist, {"action": "let_through", "_selected_action": [check.pk]})
    assert seen(product) == ("", 0)  # refused is the end: the shop may upload it anew


def test_removing_a_picture_ends_its_check(product, check, owner, asked):
    services.remove_image(image=check.image, by=owner)
    assert not PictureCheck.objects.exists()
    services.screen_picture(check.pk)
    assert asked == []
    assert services.conclude_picture(check=check, verdict="passed") is False
    assert seen(product) == ("", 0)


def test_the_shop_sees_what_is_being_checked(product, check, owner, shop):
    desk = Client()
    desk.force_login(owner, backend="accounts.backends.UsernameBackend")
    page = desk.get(reverse("shops:product", args=[product.public_id])).content.decode()
    assert check.image.thumbnail.url in page
    assert "审核中" in page
    services.update_shop(shop=shop, by=owner, logo=make_upload())
    assert shop.picture_checks.get(place="logo").picture.url in desk.get(reverse("shops:settings")).content.decode()


def test_verdict_of_the_real_wire_shows_the_picture(wechat, settings, product, owner):
    """The whole way, nothing stood in for: our call, the sandbox's judgement, its signed event, the buyer's page."""
    seen_lately = wechat.person("运营")
    clients.mini_program().code_to_session(code=seen_lately.login_code())
    settings.WECHAT_MODERATION_OPENID = seen_lately.mini_openid
    check = services.add_image(product=product, by=owner, upload=make_upload()).check_row
    assert run_now(check).error_code == "picture_pending"
    assert selectors.product_detail(product.public_id)["images"] == []
    wechat.advance(60)
    assert set(wechat.deliver(Client())) == {200}
    check.refresh_from_db()
    assert check.verdict == PictureCheck.Verdict.PASSED
    [shown] = selectors.product_detail(product.public_id)["images"]
    assert shown["url"] == check.image.image.url
