from django import forms
from django.utils.translation import gettext_lazy as _

from merchants.models import Application, ApplicationDocument, Role


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Invite code"),
        max_length=64,
        help_text=_("16 characters; dashes and capitals don't matter"),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class FactsForm(forms.ModelForm):
    """Shape only; services.save_application judges, and views put its words beside the fields."""

    class Meta:
        model = Application
        fields = [
            "shop_name",
            "introduction",
            "kind",
            "business_name",
            "licence_number",
            "contact_name",
            "contact_phone",
            "id_number",
            "bank_account",
        ]
        widgets = {
            "introduction": forms.Textarea({"rows": 4, "maxlength": 500}),
            "contact_name": forms.TextInput({"autocomplete": "name", "maxlength": 30}),
            "contact_phone": forms.TextInput({"inputmode": "tel", "autocomplete": "tel", "maxlength": 20}),
            "id_number": forms.TextInput({"autocomplete": "off", "maxlength": 24}),
            "bank_account": forms.TextInput({"inputmode": "numeric", "autocomplete": "off", "maxlength": 40}),
            "licence_number": forms.TextInput({"autocomplete": "off", "maxlength": 24}),
        }
        labels = {
            "introduction": _("What you sell"),
            "contact_name": _("Owner's or legal representative's name"),
            "contact_phone": _("Their mobile number"),
            "id_number": _("Their identity card number"),
            "bank_account": _("Bank account for payouts"),
        }
        help_texts = {
            "introduction": _("Two or three sentences; buyers' questions are matched with your goods, not with this"),
            "business_name": _("Only with a licence"),
            "licence_number": _("Only with a licence: the 18 characters of the unified code"),
            "bank_account": _("WeChat Pay sends your money there; we never hold it"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["licence_number"].max_length = None
        self.fields["licence_number"].validators = []
        for name in ("id_number", "bank_account"):
            self.fields[name].required = True

    def _post_clean(self):
        """Nothing is put on the instance here: only the service writes."""


class DocumentForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=ApplicationDocument.Kind)
    image = forms.FileField(
        label=_("Picture"),
        help_text=_("JPEG, PNG or WebP, at most 10 MB"),
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=[])

    def __init__(self, *args, roles=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role, Role(role).label) for role in roles]
