"""A signed-in person's own sign-in."""

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import user_has_device

from accounts import services
from accounts.forms import PasswordSetForm, add_refusal
from accounts.permissions import signed_in
from core.errors import Invalid
from core.web import public


@signed_in
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def account(request):
    """Set or change user name and password; see whether there is a second factor."""
    user = request.user
    # Whoever has a second factor proves it before changing the password: a borrowed browser shall not.
    if user_has_device(user) and not user.is_verified():
        return redirect(f"{reverse('accounts:second_factor')}?next={request.path}")
    form = PasswordSetForm(request.POST or None, initial={"username": user.username or ""})
    if request.method == "POST" and form.is_valid():
        try:
            services.set_password_login(user=user, **form.cleaned_data)
        except Invalid as refusal:
            user.refresh_from_db()
            add_refusal(form, refusal)
        else:
            update_session_auth_hash(request, user)
            messages.success(request, _("Saved. You can sign in with the password and your authenticator app now"))
            return redirect("accounts:account" if user_has_device(user) else "accounts:enrol")
    context = {"form": form, "has_device": user_has_device(user)}
    return render(request, "accounts/account.html", context, status=400 if form.errors else 200)


@public  # Ending a session that has already ended is not an error.
@require_POST
def log_out(request):
    logout(request)
    return redirect("accounts:login")


@signed_in
@require_POST
def log_out_everywhere(request):
    services.sign_out_everywhere(user=request.user)
    logout(request)
    messages.success(request, _("You are signed out on every device"))
    return redirect("accounts:login")
