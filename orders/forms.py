from django import forms
from django.utils.translation import gettext_lazy as _

from . import carriers
from .models import Order
from .services.fulfilling import MAX_REASON


class ShippingForm(forms.Form):
    logistics_type = forms.TypedChoiceField(
        label=_("How it travels"), coerce=int, choices=list(carriers.LOGISTICS_TYPES.items()), initial=carriers.EXPRESS
    )
    company = forms.ChoiceField(
        label=_("carrier"), choices=[("", _("Choose a carrier")), *carriers.CARRIERS.items()], required=False
    )
    tracking_no = forms.CharField(
        label=_("tracking number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "latin", "autocapitalize": "characters"}),
    )

    def clean(self):
        data = super().clean()
        if data.get("logistics_type") == carriers.EXPRESS:
            for name, message in (("company", _("Choose a carrier")), ("tracking_no", _("Enter the tracking number"))):
                if name not in self.errors and not data.get(name):
                    self.add_error(name, message)
        return data


class RefundForm(forms.Form):
    reason = forms.CharField(label=_("Reason, shown to the buyer"), max_length=MAX_REASON)


class ListForm(forms.Form):
    """The list's own address: which tab, which words."""

    view = forms.CharField(required=False, max_length=12)
    q = forms.CharField(required=False, max_length=60, strip=True)

    def clean_q(self):
        # PostgreSQL takes no NUL in text.
        return self.cleaned_data["q"].replace("\x00", "")


STATUS_TONES = {
    Order.Status.UNPAID: "",
    Order.Status.PAID: "warm",
    Order.Status.SHIPPED: "blue",
    Order.Status.RECEIVED: "green",
    Order.Status.SETTLED: "green",
    Order.Status.CANCELLED: "",
    Order.Status.REFUNDING: "amber",
    Order.Status.REFUNDED: "",
}
