"""Taxonomies in Shopify's format, and ops' desk when there are many categories."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import User
from shops.errors import TaxonomyUnreadable
from shops.models import Attribute, AttributeValue, Category, Product
from shops.services.taxonomy import import_taxonomy

from .factories import make_category, make_product

pytestmark = pytest.mark.django_db

FILES = {
    "categories.txt": """# Shopify Product Taxonomy - Categories

gid://shopify/TaxonomyCategory/hg     : 家居
gid://shopify/TaxonomyCategory/hg-1   : 家居 > 茶具
gid://shopify/TaxonomyCategory/hg-1-1 : 家居 > 茶具 > 茶壶
""",
    "attributes.txt": """gid://shopify/TaxonomyAttribute/1 : 颜色
gid://shopify/TaxonomyAttribute/2 : 材质
""",
    "attribute_values.txt": """gid://shopify/TaxonomyValue/1 : 红 [颜色]
gid://shopify/TaxonomyValue/2 : 蓝 [颜色]
gid://shopify/TaxonomyValue/3 : 紫砂 [材质]
""",
    "attributes.yml": """base_attributes:
- {id: 1, name: Color, friendly_id: color, values: [color__red]}
- {id: 2, name: Material, friendly_id: material, values: [material__clay]}
extended_attributes:
- {name: Pot material, friendly_id: pot_material, values_from: material}
""",
    "categories/hg.yml": """- {id: hg, name: Home, children: [hg-1], attributes: []}
- {id: hg-1, name: Tea ware, children: [hg-1-1], attributes: [color]}
- {id: hg-1-1, name: Pots, children: [], attributes: [color, pot_material]}
""",
}


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "categories").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def rows() -> list:
    return [
        *Category.objects.order_by("pk").values_list("pk", "parent__name", "name", "code"),
        *Attribute.objects.order_by("pk").values_list("pk", "category__name", "name", "question"),
        *AttributeValue.objects.order_by("pk").values_list("pk", "attribute__name", "name"),
    ]


def test_a_tree_with_attributes_and_values(folder):
    steps = []
    outcome = import_taxonomy(folder, progress=lambda done, total: steps.append((done, total)))
    assert (outcome.categories, outcome.attributes, outcome.values, outcome.errors) == (3, 3, 5, [])
    assert steps == [(3, 3)]
    pot = Category.objects.get(code="hg-1-1")
    assert (pot.name, pot.parent.name, pot.parent.parent.name) == ("茶壶", "茶具", "家居")
    told = {row.name: [value.name for value in row.values.all()] for row in pot.attributes.all()}
    assert told == {"颜色": ["红", "蓝"], "材质": ["紫砂"]}
    assert pot.attributes.get(name="材质").question == "想要哪种材质？"


def test_a_second_run_changes_nothing_and_ops_work_stays(folder):
    import_taxonomy(folder)
    Category.objects.filter(code="hg-1").update(name="茶道具")
    Attribute.objects.filter(category__code="hg-1").update(question="什么颜色")
    before = rows()
    outcome = import_taxonomy(folder)
    assert (outcome.categories, outcome.attributes, outcome.values, outcome.known) == (0, 0, 0, 3)
    assert rows() == before


def test_what_ops_made_before_is_found_again(folder):
    home = make_category("家居")
    tea = Category.objects.create(parent=home, name="茶具")
    outcome = import_taxonomy(folder)
    assert (outcome.categories, outcome.known) == (1, 2)
    tea.refresh_from_db()
    assert (tea.code, tea.attributes.count()) == ("hg-1", 1)


def test_bad_rows_are_named_and_the_others_come_in(folder):
    with (folder / "categories.txt").open("a") as file:
        file.write("nonsense\n")
        file.write(f"gid://shopify/TaxonomyCategory/hg-2 : 家居 > {'长' * 41}\n")
        file.write("gid://shopify/TaxonomyCategory/xx-1 : 没有 > 上级\n")
        file.write("gid://shopify/TaxonomyCategory/hg-3 : 家居 > 茶具\n")
    with (folder / "attribute_values.txt").open("a") as file:
        file.write("gid://shopify/TaxonomyValue/4 : 没有属性\n")
    with (folder / "categories/hg.yml").open("a") as file:
        file.write("- {id: hg-9, attributes: [unheard_of]}\n")
    outcome = import_taxonomy(folder)
    assert outcome.categories == 3
    assert sorted(place for place, _problem in outcome.errors) == [
        "attribute_values.txt:4", "categories.txt:6", "categories.txt:7", "categories.txt:8", "categories.txt:9", "hg.yml hg-9",
    ]  # fmt: skip


def test_one_branch_alone_and_few_values(folder):
    with (folder / "categories.txt").open("a") as file:
        file.write("gid://shopify/TaxonomyCategory/el : 电子\n")
    outcome = import_taxonomy(folder, only="hg-1", most_values=1)
    assert (outcome.categories, outcome.values) == (3, 3)
    assert not Category.objects.filter(code="el").exists()


@pytest.mark.parametrize("name", ["categories.txt", "attributes.yml", "attribute_values.txt"])
def test_a_missing_file_is_refused_and_writes_nothing(name, folder):
    (folder / name).unlink()
    with pytest.raises(TaxonomyUnreadable, match=name):
        import_taxonomy(folder)
    assert not Category.objects.exists()


@pytest.mark.parametrize("text", ["[", "- 1", "a: !!python/object:os.system {}"])
def test_a_file_of_another_kind_is_refused(text, folder):
    (folder / "attributes.yml").write_text(text)
    with pytest.raises(TaxonomyUnreadable):
        import_taxonomy(folder)
    assert not Category.objects.exists()


def test_the_command_tells_what_it_did(folder):
    (folder / "categories.txt").write_text(FILES["categories.txt"] + "nonsense\n")
    out, err = StringIO(), StringIO()
    call_command("import_taxonomy", str(folder), stdout=out, stderr=err)
    assert "3 categories, 3 attributes and 5 values made; 0 categories were there; 1 rows left out" in out.getvalue()
    assert "3 of 3 categories" in err.getvalue()
    assert "categories.txt:6" in err.getvalue()
    with pytest.raises(CommandError):
        call_command("import_taxonomy", str(folder / "nowhere"), stdout=out, stderr=err)


def test_ops_desk_renames_products_words_with_their_category_and_keeps_them_from_keywords(
    client, django_capture_on_commit_callbacks, monkeypatch
):
    category = make_category("茶具", attributes={"材质": ["紫砂"]})
    product = make_product(title="西施", category=category, values=category.attributes.get().values.all())
    client.force_login(User.objects.create_user(nickname="运营", username="ops", is_staff=True, is_superuser=True))
    address = reverse("admin:shops_category_change", args=[category.pk])
    attribute = {"id": category.attributes.get().pk, "category": category.pk, "name": "材质", "question": "？"}
    assert "不用来区分其中的商品" in client.get(address).content.decode()

    def save(name, keywords, **changed):
        inline = {f"attributes-0-{field}": value for field, value in {**attribute, "position": 0, **changed}.items()}
        counts = {"attributes-TOTAL_FORMS": 1, "attributes-INITIAL_FORMS": 1}
        with django_capture_on_commit_callbacks(execute=True) as called:
            reply = client.post(address, {"name": name, "keywords": keywords, "position": 0, **counts, **inline})
        assert reply.status_code == 302, reply.content.decode()
        return len(called), set(re.findall(r"'(\w\w+)'", Product.objects.get(pk=product.pk).search))

    assert save("茶具", "功夫茶") == (0, {"西施", "茶具", "紫砂"})
    assert save("泡茶", "功夫茶") == (1, {"西施", "泡茶", "紫砂"})
    assert save("泡茶", "功夫茶", DELETE="on") == (1, {"西施", "泡茶"})


def test_ops_desk_searches_categories_and_never_lists_them(client):
    top = make_category("家居")
    Category.objects.bulk_create(
        Category(parent=top, name=f"第{n}类", public_id=f"{n:020d}", position=n % 100) for n in range(10_000)
    )
    leaf = Category.objects.get(name="第4321类")
    attribute = Attribute.objects.create(category=leaf, name="颜色", question="什么颜色")
    client.force_login(User.objects.create_user(nickname="运营", username="ops", is_staff=True, is_superuser=True))
    for address in (
        reverse("admin:shops_category_changelist"),
        reverse("admin:shops_category_change", args=[leaf.pk]),
        reverse("admin:shops_category_add"),
        reverse("admin:shops_attribute_changelist"),
        reverse("admin:shops_attribute_change", args=[attribute.pk]),
        reverse("admin:shops_product_changelist"),
        reverse("admin:qa_question_changelist"),
        reverse("admin:qa_preparedanswer_changelist"),
    ):
        page = client.get(address)
        assert page.status_code == 200, address
        assert len(page.content) < 600_000, (address, len(page.content))
        assert page.content.count(b"\xe7\xb1\xbb</option>") < 50, address
    found = client.get(
        reverse("admin:autocomplete"),
        {"term": "第4321", "app_label": "shops", "model_name": "category", "field_name": "parent"},
    ).json()
    assert [row["id"] for row in found["results"]] == [str(leaf.pk)]
