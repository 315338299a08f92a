from django import forms
from django.utils.translation import gettext_lazy as _

from . import carriers
from .models import Order
from .services.fulfilling import MAX_REASON


class ShippingForm(forms.Form):
    # Carrier and number belong to a parcel only, so the browser must not insist on them.
    use_required_attribute = False

    logistics_type = forms.TypedChoiceField(
        label=_("How it travels"), coerce=int, choices=list(carriers.LOGISTICS_TYPES.items()), initial=carriers.EXPRESS
    )
    company = forms.ChoiceField(
        label=_("carrier"),
        choices=[("", _("Choose a carrier")), *carriers.CARRIERS.items()],
        error_messages={"required": _("Choose a carrier")},
    )
    tracking_no = forms.CharField(
        label=_("tracking number"),
        max_length=40,
        error_messages={"required": _("Enter the tracking number")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "latin", "autocapitalize": "characters"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.is_bound and self.data.get("logistics_type") in map(
            str, set(carriers.LOGISTICS_TYPES) - {carriers.EXPRESS}
        ):
            self.fields["company"].required = self.fields["tracking_no"].required = False


class RefundForm(forms.Form):
    reason = forms.CharField(label=_("Reason, shown to the buyer"), max_length=MAX_REASON)


class ListForm(forms.Form):
    """The list's own address: which tab, which words."""

    view = forms.CharField(required=False, max_length=12)
    q = forms.CharField(required=False, max_length=60, strip=True)


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
