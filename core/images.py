"""Uploaded pictures: bounded before decoding, decoded, stripped of metadata, resized, re-encoded.

Nothing of the uploaded bytes is ever stored or served, so a polyglot or a script hidden in a picture
ends here.
"""

import io
import warnings

from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from .errors import Invalid
from .ids import public_id

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 25_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
BOMBS = (Image.DecompressionBombWarning, Image.DecompressionBombError)


class BadImage(Invalid):
    code = "bad_image"
    title = _("Please upload a JPEG, PNG or WebP picture of at most 10 MB and 25 megapixels")


def reencode(upload, *, max_side: int = 1600, quality: int = 82) -> ContentFile:
    """Return the picture as a fresh WebP file with a random name.

    Args:
        upload: a file object of untrusted content.
        max_side: longest side of the result, in pixels.

    Raises:
        BadImage: not a picture of an accepted format, damaged, or too large in bytes or pixels.
    """
    raw = upload.read(MAX_BYTES + 1)
    if not raw or len(raw) > MAX_BYTES:
        raise BadImage
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(raw), formats=FORMATS)
            if opened.width * opened.height > MAX_PIXELS:
                raise BadImage
            opened.draft("RGB", (max_side, max_side))  # JPEG only: decode no larger than needed.
            image = ImageOps.exif_transpose(opened)
            image.thumbnail((max_side, max_side))
            image = image.convert("RGBA" if "transparency" in image.info or image.mode == "RGBA" else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, *BOMBS) as error:
        raise BadImage from error
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, method=4)
    return ContentFile(out.getvalue(), name=f"{public_id()}.webp")
