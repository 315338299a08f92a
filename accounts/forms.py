from django import forms
from django.contrib.auth import authenticate
from django.utils.translation import gettext_lazy as _

from accounts import limits
from core.errors import TooMany

# Wrong passwords in a quarter of an hour: for one name from one address, for one address, for one name.
WINDOW_SECONDS = 15 * 60
PER_PAIR, PER_ADDRESS, PER_NAME = 5, 30, 50


class PasswordForm(forms.Form):
    """User name and password. Which of them is wrong is not told."""

    username = forms.CharField(
        label=_("User name"),
        max_length=64,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )

    def __init__(self, *args, request=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request
        self.user = None

    def clean(self):
        data = super().clean()
        if self.errors:
            return data
        name = data["username"].strip().lower()
        address = limits.client_address(self.request)
        keys = {
            f"password {address} {name}": PER_PAIR,
            f"password {address}": PER_ADDRESS,
            f"password {name}": PER_NAME,
        }
        try:
            for key, limit in keys.items():
                limits.check(key, limit=limit, seconds=WINDOW_SECONDS)
        except limits.CannotCount as error:
            raise forms.ValidationError(error.title) from error
        except TooMany as error:
            raise forms.ValidationError(_("Too many tries. Wait 15 minutes, or sign in with WeChat")) from error
        self.user = authenticate(self.request, username=name, password=data["password"])
        if self.user is None:
            for key in keys:
                limits.count(key, seconds=WINDOW_SECONDS)
            raise forms.ValidationError(_("User name or password is wrong"))
        return data


class SecondFactorForm(forms.Form):
    code = forms.CharField(
        label=_("Verification code"),
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )


class PasswordSetForm(forms.Form):
    username = forms.CharField(
        label=_("User name"),
        max_length=32,
        help_text=_("4 to 32 letters, digits, dots or dashes, beginning with a letter"),
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("New password"),
        max_length=128,
        strip=False,
        help_text=_("At least 10 characters"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )


class NicknameForm(forms.Form):
    nickname = forms.CharField(label=_("Your name"), max_length=40, help_text=_("Colleagues and buyers see it"))


def add_refusal(form: forms.Form, error) -> None:
    """Show a service's refusal beside the fields it names, or above the form."""
    fields = {name: messages for name, messages in getattr(error, "fields", {}).items() if name in form.fields}
    for name, messages in fields.items():
        form.add_error(name, list(messages))
    if not fields:
        form.add_error(None, str(error.message))
