"""Ops' view of people: enough to help somebody, nothing to learn about them."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from django_otp import user_has_device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin, TabularInline

from core.admin import ReadOnlyAdmin
from core.crypto import blind_index
from core.dialogs import ReasonForm, RowActions, row_action

from . import services
from .models import User, WeChatIdentity
from .selectors import masked_phone
from .services.addresses import normal_mobile

# Their own admin pages would show the secrets of everybody's authenticator app.
admin.site.unregister([TOTPDevice, StaticDevice, Group])


@admin.register(Group)
class GroupAdmin(ModelAdmin):
    """Which desk may do what in ops."""

    search_fields = ["name"]
    filter_horizontal = ["permissions"]


class IdentityInline(ReadOnlyAdmin, TabularInline):
    model = WeChatIdentity
    fields = ["kind", "is_following", "created_at"]
    readonly_fields = fields
    extra = 0


@admin.register(User)
class UserAdmin(RowActions, ModelAdmin):
    list_display = ["public_id", "__str__", "phone_masked", "is_active", "is_staff", "created_at"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["public_id", "nickname", "username"]
    search_help_text = _("Id, name, or a whole phone number")
    ordering = ["-id"]
    inlines = [IdentityInline]
    fields = [
        "public_id",
        "nickname",
        "username",
        "phone_masked",
        "is_active",
        "erased_at",
        "created_at",
        "has_second_factor",
    ]
    rights = ["is_staff", "is_superuser", "groups"]
    filter_horizontal = ["groups"]
    actions_detail = ["close", "reopen", "reset_second_factor", "sign_out"]

    def get_fields(self, request, obj=None):
        return [*self.fields, *self.rights]

    def get_readonly_fields(self, request, obj=None):
        # Who is ops is for superusers to say; everything else about a person only services change.
        return self.fields if request.user.is_superuser else [*self.fields, *self.rights]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_search_results(self, request, queryset, search_term):
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if phone := normal_mobile(search_term):
            found |= queryset.filter(phone_index=blind_index(phone))
        return found, duplicates

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        changed = {
            name: str(form.cleaned_data[name]) for name in form.changed_data if name in ("is_staff", "is_superuser")
        }
        services.record_rights(user=obj, by=request.user, **changed)

    @admin.display(description=_("phone"))
    def phone_masked(self, user):
        return masked_phone(user.phone)

    @admin.display(description=_("second factor"), boolean=True)
    def has_second_factor(self, user):
        return user_has_device(user)

    def has_help_permission(self, request, object_id=None):
        """Support helps people; the doors of ops themselves are a superuser's to open and shut."""
        is_ops = object_id is not None and User.objects.filter(pk=object_id, is_staff=True).exists()
        return request.user.is_superuser or (request.user.has_perm("accounts.change_user") and not is_ops)

    @row_action(
        _("Close the account"),
        permission="help",
        explanation=_("Every session ends; nothing is removed."),
        form=ReasonForm,
        done=_("Closed"),
        offered=lambda user: user.is_active,
    )
    def close(self, user, *, by, reason):
        services.close_account(user=user, by=by, reason=reason)

    @row_action(
        _("Reopen the account"),
        permission="help",
        done=_("Reopened"),
        offered=lambda user: not user.is_active and user.erased_at is None,
    )
    def reopen(self, user, *, by):
        services.reopen_account(user=user, by=by)

    @row_action(
        _("Reset the second factor"),
        permission="help",
        explanation=_("Only after you have made sure who is asking. The next sign-in sets it up anew."),
        done=_("Reset"),
        offered=user_has_device,
    )
    def reset_second_factor(self, user, *, by):
        services.reset_second_factor(user=user, by=by)

    @row_action(_("Sign out everywhere"), permission="help", done=_("Signed out"), offered=lambda user: user.is_active)
    def sign_out(self, user, *, by):
        services.sign_out_everywhere(user=user, by=by)
