"""Every refusal of the API is an RFC 9457 problem document with a stable `code`."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import DomainError, Forbidden, Invalid, NotFound, TooMany

CONTENT_TYPE = "application/problem+json"
CODES = {
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "not_authenticated",
    exceptions.PermissionDenied: "forbidden",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.ParseError: "malformed",
    exceptions.Throttled: "too_many",
}


def problem(status_code: int, code: str, title, **members) -> Response:
    body = {"type": "about:blank", "title": str(title), "status": status_code, "code": code, **members}
    return Response(body, status=status_code, content_type=CONTENT_TYPE)


def problem_response(error, context):
    """DRF's exception handler. None lets an unknown exception through to Django's 500."""
    set_rollback()
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = Forbidden()
    if isinstance(error, DomainError):
        return _from_domain(error)
    if isinstance(error, exceptions.ValidationError):
        detail = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        return problem(status.HTTP_400_BAD_REQUEST, Invalid.code, Invalid.title, fields=detail)
    if isinstance(error, exceptions.APIException):
        code = next((code for kind, code in CODES.items() if isinstance(error, kind)), error.default_code)
        response = problem(error.status_code, code, error.detail)
        if isinstance(error, exceptions.Throttled) and error.wait is not None:
            response["Retry-After"] = str(int(error.wait) + 1)
        if header := getattr(error, "auth_header", None):
            response["WWW-Authenticate"] = header
        return response
    return None


def _from_domain(error: DomainError) -> Response:
    members = dict(error.extra)
    if isinstance(error, Invalid) and error.fields:
        members["fields"] = {name: [str(m) for m in messages] for name, messages in error.fields.items()}
    response = problem(error.status, error.code, error.message, **members)
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.retry_after)
    return response
