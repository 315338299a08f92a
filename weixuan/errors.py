"""What a person or a machine sees when a request goes wrong before any view of ours could say so."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults

PROBLEM_TYPE = "application/problem+json"


def problem(status: int, code: str, title: str) -> JsonResponse:
    """The API's form of the same refusal (core.api.errors)."""
    body = {"type": "about:blank", "title": title, "status": status, "code": code}
    return JsonResponse(body, status=status, content_type=PROBLEM_TYPE)


def of_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if of_api(request):
        return problem(400, "malformed", _("This request can't be read"))
    return defaults.bad_request(request, exception, template_name="errors/400.html")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if of_api(request):
        return problem(403, "forbidden", _("This isn't open to you"))
    return defaults.permission_denied(request, exception, template_name="errors/403.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if of_api(request):
        return problem(404, "not_found", _("There is nothing here"))
    return defaults.page_not_found(request, exception, template_name="errors/404.html")


def server_error(request: HttpRequest) -> HttpResponse:
    if of_api(request):
        return problem(500, "server_error", _("Something broke on our side"))
    return defaults.server_error(request, template_name="errors/500.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: nearly always a page that was open for too long."""
    return render(request, "errors/csrf.html", status=403)
