"""The demo's one-click doors. weixuan.urls has them only where settings.DEMO says so (and in tests)."""

import logging

import httpx
from django.http import Http404
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.selectors import identity
from accounts.views.session import open_session
from core.web import public
from merchants.models import Membership, Role
from wechat import clients
from wechat.errors import WeChatError

from .people import FIRST_SHOP, OPS
from .sandbox import Sandbox

logger = logging.getLogger(__name__)


@public
@require_POST
def enter(request, role):
    """Sign the visitor in as the demo's merchant or ops; a buyer goes to the buyer's page, which asks the phone."""
    if role == "buyer":
        return redirect("buyer_demo")
    if role == "ops":
        ops = User.objects.filter(username=OPS, is_staff=True).first()
        return _open(request, ops, "admin:index")
    if role == "merchant":
        owner = (
            Membership.objects.filter(merchant__shop__name=FIRST_SHOP, role=Role.OWNER, removed_at=None)
            .select_related("user")
            .first()
        )
        return _open(request, owner and owner.user, "dashboard")
    raise Http404


def _open(request, user: User | None, page: str):
    if user is None:
        raise Http404
    open_session(request, user)
    _visit_mini_program(user)
    return redirect(page)


def _visit_mini_program(user: User) -> None:
    """WeChat checks only the words of people who were in the mini-program lately: open it on their phone."""
    found = identity(user, "mini_program")
    if found is None:
        return
    try:
        with Sandbox() as sandbox:
            clients.mini_program().code_to_session(code=sandbox.login_code(found.openid))
    except (httpx.HTTPError, WeChatError) as error:
        logger.warning("the demo's phone did not answer: %s", type(error).__name__)
