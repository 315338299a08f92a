"""The second step of a password login, and taking an authenticator app into use."""

from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import login as otp_login
from django_otp import user_has_device

from accounts import services
from accounts.forms import SecondFactorForm, add_refusal
from accounts.qr import qr_svg
from core import audit
from core.errors import DomainError
from core.web import public

from .session import next_url, open_session, pending_user


@public  # To whoever gave the right password within ten minutes; anybody else starts at the login page.
@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request):
    user = pending_user(request)
    if user is None:
        return redirect(_step("accounts:login", request))
    if not user_has_device(user):
        return redirect(_step("accounts:enrol", request))
    form = SecondFactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            device = services.verify_second_factor(user=user, code=form.cleaned_data["code"])
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            _enter(request, user, device)
            return redirect(next_url(request))
    status = 400 if form.errors else 200
    return render(request, "accounts/second_factor.html", {"form": form, "next": next_url(request)}, status=status)


@public  # As above.
@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "POST"])
def enrol(request):
    """Show the secret as a QR code; the first right code takes it into use and brings the recovery codes."""
    user = pending_user(request)
    if user is None:
        return redirect(_step("accounts:login", request))
    if user_has_device(user):
        return redirect(_step("accounts:second_factor", request))
    device = services.start_enrolment(user=user)
    form = SecondFactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            device, codes = services.confirm_enrolment(user=user, code=form.cleaned_data["code"])
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            _enter(request, user, device)
            return render(request, "accounts/recovery_codes.html", {"codes": codes, "next": next_url(request)})
    context = {"form": form, "picture": qr_svg(device.config_url), "next": next_url(request)}
    return render(request, "accounts/enrol.html", context, status=400 if form.errors else 200)


def _enter(request, user, device) -> None:
    if not request.user.is_authenticated:
        open_session(request, user)
        audit.record(actor=user, action="accounts.web_signed_in", target=user, way="password")
    otp_login(request, device)


def _step(name: str, request) -> str:
    return f"{reverse(name)}?{urlencode({'next': next_url(request)})}"
