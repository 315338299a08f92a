from django.utils.translation import gettext_lazy as _

from core.errors import Conflict, Forbidden, Invalid


class InviteCodeInvalid(Invalid):
    """Unknown, mistyped, used, revoked or expired: never told apart, so that nothing is learned by guessing."""

    code = "invite_code_invalid"
    title = _("This invite code is not valid; check it, or ask who gave it to you")


class ApplicationOpen(Conflict):
    code = "application_open"
    title = _("You have an application that is not finished yet")


class ApplicationInvalid(Invalid):
    code = "application_invalid"
    title = _("Some things are missing or not right yet")


class ApplicationLocked(Conflict):
    """Being reviewed, or decided."""

    code = "application_locked"
    title = _("This application can't be changed now")


class ReviewRefused(Conflict):
    code = "review_refused"
    title = _("This application is not waiting for review any more")


class RoleForbidden(Forbidden):
    code = "role_forbidden"
    title = _("Your role can't do this to this role")


class StaffBindingInvalid(Conflict):
    code = "staff_binding_invalid"
    title = _("This code has expired; ask for a new one")
