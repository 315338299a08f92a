from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.services import QuoteItem
from shops.models import Sku

from .selectors import promised

MAX_QUANTITY = 999


class TextForm(forms.Form):
    text = forms.CharField(max_length=1000, strip=True)
    client_msg_id = forms.CharField(min_length=8, max_length=64)


class ImageForm(forms.Form):
    image = forms.FileField()
    client_msg_id = forms.CharField(min_length=8, max_length=64)


class ProductForm(forms.Form):
    product = forms.CharField(max_length=20)
    client_msg_id = forms.CharField(min_length=8, max_length=64)


class SkuChoice(forms.ModelChoiceField):
    def label_from_instance(self, sku):
        return " ".join(filter(None, [sku.product.title, sku.name]))


class Chips(forms.CheckboxSelectMultiple):
    template_name = "parts/chips.html"


class QuoteForm(forms.Form):
    """An order card: goods, a price for this buyer, postage, what is promised and until when it holds."""

    sku = SkuChoice(label=_("Goods"), queryset=Sku.objects.none(), to_field_name="public_id")
    quantity = forms.IntegerField(label=_("Quantity"), min_value=1, max_value=MAX_QUANTITY, initial=1)
    price_yuan = forms.DecimalField(
        label=_("Price each (yuan)"),
        help_text=_("Empty: the usual price"),
        min_value=0,
        max_digits=10,
        decimal_places=2,
        required=False,
    )
    shipping_yuan = forms.DecimalField(
        label=_("Postage (yuan)"), min_value=0, max_digits=8, decimal_places=2, initial=0
    )
    promises = forms.MultipleChoiceField(label=_("What you promise"), required=False, widget=Chips)
    days = forms.TypedChoiceField(
        label=_("Holds for"),
        coerce=int,
        choices=[(1, _("1 day")), (3, _("3 days")), (7, _("7 days"))],
        initial=1,
    )
    note = forms.CharField(label=_("Note"), max_length=100, required=False)
    client_msg_id = forms.CharField(min_length=8, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args, talk, **kwargs):
        super().__init__(*args, **kwargs)
        shop, said = talk.shop, promised(talk)
        # What was promised in the answer stays promised, unless the shop takes it off this card.
        self.fields["promises"].initial = said
        self.fields["promises"].choices = [(promise, promise) for promise in dict.fromkeys([*said, *shop.promises])]
        self.fields["sku"].queryset = Sku.objects.filter(
            product__shop=shop, product__status="published", archived_at=None, stock__gt=0
        ).select_related("product")

    def clean_price_yuan(self):
        price = self.cleaned_data["price_yuan"]
        if price is not None and price <= 0:
            raise forms.ValidationError(_("At least ¥0.01"))
        return price

    def terms(self) -> dict:
        """The arguments of services.send_quote; call after is_valid()."""
        data = self.cleaned_data
        price = data["price_yuan"]
        item = QuoteItem(data["sku"], data["quantity"], None if price is None else int(price * 100))
        return {
            "lines": [item],
            "shipping_fen": int(data["shipping_yuan"] * 100),
            "valid_until": timezone.now() + timedelta(days=data["days"]),
            "promises": data["promises"],
            "note": data["note"],
            "client_msg_id": data["client_msg_id"],
        }
