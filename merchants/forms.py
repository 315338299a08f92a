from django import forms
from django.utils.translation import gettext_lazy as _

from merchants.models import Application, ApplicationDocument, Role
from payments import banks


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


class BankForm(forms.Form):
    """The bank of the account: WeChat's own lists, the branch only where the bank wants one.

    Args:
        company: which of the two lists.
    """

    bank_alias_code = forms.ChoiceField(label=_("Bank"))
    bank_address_code = forms.ChoiceField(label=_("City of the bank"))
    bank_branch_id = forms.ChoiceField(label=_("Branch"), required=False)

    def __init__(self, *args, company: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.company, self.unavailable = company, ""
        self.fields["bank_address_code"].choices = [("", _("Choose the city")), *_cities()]
        try:
            self._offer()
        except banks.BanksUnavailable as refusal:
            self.unavailable = str(refusal)

    def _offer(self) -> None:
        offered = banks.banks(company=self.company)
        self.fields["bank_alias_code"].choices = [
            ("", _("Choose the bank")), *((row.alias_code, row.alias) for row in offered),
        ]  # fmt: skip
        chosen = next((row for row in offered if row.alias_code == self["bank_alias_code"].value()), None)
        self.wants_branch = chosen is not None and chosen.need_branch
        if chosen is None or not chosen.need_branch:
            return
        city = self["bank_address_code"].value()
        found = banks.branches(bank=chosen, address_code=city) if city in banks.cities() else []
        first = _("Choose the branch") if found else _("Choose the city first") if not city else _("No branch there")
        self.fields["bank_branch_id"].choices = [("", first), *((row.branch_id, row.name) for row in found)]

    wants_branch = False

    def account(self) -> banks.Account:
        """What was chosen, of a valid form. Raises Invalid, BanksUnavailable."""
        given = self.cleaned_data
        return banks.choose(
            company=self.company,
            alias_code=given["bank_alias_code"],
            address_code=given["bank_address_code"],
            branch_id=given["bank_branch_id"],
        )


def _cities() -> list[tuple[str, list[tuple[str, str]]]]:
    by_province: dict[str, list[tuple[str, str]]] = {}
    for code, (name, province) in banks.cities().items():
        by_province.setdefault(province, []).append((code, name))
    return list(by_province.items())


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
