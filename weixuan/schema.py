"""The API's description at /api/schema/: the same for everybody, so it is written once."""

import hashlib
import threading
from functools import cache

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.encoding import force_bytes
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

# Of several threads that want it at first, one writes it.
_writing = threading.Lock()


class Schema(SpectacularAPIView):
    """drf-spectacular's view without its work: that is 0.3 s of CPU for each call of anybody."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:  # type: ignore[override]
        asked = request.GET.get("lang")
        language = asked if asked in dict(settings.LANGUAGES) else translation.get_language()
        renderer = request.accepted_renderer
        with _writing:
            text, etag = _written(language, renderer.media_type)
        response = HttpResponse(
            text,
            content_type=renderer.media_type,
            headers={
                "ETag": etag,
                "Cache-Control": "no-cache",
                "Content-Disposition": f'inline; filename="weixuan.{renderer.format}"',
            },
        )
        return get_conditional_response(request._request, etag=etag, response=response)


@cache
def _written(language: str, media_type: str) -> tuple[bytes, str]:
    """(the description, its ETag); for each of our languages and of drf-spectacular's four renderers."""
    with translation.override(language):
        described = Schema.generator_class().get_schema(request=None, public=True)
        renderer = next(one for one in Schema.renderer_classes if one.media_type == media_type)
        text = force_bytes(renderer().render(described, renderer_context={}))
    return text, f'"{hashlib.sha256(text).hexdigest()[:32]}"'
