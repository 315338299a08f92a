"""Rules against the ways in which people write."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qa.understanding import budget, dates, masking, people, understand
from shops import categories
from shops.models import Category

from .factories import make_tea_category, make_tea_shop

TODAY = date(2026, 11, 21)  # A Saturday.


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("300以内", (None, 300)),
        ("300块以内的", (None, 300)),
        ("三百左右", (240, 360)),
        ("200-500", (200, 500)),
        ("200到500块", (200, 500)),
        ("三到五百", (300, 500)),
        ("不超过五百", (None, 500)),
        ("预算三五百", (300, 500)),
        ("两三百块", (200, 300)),
        ("每份60-80", (60, 80)),
        ("1.5k以内", (None, 1500)),
        ("预算 30 万以内", (None, 300_000)),
        ("1.5 万以下", (None, 15_000)),
        ("预算 2 千到 3 千", (2000, 3000)),
        ("一千五左右", (1200, 1800)),
        ("500以上", (500, None)),
        ("至少300元", (300, None)),
        ("预算300", (None, 300)),
        ("¥400–600", (400, 600)),
        ("不要超过200", (None, 200)),
    ],
)
def test_budget_is_read_in_each_form(text, yuan):
    found, _place = budget.find(text)
    assert found == tuple(None if bound is None else bound * 100 for bound in yuan)


@pytest.mark.parametrize(
    "text",
    [
        "60岁生日",
        "11-28前要",
        "2018年勐海熟普200克",
        "30天内",
        "10点前",
        "6-8岁",
        "1-2个",
        "10到20个",
        "40份",
        "壶口6.2厘米",
    ],
)
def test_other_numbers_are_no_budget(text):
    assert budget.find(text) is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("11月28日前要", date(2026, 11, 28)),
        ("十一月二十八号", date(2026, 11, 28)),
        ("28号之前", date(2026, 11, 28)),
        ("1号", date(2026, 12, 1)),
        ("11-28前", date(2026, 11, 28)),
        ("1月5日", date(2027, 1, 5)),
        ("下周三", date(2026, 11, 25)),
        ("周末", date(2026, 11, 22)),
        ("三天内", date(2026, 11, 24)),
        ("两周内", date(2026, 12, 5)),
        ("明天就要", date(2026, 11, 22)),
        ("大后天", date(2026, 11, 24)),
        ("月底", date(2026, 11, 30)),
        ("圣诞前", date(2026, 12, 25)),
    ],
)
def test_day_is_read_in_each_form(text, day):
    found, _place = dates.find(text, TODAY)
    assert found == day


@pytest.mark.parametrize("text", ["2018年的", "13月1日", "60日元", "二月三十日", "这周五", "31号楼"])
def test_what_is_no_day_ahead_is_not_read(text):
    assert dates.find(text, TODAY) is None


@pytest.mark.parametrize(
    ("text", "avoided"),
    [
        ("不要红色的", ["红色"]),
        ("不要红色和蓝色，要好看的", ["红色", "蓝色"]),
        ("不要红色、蓝色", ["红色", "蓝色"]),
        ("带滤网，不要玻璃的", ["玻璃"]),
        ("不含糖", ["糖"]),
        ("不要超过300", []),
        ("好看又不难洗", []),
    ],
)
def test_what_must_not_be(text, avoided):
    assert people.avoided(text)[0] == avoided


def test_people_occasion_quantity_and_city():
    assert (people.recipient("送爸爸60岁生日的茶具"), people.age("送爸爸60岁生日")) == ("爸爸", 60)
    assert people.recipient("男朋友生日礼物") == "男朋友"
    assert people.occasion("婚礼伴手礼 40 份") == "婚礼"
    assert (people.quantity("婚礼伴手礼 40 份"), people.quantity("办公室一个人喝茶")) == (40, None)
    assert (people.city("送到杭州"), people.city("北京烤鸭")) == ("杭州", "")


@pytest.mark.parametrize(
    "text",
    [
        "电话13812346072",
        "138-1234-6072",
        "１３８１２３４６０７２",
        "幺三八一二三四五六七八",
        "微信号: abc_1234",
        "qq 123456789",
        "a@b.com",
        "0571-88886666",
    ],
)
def test_ways_to_reach_a_person_are_hidden(text):
    assert "***" in masking.mask(text)
    assert not any(part in masking.mask(text) for part in ("1234", "8888", "abc_", "a@b"))


def test_orders_and_measures_are_not_hidden():
    assert masking.mask("订单20260101123456，壶口6.2厘米") == "订单20260101123456，壶口6.2厘米"


@pytest.mark.django_db
def test_category_and_attributes_come_from_the_catalogue():
    category = make_tea_category()
    need = understand("送爸爸60岁生日的茶具，他爱喝普洱，不要玻璃的，预算400-600", today=TODAY)
    assert need.category_id == category.pk
    assert need.attributes == {"适合": "普洱"}
    assert (need.budget_min_fen, need.budget_max_fen, need.avoid) == (40_000, 60_000, ["玻璃"])
    assert "玻璃" not in need.words


@pytest.mark.django_db
def test_traditional_and_full_width_read_as_simplified():
    make_tea_category()
    need = understand("送爸爸的茶具，預算３００以內", today=TODAY)
    assert need.budget_max_fen == 30_000


@pytest.mark.django_db
def test_category_is_found_by_the_nearest_products():
    make_tea_shop(title="高边白瓷盖碗")
    assert understand("有没有高边白瓷的", today=TODAY).category_id == make_tea_category().pk


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "😀😀", "<script>alert(1)</script>", "' | & ! :*", "的" * 500, "a" * 500])
def test_any_text_is_understood_without_an_error(text):
    make_tea_shop()
    assert understand(text).category_id is None or text


def grow(*named: tuple[str, str]) -> list[Category]:
    return Category.objects.bulk_create(Category(name=name, keywords=keywords) for name, keywords in named)


NAMES = [
    ("茶具", ""), ("茶", ""), ("动物/宠物用品", ""), ("猫粮、狗粮", ""), ("Art & Crafts", ""), ("杯子", "马克杯 保温杯"),
    ("礼盒 套装", ""), ("A/", ""), ("/边", "茶几"), ("女 装", ""), ("手", "手机"),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    ["想买茶具", "宠物用品有吗", "动物/宠物用品", "狗粮", "art supplies", "马克杯", "保温杯子", "礼盒", "套装礼盒 套装", "a", "手机壳", "边", "女", "茶" * 500, "", "没有"],
)  # fmt: skip
def test_categories_are_mentioned_by_a_name_or_a_word_of_it(text):
    grow(*NAMES)
    by_hand = {
        row.pk
        for row in Category.objects.all()
        if any(
            term and term in text
            for term in (row.name.lower(), *re.split(r"[/、\s]+", f"{row.name} {row.keywords}".lower()))
        )
    }
    assert set(categories.mentioned(text)) == by_hand


@pytest.mark.django_db
@pytest.mark.parametrize("look_up", [categories.mentioned, categories.by_keyword])
def test_categories_are_found_by_an_index(look_up):
    grow(*NAMES)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        look_up("想买茶具")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {queries.captured_queries[0]['sql']}")
        assert "category_heads" in str(cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["送爸爸的茶具，他爱喝普洱", "没有这样的东西"])
def test_understanding_costs_the_same_for_few_and_for_many_categories(text):
    make_tea_shop()
    with CaptureQueriesContext(connection) as few:
        understand(text, today=TODAY)
    grow(*((f"茶{number}", "普洱") for number in range(30)))
    with CaptureQueriesContext(connection) as many:
        understand(text, today=TODAY)
    assert len(many) <= len(few) <= 6
