from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from merchants.middleware import SESSION_KEY
from merchants.permissions import requires, signed_in


@signed_in
def enter(request):
    """Where signing in leads: staff to their dashboard, everybody else to the application."""
    return redirect("dashboard" if request.membership else "merchants:apply")


@requires()
@require_POST
def switch(request):
    """Act for another of the person's merchants from now on."""
    chosen = next((m for m in request.memberships if m.public_id == request.POST.get("membership")), None)
    if chosen is None:
        raise Http404
    request.session[SESSION_KEY] = chosen.public_id
    return redirect("dashboard")
