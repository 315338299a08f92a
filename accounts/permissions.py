import functools

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django_htmx.http import HttpResponseClientRedirect


def signed_in(view):
    """Open a page to every signed-in person; the view is marked for the route test."""

    @functools.wraps(view)
    def wrapper(request, *args, **kwargs):
        return view(request, *args, **kwargs) if request.user.is_authenticated else to_login(request)

    wrapper.declared = "signed_in"
    return wrapper


def to_login(request) -> HttpResponse:
    """The login page, then back; a background request moves the whole page, not its fragment."""
    if request.htmx:
        return HttpResponseClientRedirect(redirect_to_login(request.htmx.current_url_abs_path or "/").url)
    return redirect_to_login(request.get_full_path())
