"""QR codes on pages."""

import io
from urllib.parse import urlencode

import segno
from django.conf import settings
from django.utils.safestring import mark_safe


def qr_svg(text: str) -> str:
    """A QR code as inline SVG, as wide as its box; black on white in dark mode too, for the phone's sake."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=2, light="#fff")
    return mark_safe(out.getvalue().decode())  # noqa: S308 (segno's own drawing: paths and numbers)


def phone_url(ticket: str) -> str:
    """The sandbox phone's scan page, where there is a sandbox and nobody has a camera; "" elsewhere."""
    if not settings.SANDBOX_PUBLIC_URL:
        return ""
    return f"{settings.SANDBOX_PUBLIC_URL}/phone/scan?{urlencode({'ticket': ticket})}"
