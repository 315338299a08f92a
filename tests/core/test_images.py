import io

import pytest
from PIL import Image

from core import images


def picture(size=(40, 30), format="PNG", **save):
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, format, **save)
    return io.BytesIO(out.getvalue())


def test_a_picture_is_reencoded_as_webp_without_metadata():
    exif = Image.Exif()
    exif[0x010F] = "camera-canary"
    result = images.reencode(picture(format="JPEG", exif=exif))
    content = result.read()
    assert b"camera-canary" not in content
    assert Image.open(io.BytesIO(content)).format == "WEBP"
    assert result.name.endswith(".webp")


def test_a_large_picture_is_made_smaller():
    result = Image.open(images.reencode(picture((3000, 1000)), max_side=600))
    assert result.size == (600, 200)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a<script>",
    ],
)
def test_what_is_not_a_picture_is_refused(content):
    with pytest.raises(images.BadImage):
        images.reencode(io.BytesIO(content))


def test_a_truncated_picture_is_refused():
    with pytest.raises(images.BadImage):
        images.reencode(io.BytesIO(picture((400, 400), "JPEG").getvalue()[:500]))


def test_a_decompression_bomb_is_refused():
    with pytest.raises(images.BadImage):
        images.reencode(picture((20_000, 20_000), compress_level=9))


def test_too_many_bytes_are_refused():
    with pytest.raises(images.BadImage):
        images.reencode(io.BytesIO(picture().getvalue() + b"\0" * images.MAX_BYTES))
