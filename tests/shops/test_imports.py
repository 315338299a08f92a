"""CSV and XLSX: every row taken or told why not, the same file twice changes nothing."""

import io
import zipfile

import pytest
from django.core.files.base import ContentFile
from openpyxl import Workbook

from core.models import OutboxEvent
from shops import categories, selectors, services, sheets
from shops.errors import BadImport, ImportRunning
from shops.models import Product, ProductImport, Sku

from .factories import grow, make_category, make_shop

pytestmark = pytest.mark.django_db

HEAD = ["商品编码", "标题", "规格", "价格", "库存", "类目", "属性", "介绍"]
POT = ["T-1", "段泥西施壶", "一壶", "328", "12", "茶具", "材质：紫砂；适合：普洱、绿茶", "好清洗"]
SET = ["T-2", "段泥西施壶", "一壶两杯", "408.50", "8", "", "", ""]
CUP = ["T-3", "品茗杯", "", "1,088元", "0", "", "", ""]


@pytest.fixture(autouse=True)
def tea(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"
    return make_category("茶具", attributes={"材质": ["紫砂", "白瓷"], "适合": ["普洱", "绿茶"]})


def csv_file(*rows, encoding="utf-8", name="products.csv"):
    return ContentFile("\r\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode(encoding), name)


def xlsx_file(*rows):
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return ContentFile(out.getvalue(), "products.xlsx")


def run(shop, upload):
    job = services.start_import(shop=shop, by=None, upload=upload)
    services.run_import(job.pk)
    job.refresh_from_db()
    return job


def told(job):
    return [(error["row"], error["column"], error["code"]) for error in job.errors]


@pytest.mark.parametrize(
    "upload",
    [
        csv_file(HEAD, POT, SET, CUP),
        csv_file(HEAD, POT, SET, CUP, encoding="utf-8-sig"),
        csv_file(HEAD, POT, SET, CUP, encoding="gbk"),
        xlsx_file(HEAD, POT, SET, CUP),
    ],
    ids=["utf8", "bom", "gbk", "xlsx"],
)
def test_rows_of_one_title_become_one_draft_with_variants(shop, upload, tea):
    job = run(shop, upload)
    assert (job.status, job.total, job.done, job.created, job.updated, job.errors) == ("done", 3, 3, 3, 0, [])
    pot = Product.objects.get(title="段泥西施壶")
    assert (pot.status, pot.category, pot.description, pot.stock) == ("draft", tea, "好清洗", 20)
    assert sorted(pot.values.values_list("name", flat=True)) == ["普洱", "紫砂", "绿茶"]
    assert list(pot.skus.values_list("code", "name", "price_fen")) == [
        ("T-1", "一壶", 32800),
        ("T-2", "一壶两杯", 40850),
    ]
    assert Sku.objects.get(code="T-3").price_fen == 108800


def test_the_same_file_again_changes_nothing_and_a_changed_row_one_variant(shop):
    run(shop, csv_file(HEAD, POT, SET, CUP))
    again = run(shop, csv_file(HEAD, POT, SET, CUP))
    assert (again.created, again.updated, again.errors) == (0, 0, [])
    changed = run(shop, csv_file(HEAD, POT, [*SET[:3], "399", *SET[4:]]))
    assert (changed.created, changed.updated) == (0, 1)
    assert Sku.objects.get(code="T-2").price_fen == 39900
    assert (Product.objects.count(), Sku.objects.count()) == (2, 3)


def test_known_code_renames_its_product_and_new_row_joins_it(shop):
    run(shop, csv_file(HEAD, POT))
    run(
        shop,
        csv_file(
            HEAD,
            ["T-1", "西施壶 新款", "一壶", "328", "12", "", "", ""],
            ["T-9", "西施壶 新款", "三杯", "1", "1", "", "", ""],
        ),
    )
    product = Product.objects.get()
    assert product.title == "西施壶 新款"
    assert list(product.skus.values_list("code", flat=True)) == ["T-1", "T-9"]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (["", "壶", "", "1", "1"], "code", "missing"),
        (["A", "", "", "1", "1"], "title", "missing"),
        (["A", "长" * 61, "", "1", "1"], "title", "too_long"),
        (["A", "=cmd|' /C calc'!A0", "", "1", "1"], "title", "formula"),
        (["A", "壶", "@SUM(A1)", "1", "1"], "variant", "formula"),
        (["-1+1", "壶", "", "1", "1"], "code", "formula"),
        (["A", "壶", "", "", "1"], "price", "missing"),
        (["A", "壶", "", "贵", "1"], "price", "not_money"),
        (["A", "壶", "", "1.234", "1"], "price", "not_money"),
        (["A", "壶", "", "NaN", "1"], "price", "not_money"),
        (["A", "壶", "", "Infinity", "1"], "price", "not_money"),
        (["A", "壶", "", "0", "1"], "price", "price_range"),
        (["A", "壶", "", "-3", "1"], "price", "price_range"),
        (["A", "壶", "", "1e30", "1"], "price", "price_range"),
        (["A", "壶", "", "1", ""], "stock", "missing"),
        (["A", "壶", "", "1", "-1"], "stock", "not_whole"),
        (["A", "壶", "", "1", "1.5"], "stock", "not_whole"),
        (["A", "壶", "", "1", "９"], "stock", "not_whole"),
        (["A", "壶", "", "1", "99999999"], "stock", "stock_range"),
        (["A", "壶", "", "1", "1", "火箭"], "category", "no_such_category"),
        (["A", "壶", "", "1", "1", "茶具", "材质:金"], "values", "no_such_value"),
        (["A", "壶", "", "1", "1", "", "材质:紫砂"], "values", "no_such_value"),
    ],
)
def test_a_bad_row_is_told_and_the_others_are_taken(shop, row, column, code):
    job = run(shop, csv_file(HEAD, row, CUP))
    assert told(job) == [(2, column, code)]
    assert [product.title for product in Product.objects.all()] == ["品茗杯"]
    assert selectors.import_errors(job)[0]["message"]


@pytest.mark.parametrize(
    ("cell", "path"),
    [
        ("动物/宠物用品", "动物/宠物用品"),  # Not what is called 宠物用品 elsewhere.
        ("家居/宠物用品", "家居 › 宠物用品"),
        ("玩具/游戏/拼图/积木", "玩具/游戏 › 拼图/积木"),
        ("玩具 / 游戏 › 拼图/积木", "玩具/游戏 › 拼图/积木"),
        ("拼图/积木", "玩具/游戏 › 拼图/积木"),
        ("书/拼图/积木", "书 › 拼图 › 积木"),
        ("书 > 拼图 > 积木", "书 › 拼图 › 积木"),
        ("积木", "书 › 拼图 › 积木"),
        ("玩具 › 游戏", "玩具 › 游戏"),  # Not the one whose name looks like this path.
        ("礼品/护肤/面霜", "礼品 › 护肤 › 面霜"),
        ("美妆/面霜", "美妆 › 面霜"),
        ("全部/美妆/面霜", "美妆 › 面霜"),  # The top of somebody else's tree.
        ("我们的/茶具", "茶具"),
        ("面霜", "several_categories"),
        ("护肤/面霜/", "no_such_category"),
        ("礼品/护肤", "wide_category"),
        ("玩具/游戏", "wide_category"),
        ("礼品/火箭", "no_such_category"),
        ("/", "no_such_category"),
    ],
)
def test_a_category_is_found_by_its_path_whatever_its_names_have(shop, cell, path):
    grow(
        "动物/宠物用品",
        "家居 › 宠物用品",
        "玩具/游戏 › 拼图/积木",
        "玩具 › 游戏",
        "书 › 拼图 › 积木",
        "礼品 › 护肤 › 面霜",
        "美妆 › 面霜",
    )
    job = run(shop, csv_file(HEAD, ["A", "壶", "", "1", "1", cell, "", ""]))
    if path in services.imports.IMPORT_MESSAGES:
        assert told(job) == [(2, "category", path)]
        assert not Product.objects.exists()
    else:
        assert categories.path_of(Product.objects.get().category) == path


def test_code_twice_in_a_file_counts_once(shop):
    job = run(shop, csv_file(HEAD, POT, ["T-1", "别的壶", "", "1", "1", "", "", ""]))
    assert told(job) == [(3, "code", "code_twice")]
    assert Product.objects.get().title == "段泥西施壶"


def test_two_variants_of_one_name_are_refused_together(shop):
    job = run(shop, csv_file(HEAD, POT, ["T-2", *POT[1:]]))
    assert told(job) == [(2, "title", "refused"), (3, "title", "refused")]
    assert not Product.objects.exists()


def test_imported_code_of_another_shop_is_not_touched(shop):
    run(make_shop("别家"), csv_file(HEAD, POT))
    run(shop, csv_file(HEAD, [*POT[:3], "1", *POT[4:]]))
    assert sorted(Sku.objects.filter(code="T-1").values_list("price_fen", flat=True)) == [100, 32800]


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 40_000_000)
    return ContentFile(out.getvalue(), "bomb.xlsx")


def laughs():
    """A workbook whose sheet declares entities that grow exponentially."""
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    original, out = zipfile.ZipFile(io.BytesIO(xlsx_file(HEAD, CUP).read())), io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in original.namelist():
            content = original.read(name)
            if name.startswith("xl/worksheets/"):
                content = b'<?xml version="1.0"?><!DOCTYPE x [' + entities.encode() + b"]>" + content.split(b"?>")[-1]
            packed.writestr(name, content)
    return ContentFile(out.getvalue(), "laughs.xlsx")


@pytest.mark.parametrize(
    "upload",
    [
        ContentFile(b"", "empty.csv"),
        ContentFile(b"\xff\xfe\x00\x01\xff", "binary.csv"),
        ContentFile("商品编码,标题\0".encode(), "nul.csv"),
        ContentFile(b'a,"b\n', "open-quote.csv"),
        ContentFile(b"PK\x03\x04 not a zip", "broken.xlsx"),
        ContentFile(b"x" * (sheets.MAX_BYTES + 1), "large.csv"),
        csv_file(["标题", "价格"], ["壶", "1"]),
        csv_file(HEAD),
        csv_file(HEAD, *[[f"A{number}", f"壶{number}", "", "1", "1"] for number in range(1001)]),
        csv_file(HEAD, ["A", "壶", "", "1", "1", "", "", "长" * 4000]),
        bomb(),
        laughs(),
    ],
    ids=[
        "empty",
        "binary",
        "nul",
        "quote",
        "broken",
        "large",
        "columns",
        "headings-only",
        "rows",
        "cell",
        "bomb",
        "laughs",
    ],
)
def test_what_is_no_table_is_refused_and_nothing_is_kept(shop, upload):
    upload.seek(0)
    with pytest.raises(BadImport):
        services.start_import(shop=shop, by=None, upload=upload)
    assert not ProductImport.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_one_import_of_a_shop_at_a_time(shop):
    services.start_import(shop=shop, by=None, upload=csv_file(HEAD, POT))
    with pytest.raises(ImportRunning):
        services.start_import(shop=shop, by=None, upload=csv_file(HEAD, CUP))
    services.start_import(shop=make_shop("别家"), by=None, upload=csv_file(HEAD, CUP))
    assert ProductImport.objects.count() == 2


def test_a_run_that_was_cut_short_goes_on_where_it_stopped(shop, monkeypatch):
    job = services.start_import(shop=shop, by=None, upload=csv_file(HEAD, POT, SET, CUP))
    whole, cut = services.imports.create_product, []

    def stop_at_the_second(**fields):
        if cut:
            raise KeyboardInterrupt
        cut.append(fields["title"])
        return whole(**fields)

    monkeypatch.setattr(services.imports, "create_product", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        services.run_import(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done, job.created) == ("running", 2, 2)
    monkeypatch.undo()
    services.run_import(job.pk)
    services.run_import(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done, job.created, Product.objects.count()) == ("done", 3, 3, 2)


def test_template_imports_as_it_is_and_report_carries_no_formula(shop):
    for content, name in ((sheets.template_xlsx(), "t.xlsx"), (sheets.write_csv(sheets.template_rows()), "t.csv")):
        numbered = sheets.read(name, content)
        assert [row["code"] for _number, row in numbered] == ["TEA-001", "TEA-002"]
    assert b"'=1+1" in sheets.write_csv([["=1+1"]])
