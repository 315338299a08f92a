"""What the services raise when they refuse. The API turns these into problem documents (RFC 9457)."""

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A refusal that moved nothing.

    Args:
        message: for people, in the reader's language; defaults to the class's `title`.
        extra: further members of the problem document, JSON-serialisable.
    """

    code = "refused"
    status = 400
    title = _("This cannot be done")

    def __init__(self, message=None, **extra):
        self.message = message or self.title
        self.extra = extra
        super().__init__(str(self.message))


class Invalid(DomainError):
    """A value breaks a rule. `fields` maps field name -> list of messages."""

    code = "invalid"
    title = _("Please check what you entered")

    def __init__(self, message=None, *, fields=None, **extra):
        super().__init__(message, **extra)
        self.fields = fields or {}


class NotFound(DomainError):
    """No such thing, or not this caller's: the two are never told apart."""

    code = "not_found"
    status = 404
    title = _("Not found")


class Forbidden(DomainError):
    """The caller may see this but not do that."""

    code = "forbidden"
    status = 403
    title = _("You may not do this")


class Conflict(DomainError):
    """The thing is no longer in the state that this needs."""

    code = "conflict"
    status = 409
    title = _("Someone was faster; look again")


class TooMany(DomainError):
    """A limit in time. `retry_after` in seconds."""

    code = "too_many"
    status = 429
    title = _("Too many tries; wait a moment")

    def __init__(self, message=None, *, retry_after=60, **extra):
        super().__init__(message, **extra)
        self.retry_after = retry_after
