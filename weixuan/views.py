"""Pages that belong to no app: the front page, the language, public pictures."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language as django_set_language
from django.views.static import serve

from core.web import public

set_language = public(require_POST(django_set_language))


@public
@require_safe
def landing(request):
    """What Weixuan is, in a minute; in the demo also the three doors into it."""
    context = {
        "demo": settings.DEMO,
        "phone_url": settings.SANDBOX_PUBLIC_URL,
        "first_wave": settings.QA_WAVES[0][0],
        "max_answers": settings.QA_MAX_ANSWERS,
    }
    return render(request, "weixuan/landing.html", context)


@public
@require_safe
def robots(request):
    """What search engines may read: the front page and what helped others (RFC 9309)."""
    hidden = "".join(f"Disallow: {path}\n" for path in ("/m/", "/ops/", "/api/", "/wechat/", "/demo/", "/b/", "/i18n/"))
    lines = f"User-agent: *\n{hidden}Allow: /\n\nSitemap: {settings.PUBLIC_URL}{reverse('sitemaps')}\n"
    return HttpResponse(lines, content_type="text/plain; charset=utf-8")


@public
@require_safe
def media(request, path):
    """Public pictures, for installations without a web server in front. Names are random, so they may be cached."""
    try:
        response = serve(request, path, document_root=settings.MEDIA_ROOT)
    except OSError as error:  # A name that no file system takes.
        raise Http404 from error
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
