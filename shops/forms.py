"""What the shop's staff types in the dashboard. Rules stay in the services; here is shape and wording."""

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid

from . import categories
from .models import AttributeValue, Category, Product, Shop, Sku
from .services import SkuDraft
from .services.products import MAX_SKUS

COMMON_PROMISES = ("包邮", "7 天无理由", "48 小时内发货", "破损包赔", "送手写贺卡", "可开发票")


# What the picker sends beside the id of what was chosen: the words that stand in it.
WORDS = "_words"


class CategoryPicker(forms.Widget):
    """Search as you type (templates/parts/category_picker.html, js/picker.js).

    What was chosen goes by its id, what was only typed by its words: those name a category, too, where no script runs.
    """

    template_name = "parts/category_picker.html"
    # Set by the field: whether a category may be chosen that has others below it.
    inner = False

    def value_from_datadict(self, data, files, name):
        return data.get(name, ""), data.get(f"{name}{WORDS}")

    def value_omitted_from_data(self, data, files, name):
        return name not in data and f"{name}{WORDS}" not in data

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        chosen, words = _shown(value)
        return {**context, "chosen": chosen, "words": words, "words_name": f"{name}{WORDS}", "inner": self.inner}


def _shown(value: Category | tuple[str, str | None] | None) -> tuple[str, str]:
    """(id, words) for a category, for what was sent, for nothing"""
    if isinstance(value, tuple) and value[1] is not None:
        return value[0], value[1]
    category = value if isinstance(value, Category) else by_public_id(value[0]) if value else None
    return (category.public_id, categories.path_of(category)) if category else ("", "")


class CategoryField(forms.Field):
    """A category, or None. Its initial value is a category.

    Args:
        inner: whether one may be chosen that has others below it, to mean all of them.
    """

    widget = CategoryPicker
    default_error_messages = {
        "unknown": _("No category is called “%(words)s”. Choose one of the list."),
        "several": _("Several categories are called “%(words)s”. Choose one of the list."),
        "inner": _("“%(words)s” has finer categories below it. Choose one of those."),
    }

    def __init__(self, *, inner: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.inner = self.widget.inner = inner

    def to_python(self, value: tuple[str, str | None] | None) -> Category | None:
        """Raises ValidationError where the words name none, several, or one that is too wide."""
        chosen, words = value or ("", None)
        category = by_public_id(chosen)
        if words is None and chosen and category is None:
            raise self._refused("unknown", chosen)
        if words is not None and not (category and categories.path_of(category) == words.strip()):
            category = self._named(words) if words.strip() else None
        if category and not self.inner and category.children.exists():
            raise self._refused("inner", category.name)
        return category

    def _named(self, words: str) -> Category:
        found = categories.named(words)
        if not self.inner and len(found) > 1:
            found = [row for row in found if not row.children.exists()] or found
        if len(found) != 1:
            raise self._refused("several" if found else "unknown", words)
        return found[0]

    def _refused(self, code: str, words: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params={"words": words.strip()[:40]})


def by_public_id(public_id: str) -> Category | None:
    # A NUL is no text to PostgreSQL.
    return Category.objects.filter(public_id=public_id).first() if public_id and "\0" not in public_id else None


def category_in(form: forms.BaseForm, name: str = "category") -> Category | None:
    """The category of a form: as it was sent and is valid, else as the form began."""
    if not form.is_bound:
        return form.get_initial_for_field(form.fields[name], name)
    form.is_valid()
    return form.cleaned_data.get(name)


class ProductForm(forms.Form):
    title = forms.CharField(
        label=_("Title"),
        max_length=60,
        help_text=_("What it is, what it is made of, whom it suits: buyers search for that"),
    )
    category = CategoryField(label=_("Category"), required=False, help_text=_("Questions are sent by it"))
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )

    @classmethod
    def of(cls, product: Product) -> "ProductForm":
        return cls(initial={name: getattr(product, name) for name in cls.base_fields})


class SkuForm(forms.Form):
    """One row of variants. The page sends a list for each field; `rows` puts the lists together again."""

    name = forms.CharField(label=_("Variant"), max_length=40, required=False)
    code = forms.CharField(label=_("Your code"), max_length=40, required=False)
    price = forms.DecimalField(label=_("Price"), min_value=0.01, max_value=1_000_000, decimal_places=2)
    stock = forms.IntegerField(label=_("Stock"), min_value=0, max_value=1_000_000)
    id = forms.CharField(max_length=20, required=False)
    stock_was = forms.IntegerField(required=False)

    @classmethod
    def rows(cls, data: QueryDict) -> list["SkuForm"]:
        """Raises Invalid when the lists differ in length or hold more rows than a product may have."""
        lists = {name: data.getlist(f"sku-{name}") for name in cls.base_fields}
        counts = {len(values) for values in lists.values()}
        if len(counts) != 1 or not 1 <= counts.copy().pop() <= MAX_SKUS:
            raise Invalid(fields={"skus": [_("A product has 1 to %(count)s variants") % {"count": MAX_SKUS}]})
        return [cls(dict(zip(lists, row, strict=True))) for row in zip(*lists.values(), strict=True)]

    @classmethod
    def of(cls, sku: Sku) -> "SkuForm":
        price = f"{sku.price_fen / 100:.2f}".removesuffix(".00")
        values = {"name": sku.name, "code": sku.code, "price": price, "stock": sku.stock}
        return cls(initial={**values, "id": sku.public_id, "stock_was": sku.stock})

    def draft(self) -> SkuDraft:
        given = self.cleaned_data
        return SkuDraft(
            price_fen=int(given["price"] * 100), stock=given["stock"], name=given["name"], code=given["code"],
            id=given["id"] or None, stock_was=given["stock_was"] if given["id"] else None,
        )  # fmt: skip


def chosen_values(category: Category | None, data: QueryDict) -> list[AttributeValue]:
    """The ticked attribute values that belong to `category`; those of another one drop out with it."""
    ids = [value for value in data.getlist("values") if value.isascii() and value.isdigit() and len(value) < 10]
    values = AttributeValue.objects.filter(pk__in=ids, attribute__category=category).select_related("attribute")
    return list(values) if category else []


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("XLSX or CSV (UTF-8 or GBK), at most 2 MB and 1,000 rows"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
    )


class ColumnsForm(forms.Form):
    """Of which category the import's page tells what its columns may have."""

    category = CategoryField(label=_("Categories and attributes"), required=False)


class ShopForm(forms.ModelForm):
    """ModelForm for its fields alone; services.update_shop writes."""

    logo = forms.FileField(label=_("Logo"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"}))
    persona_avatar = forms.FileField(
        label=_("Picture"), required=False, widget=forms.FileInput(attrs={"accept": "image/*"})
    )
    more_promises = forms.CharField(label=_("Another promise"), max_length=60, required=False)

    class Meta:
        model = Shop
        fields = ["name", "introduction", "city", "persona_name", "persona_voice", "logo", "persona_avatar"]
        widgets = {
            "introduction": forms.Textarea(attrs={"rows": 3}),
            "persona_voice": forms.Textarea(attrs={"rows": 3}),
        }
        labels = {"persona_name": _("Called"), "persona_voice": _("How you speak and what you know")}

    @property
    def promises(self) -> list[str]:
        more = self.cleaned_data["more_promises"].replace("，", "、").split("、")
        return [*self.data.getlist("promises"), *more]

    @property
    def promise_choices(self) -> list[tuple[str, bool]]:
        """(words, ticked): the shop's own first, then common ones."""
        own = self.data.getlist("promises") if self.is_bound else self.instance.promises
        return [(promise, promise in own) for promise in dict.fromkeys([*own, *COMMON_PROMISES])]


def show_refusal(form: forms.Form, error: DomainError) -> None:
    """Put a service's refusal beside the fields it names, or above the form."""
    fields = error.fields if isinstance(error, Invalid) else {}
    for name, messages in fields.items():
        form.add_error(name if name in form.fields else None, messages)
    if not fields:
        form.add_error(None, str(error.message))
