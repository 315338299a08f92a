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
from accounts.forms import NicknameForm, PasswordSetForm, add_refusal
from accounts.permissions import signed_in
from core.errors import DomainError, Invalid
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
    return _show(request, form, NicknameForm(initial={"nickname": user.nickname}))


@signed_in
@require_POST
def rename(request):
    """Colleagues shall see a name, which WeChat doesn't tell us."""
    form = NicknameForm(request.POST)
    if form.is_valid():
        try:
            services.update_profile(user=request.user, nickname=form.cleaned_data["nickname"])
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Saved"))
            return redirect("accounts:account")
    return _show(request, PasswordSetForm(initial={"username": request.user.username or ""}), form)


def _show(request, form, name_form):
    context = {"form": form, "name_form": name_form, "has_device": user_has_device(request.user)}
    wrong = form.errors or name_form.errors
    return render(request, "accounts/account.html", context, status=400 if wrong else 200)


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
