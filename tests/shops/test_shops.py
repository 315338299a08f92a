"""Shops: opened with the merchant, described and switched by their staff."""

from datetime import time

import pytest
from PIL import Image

from core.errors import Invalid
from core.images import BadImage
from core.models import AuditEntry
from merchants.models import Merchant
from merchants.signals import merchant_opened
from shops import services
from shops.models import Shop

from .factories import make_upload, pass_picture

pytestmark = pytest.mark.django_db


def test_merchant_that_opens_gets_one_shop_of_its_name():
    merchant = Merchant.objects.create(name="杭州山南茶器有限公司")
    for _time in range(2):
        merchant_opened.send(sender=Merchant, merchant=merchant, by=None)
    assert Shop.objects.get(merchant=merchant).name == "杭州山南茶器有限公司"


def test_update_shop_changes_only_what_is_passed(shop, owner):
    services.update_shop(
        shop=shop, by=owner, persona_name=" 阿青 ", asks_from=time(8), promises=["包邮", "包邮", "", "送贺卡"]
    )
    shop.refresh_from_db()
    assert (shop.persona_name, shop.asks_from, shop.promises, shop.city) == (
        "阿青",
        time(8),
        ["包邮", "送贺卡"],
        "宜兴",
    )
    assert AuditEntry.objects.filter(action="shops.updated").first().data == {
        "fields": ["asks_from", "persona_name", "promises"]
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "长" * 31),
        ("name", None),
        ("name", "坏\x00名"),
        ("introduction", "长" * 201),
        ("persona_voice", 5),
        ("city", "\u202e\x07"),
        ("promises", "包邮"),
        ("promises", [str(number) for number in range(9)]),
        ("promises", ["长" * 21]),
        ("promises", [None]),
        ("asks_from", "09:00"),
    ],
)
def test_update_shop_refuses_and_moves_nothing(shop, owner, field, value):
    before = Shop.objects.filter(pk=shop.pk).values().get()
    with pytest.raises(Invalid) as refused:
        services.update_shop(shop=shop, by=owner, **{field: value})
    assert field in refused.value.fields
    assert Shop.objects.filter(pk=shop.pk).values().get() == before


def test_update_shop_takes_a_picture_and_takes_it_down(shop, owner):
    services.update_shop(shop=shop, by=owner, logo=make_upload(width=900, height=300))
    pass_picture(shop.picture_checks.get())
    shop.refresh_from_db()
    assert shop.logo.name.endswith(".webp")
    with Image.open(shop.logo.path) as logo:
        assert logo.size == (400, 133)
    services.update_shop(shop=shop, by=owner, logo=False)
    shop.refresh_from_db()
    assert not shop.logo


def test_update_shop_refuses_what_is_no_picture(shop, owner):
    from django.core.files.base import ContentFile

    with pytest.raises(BadImage):
        services.update_shop(shop=shop, by=owner, city="成都", logo=ContentFile(b"<svg onload=alert(1)>", "x.png"))
    shop.refresh_from_db()
    assert (shop.city, bool(shop.logo)) == ("宜兴", False)


def test_taking_questions_is_a_switch_whose_repeat_is_quiet(shop, owner):
    for on in (False, False, True):
        services.set_taking_questions(shop=shop, on=on, by=owner)
        assert Shop.objects.get(pk=shop.pk).takes_questions is on
    assert list(
        AuditEntry.objects.filter(action__in=["shops.rests", "shops.takes_questions"])
        .order_by("pk")
        .values_list("action", flat=True)
    ) == ["shops.rests", "shops.takes_questions"]
