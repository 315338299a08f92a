"""Where WeChat calls us. Its signatures say who is calling: no session, no CSRF token."""

import dataclasses
import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from . import callbacks, clients
from .callbacks import CallbackRefused
from .clients.pay import NotificationRefused
from .errors import Misconfigured
from .services import receive_push
from .signals import mini_program_event, official_account_event

logger = logging.getLogger(__name__)

MAX_NOTIFICATION_BYTES = 64 * 1024


@method_decorator(csrf_exempt, name="dispatch")
class CallbackView(View):
    """Messages and events of one account."""

    http_method_names = ["get", "post"]
    kind: str
    signal = official_account_event

    def dispatch(self, request: HttpRequest, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except CallbackRefused as refusal:
            logger.warning("push to %s refused: %s", self.kind, refusal)
            return HttpResponse(str(refusal), status=refusal.status, content_type="text/plain")

    def get(self, request: HttpRequest) -> HttpResponse:
        """WeChat's check of the address: the echo proves that we know the token."""
        callbacks.check_envelope(callbacks.account(self.kind), request.GET)
        # As text, or a signed link could show a page of somebody else's making.
        return HttpResponse(request.GET.get("echostr", ""), content_type="text/plain")

    def post(self, request: HttpRequest) -> HttpResponse:
        to = callbacks.account(self.kind)
        body = _read(request, callbacks.MAX_BODY_BYTES)
        if body is None:
            raise CallbackRefused("body is too large", 413)
        push = callbacks.read_push(to, request.GET, body)
        text = receive_push(to=to, push=push, signal=self.signal)
        if not text:
            return HttpResponse("success", content_type="text/plain")
        return HttpResponse(callbacks.render_reply(to, push, text, request.GET), content_type="text/xml; charset=utf-8")


class OfficialAccountCallback(CallbackView):
    kind = "OA"


class MiniProgramCallback(CallbackView):
    kind = "MINI"
    signal = mini_program_event


@method_decorator(csrf_exempt, name="dispatch")
class PayNotificationView(View):
    """WeChat Pay's notices. Anything but 200 or 204 makes it try again, 15 times over a day."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        body = _read(request, MAX_NOTIFICATION_BYTES)
        if body is None:
            return _fail(413, "body is too large")
        try:
            notification = clients.pay().parse_notification(request.headers, body)
        except NotificationRefused as refusal:
            logger.warning("pay notification %s refused: %s", kind, refusal)
            return _fail(401, str(refusal))
        except Misconfigured as problem:
            logger.error("pay notification %s cannot be read: %s", kind, problem.message)
            return _fail(500, "not configured")
        handler = import_string(settings.WECHAT_PAY_NOTIFICATION_HANDLER)
        try:
            handler(dataclasses.replace(notification, kind=kind))
        except Exception:  # Whatever went wrong, WeChat shall repeat it: an HTML page would do, but it wants FAIL.
            logger.exception("pay notification %s failed", notification.id)
            return _fail(500, "失败")
        return HttpResponse(status=204)


def _read(request: HttpRequest, limit: int) -> bytes | None:
    """The body, or None where it is longer than `limit` bytes."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            return None
    except ValueError:
        return None
    body = request.read(limit + 1)
    return body if len(body) <= limit else None


def _fail(status: int, message: str) -> JsonResponse:
    return JsonResponse({"code": "FAIL", "message": message}, status=status, json_dumps_params={"ensure_ascii": False})
