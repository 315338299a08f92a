"""Ops' actions on one row: a button, a dialog, one call of a service, back to the row."""

from collections.abc import Callable
from functools import wraps

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from .errors import DomainError


class ConfirmForm(BaseDialogForm):
    """Nothing to fill in: the button confirms."""


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}))


def row_action(
    label,
    *,
    permission: str,
    done,
    title="",
    explanation="",
    form=ConfirmForm,
    button="",
    offered: Callable | None = None,
    ends_row: bool = False,
) -> Callable:
    """Make `act(admin, row, *, by, **fields of the form)`, which calls one service, into an action on a row's page.

    Whether the service refuses or not, the row's page says what came of it.

    Args:
        label: the verb on the page, and in the dialog where it has no `title` or `button` of its own.
        permission: `has_<permission>_permission` of the admin decides who may.
        done: what the page says afterwards.
        offered: takes the row; False hides the button where the service would only refuse. See `RowActions`.
        ends_row: the row is gone afterwards, so the list says what came of it.
    """

    def decorate(act: Callable) -> Callable:
        @wraps(act)
        def run(admin, request, filled, object_id):
            row = admin.get_object(request, object_id)
            if row is None:
                raise Http404
            # unfold adds a mark of its own to each form.
            said = {name: value for name, value in filled.cleaned_data.items() if not name.startswith("_")}
            try:
                act(admin, row, by=request.user, **said)
            except DomainError as refusal:
                messages.error(request, _words(refusal))
            else:
                messages.success(request, done)
                if ends_row:
                    return HttpResponse(headers={"HX-Redirect": _list_of(admin)})
            return HttpResponse(headers={"HX-Redirect": _page_of(admin, object_id)})

        dialog = {
            "title": title or label,
            "description": explanation,
            "form_class": form,
            "form_submit_text": button or label,
        }
        made = action(description=label, permissions=[permission], dialog=dialog)(run)
        made.offered = offered
        return made

    return decorate


class RowActions:
    """Mixin of a ModelAdmin: a row's page has only those buttons that fit its state."""

    def get_actions_detail(self, request, object_id):
        actions = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # of unfold's ModelAdmin
        row = self.get_object(request, object_id)  # type: ignore[attr-defined]
        return [one for one in actions if row is None or _is_offered(one.method, row)]


def _is_offered(method, row) -> bool:
    offered = getattr(method, "offered", None)
    return offered is None or offered(row)


def _words(refusal: DomainError) -> str:
    words = [str(m) for found in getattr(refusal, "fields", {}).values() for m in found]
    return " ".join(words) or str(refusal.message)


def _page_of(admin, object_id) -> str:
    meta = admin.model._meta
    return reverse(f"{admin.admin_site.name}:{meta.app_label}_{meta.model_name}_change", args=[object_id])


def _list_of(admin) -> str:
    meta = admin.model._meta
    return reverse(f"{admin.admin_site.name}:{meta.app_label}_{meta.model_name}_changelist")
