"""Ops' actions on one row: a dialog, one call of a service, back to the row."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from core.errors import DomainError


class ConfirmForm(BaseDialogForm):
    """Nothing to fill in: the button confirms."""


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}))


def dialog(title, description="", form=ConfirmForm, submit="") -> dict:
    """The `dialog` of unfold's action decorator; `submit` is the verb on the button."""
    return {"title": title, "description": description, "form_class": form, "form_submit_text": submit or title}


def answer(model_admin, request, object_id, act: Callable[[], object], done) -> HttpResponse:
    """Call the service; whether it refuses or not, the row's page says what came of it."""
    try:
        act()
    except DomainError as refusal:
        words = [str(m) for found in getattr(refusal, "fields", {}).values() for m in found]
        messages.error(request, " ".join(words) or str(refusal.message))
    else:
        messages.success(request, done)
    meta = model_admin.model._meta
    url = reverse(f"{model_admin.admin_site.name}:{meta.app_label}_{meta.model_name}_change", args=[object_id])
    return HttpResponse(headers={"HX-Redirect": url})
