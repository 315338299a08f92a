"""The merchants' login page: scan with WeChat, or password and second factor."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts import limits, services
from accounts.errors import AccountDisabled, LoginTicketInvalid
from accounts.forms import PasswordForm
from accounts.models import LoginTicket
from accounts.qr import phone_url, qr_svg
from accounts.selectors import ticket_state
from core.errors import DomainError
from core.web import public

from .session import browser_name, keep_pending, next_url, open_session

TICKET = "login_ticket"
# New codes per address: WeChat gives out 100,000 a day to the whole platform.
CODES_PER_WINDOW, WINDOW_SECONDS = 60, 10 * 60


@public
@never_cache
@require_http_methods(["GET", "POST"])
def log_in(request):
    if request.user.is_authenticated:
        return redirect(next_url(request))
    form = PasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        keep_pending(request, form.user)
        return redirect(f"{reverse('accounts:second_factor')}?{urlencode({'next': next_url(request)})}")
    status = 400 if form.errors else 200
    return render(request, "accounts/login.html", {"form": form, "next": next_url(request)}, status=status)


@public
@require_POST
def qr(request):
    """A fresh code for this browser, as a fragment. POST, so that no crawler uses up WeChat's codes."""
    try:
        limits.spend(f"login code {limits.client_address(request)}", limit=CODES_PER_WINDOW, seconds=WINDOW_SECONDS)
        ticket, token, secret = services.start_login(browser=browser_name(request.headers.get("User-Agent", "")))
        code = services.login_qr(token=token)
    except DomainError as refusal:
        return render(request, "accounts/qr_refused.html", {"refusal": refusal, "next": next_url(request)})
    request.session[TICKET] = {"id": ticket.pk, "secret": secret}
    context = {"picture": qr_svg(code.url), "phone_url": phone_url(code.ticket), "next": next_url(request)}
    return render(request, "accounts/qr.html", context)


@public
@require_POST
def poll(request):
    """Asked every two seconds while the code is shown."""
    kept = request.session.get(TICKET)
    ticket = LoginTicket.objects.filter(pk=kept["id"]).first() if kept else None
    if ticket is None or ticket.expires_at <= now() or ticket.status == LoginTicket.Status.USED:
        return render(request, "accounts/qr_expired.html", {"next": next_url(request)})
    if ticket_state(ticket) == LoginTicket.Status.WAITING:
        return HttpResponse(status=204)
    try:
        user = services.finish_login(ticket=ticket, browser_secret=kept["secret"])
    except (LoginTicketInvalid, AccountDisabled) as refusal:
        return render(request, "accounts/qr_refused.html", {"refusal": refusal, "next": next_url(request)})
    del request.session[TICKET]
    open_session(request, user)
    return HttpResponseClientRedirect(next_url(request))
