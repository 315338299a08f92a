"""`Idempotency-Key`: a money request sent twice has one effect and one reply.

After the IETF draft draft-ietf-httpapi-idempotency-key-header-07: no key 400, the same key with
another body 422, while the first is still running 409; otherwise the stored reply, byte for byte.
"""

import functools
import hashlib

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.response import Response

from core.crypto import decrypt, encrypt
from core.errors import Conflict, DomainError, Invalid
from core.models import IdempotencyRecord
from core.prepared import OnConflict, Prepared, insert

from .errors import CONTENT_TYPE as PROBLEM_TYPE

HEADER = "Idempotency-Key"
# A request that has not answered in this many seconds died; its key may be used again.
ABANDONED_AFTER = 60


class KeyMissing(Invalid):
    code = "idempotency_key_missing"
    title = _("This request needs an Idempotency-Key header of 8 to 128 characters")


class KeyReused(DomainError):
    code = "idempotency_key_reused"
    status = 422
    title = _("This Idempotency-Key was used for another request")


class StillRunning(Conflict):
    code = "idempotency_in_progress"
    title = _("The first request with this Idempotency-Key is still running")


def idempotent(handler):
    """Decorate a view method that moves money. It receives the key as `idempotency_key`."""

    @functools.wraps(handler)
    def wrapper(view, request, *args, **kwargs):
        key = request.headers.get(HEADER, "")
        if not 8 <= len(key) <= 128 or not key.isascii() or not key.isprintable():
            raise KeyMissing
        digest = _digest(request)
        record, replay = _reserve(request.user.public_id, key, digest)
        if replay:
            return replay
        try:
            response = handler(view, request, *args, idempotency_key=key, **kwargs)
        except Exception as error:
            response = view.handle_exception(error) if isinstance(error, DomainError) else None
            if response is None or response.status_code in (409, 429, 503):
                record.delete()  # Worth trying again under the same key.
                raise
        return _remember(view, request, record, response)

    wrapper.idempotent = True
    return wrapper


def _digest(request) -> str:
    said = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if not request.content_type.startswith("multipart/"):
        said.update(request._request.body)
        return said.hexdigest()
    # A form is told by its fields: its boundaries differ each time, and a picture is larger than a body may be.
    for name, value in sorted(request.data.items()):
        said.update(f"\n{name}\n".encode())
        for chunk in value.chunks() if hasattr(value, "chunks") else [str(value).encode(errors="replace")]:
            said.update(chunk)
        if hasattr(value, "seek"):
            value.seek(0)
    return said.hexdigest()


def _reserve(owner_id: str, key: str, digest: str):
    record = IdempotencyRecord(owner_id=owner_id, key=key, request_digest=digest)
    if insert(record, on_conflict=OnConflict.IGNORE, unique=("owner_id", "key")):
        return record, None
    record = IdempotencyRecord.objects.get(owner_id=owner_id, key=key)
    if record.request_digest != digest:
        raise KeyReused
    if record.status_code is not None:
        content_type = PROBLEM_TYPE if record.status_code >= 400 else "application/json"
        reply = HttpResponse(decrypt(bytes(record.body).decode()), status=record.status_code, content_type=content_type)
        reply["Idempotent-Replayed"] = "true"
        return record, reply
    age = (timezone.now() - record.created_at).total_seconds()
    if age < ABANDONED_AFTER:
        raise StillRunning
    # Guarded by the old time: of two late repeats one goes on.
    taken = IdempotencyRecord.objects.filter(pk=record.pk, created_at=record.created_at, status_code=None)
    if not taken.update(created_at=timezone.now()):
        raise StillRunning
    return record, None


def _remember(view, request, record, response: Response):
    """Render now, so that what is stored is what is sent."""
    view.headers = view.default_response_headers
    response = view.finalize_response(request, response)
    response.render()
    # A reply may hold an address: at rest it is as secret here as it is on the order.
    body = encrypt(response.content.decode()).encode()
    _answered.update(pk=record.pk, status_code=response.status_code, body=body)
    return response


@Prepared(pk=int, status_code=int, body=bytes)
def _answered(pk, status_code, body):
    return IdempotencyRecord.objects.filter(pk=pk), {"status_code": status_code, "body": body}
