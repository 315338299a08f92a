"""What the shop's staff types in the dashboard. Rules stay in the services; here is shape and wording."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, Invalid

from .models import AttributeValue, Category, Product, Shop, Sku
from .services import SkuDraft
from .services.products import MAX_SKUS

COMMON_PROMISES = ("包邮", "7 天无理由", "48 小时内发货", "破损包赔", "送手写贺卡", "可开发票")


def leaf_categories():
    return (
        Category.objects.filter(children=None).select_related("parent").order_by("parent__position", "position", "id")
    )


class CategoryChoice(forms.ModelChoiceField):
    def label_from_instance(self, category):
        return f"{category.parent} / {category}" if category.parent else str(category)


class ProductForm(forms.Form):
    title = forms.CharField(
        label=_("Title"),
        max_length=60,
        help_text=_("What it is, what it is made of, whom it suits: buyers search for that"),
    )
    category = CategoryChoice(
        label=_("Category"), queryset=Category.objects.none(), required=False, empty_label=_("Choose later"),
        to_field_name="public_id", help_text=_("Questions are sent by it"),
    )  # fmt: skip
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = leaf_categories()

    @classmethod
    def of(cls, product: Product) -> "ProductForm":
        category = product.category.public_id if product.category else None
        return cls(initial={"title": product.title, "category": category, "description": product.description})


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
