from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from .models import InviteBatch
from .services.invites import MAX_QUOTA
from .services.operations import MAX_FEE_BP


class NoteForm(BaseDialogForm):
    note = forms.CharField(
        label=_("To the applicant"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )


class ApproveForm(BaseDialogForm):
    note = forms.CharField(
        label=_("To the applicant"), max_length=500, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


class FeeForm(BaseDialogForm):
    rate_bp = forms.IntegerField(
        label=_("fee rate (basis points)"), min_value=0, max_value=MAX_FEE_BP, widget=UnfoldAdminIntegerFieldWidget
    )


class BatchForm(forms.ModelForm):
    class Meta:
        model = InviteBatch
        fields = ["name", "channel", "quota", "expires_at"]

    def clean_quota(self):
        quota = self.cleaned_data["quota"]
        if not 1 <= quota <= MAX_QUOTA:
            raise forms.ValidationError(_("1 to 1,000 codes at once"))
        return quota
