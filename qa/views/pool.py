"""The pool in the dashboard: take a question up, give a place back."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from merchants.permissions import requires

from .. import services
from ..api.pool import free_question
from .workbench import own_invitation


@require_POST
@requires("answer")
def take(request, question_id):
    shop = request.membership.merchant.shop
    try:
        taken = services.take(question=free_question(shop, question_id), shop=shop, by=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("/m/questions/?view=pool")
    return redirect("qa:workbench", taken.public_id)


@require_POST
@requires("answer")
def let_go(request, invitation_id):
    services.let_go(invitation=own_invitation(request, invitation_id), by=request.user)
    messages.success(request, _("Your place is free for others. What you wrote is kept"))
    return redirect("qa:inbox")
