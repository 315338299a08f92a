import io
import json
import re

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, parsers, status

MAX_BYTES = 256 * 1024
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = _("This is too much at once")


class JSONParser(parsers.JSONParser):
    """Bounded in length and depth, and text alone: the framework's own takes our memory, and half characters."""

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise TooLarge
        try:
            data = super().parse(io.BytesIO(body), media_type, parser_context)
            if SURROGATE.search(body):
                json.dumps(data, ensure_ascii=False).encode()  # Half a pair fails here rather than in the reply.
        except (RecursionError, UnicodeEncodeError):
            raise exceptions.ParseError from None
        return data
