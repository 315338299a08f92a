"""What wraps every request of the product as a whole."""

import json

from csp.constants import HEADER as CONTENT_POLICY
from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages import get_messages
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import BadRequest
from django_htmx.middleware import HtmxMiddleware
from django_otp.middleware import OTPMiddleware

from merchants.middleware import MembershipMiddleware

from .errors import bad_request

# Where no page is served: the API, and what WeChat calls.
DATA = ("/api/v1/", "/wechat/")


class ContentPolicy(CSPMiddleware):
    """Pages get the settings' policy; data, which is no document, gets the strictest without its being worked out."""

    def process_response(self, request, response):
        if "json" in response.headers.get("Content-Type", "") or response.status_code == 204:
            response.headers.setdefault(CONTENT_POLICY, "default-src 'none'; frame-ancestors 'none'")
            return response
        return super().process_response(request, response)


def pages_only(middleware: type) -> type:
    """The middleware for what people open in a browser. The API and WeChat's calls have a token or a signature of
    their own, so no session, message or second factor is looked for there."""

    class PagesOnly(middleware):  # type: ignore[misc, valid-type]
        def __call__(self, request):
            if request.path_info.startswith(DATA):
                return self.get_response(request)
            return super().__call__(request)

    return PagesOnly


Sessions = pages_only(SessionMiddleware)
Authentication = pages_only(AuthenticationMiddleware)
SecondFactor = pages_only(OTPMiddleware)
Messages = pages_only(MessageMiddleware)
Htmx = pages_only(HtmxMiddleware)
Memberships = pages_only(MembershipMiddleware)


class NoNul:
    """Nobody types a NUL and PostgreSQL's text holds none: an address or a form with one is refused before any view.

    The API's bodies are judged field by field.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return bad_request(request, BadRequest("NUL in the address"))
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """After CSRF's own look at the form."""
        is_page = getattr(view, "declared", "public") != "public"
        if is_page and any("\0" in value for values in request.POST.lists() for value in (values[0], *values[1])):
            return bad_request(request, BadRequest("NUL in a form"))
        return None


class HtmxMessages:
    """Hand a view's messages to a partial page as toasts: it has no place of its own to show them.

    A redirect (HX-Redirect, HX-Location, HX-Refresh) leaves them for the page that follows.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path_info.startswith(DATA):
            return response
        moving_on = {"HX-Redirect", "HX-Location", "HX-Refresh"} & set(response.headers)
        if request.htmx and not moving_on and response.status_code < 300 and "HX-Trigger" not in response:
            messages = [
                {"text": str(m.message), "level": m.level_tag, "undo": m.extra_tags or ""}
                for m in get_messages(request)
            ]
            if messages:
                response["HX-Trigger"] = json.dumps({"wx:toast": {"messages": messages}})
        return response
