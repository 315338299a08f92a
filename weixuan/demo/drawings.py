"""The demo's pictures: our own flat drawings (data/drawings.toml), painted with Pillow."""

import io
import itertools
import re
import tomllib
import zlib
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

DATA = Path(__file__).parent / "data"
CANVAS, SCALE, SIDE, THUMBNAIL_SIDE = 200, 4, 600, 300
CURVE_STEPS = 16
# Wall, table, then the paints m d l a; w and k are the same everywhere.
PALETTES = (
    {"wall": "#ead9c4", "table": "#dcc6a5", "m": "#ac6d45", "d": "#8a5433", "l": "#c58a63", "a": "#b5432b"},
    {"wall": "#dbe6e0", "table": "#c6d6cd", "m": "#4f8a74", "d": "#376655", "l": "#86b5a2", "a": "#d98a4b"},
    {"wall": "#dfe6ef", "table": "#cad5e3", "m": "#5f80aa", "d": "#46628a", "l": "#8fabcd", "a": "#e0a458"},
    {"wall": "#f2dfdc", "table": "#e4c8c3", "m": "#c8626b", "d": "#a3474f", "l": "#e09aa0", "a": "#7c9a5e"},
    {"wall": "#efe6cf", "table": "#dfd1ac", "m": "#d8a23c", "d": "#b5822a", "l": "#e9c47c", "a": "#5d8a55"},
    {"wall": "#e4e0ea", "table": "#d2cbdd", "m": "#7d6b9b", "d": "#5f4f7c", "l": "#a898c2", "a": "#d0855f"},
)
FIXED = {"w": "#fbf8f2", "k": "#3c3530"}
# What nature, or the trade, paints in its own colours; everything else may have any palette.
NATURAL = {
    "apple": (3,), "basket": (3, 4), "berry": (3, 5), "bouquet": (3,), "bread": (0, 4), "cake": (0,), "cookies": (0,),
    "fruitbox": (3, 4), "glasspot": (0,), "jar": (0, 4), "kettle": (0, 4), "lily": (4,), "mango": (4,), "orange": (4,),
    "pastry": (0, 4), "pear": (4,), "plant": (3, 4), "snackbox": (0, 3, 4), "sunflower": (4,), "teapot": (0, 4), "teaset": (0, 1),
}  # fmt: skip
SHAPE = re.compile(r"^(?P<kind>[ERP]) (?P<body>.*) (?P<paint>[mdlawk])(?:-(?P<line>\d+))?$")


@cache
def shapes() -> dict[str, list[str]]:
    return tomllib.loads((DATA / "drawings.toml").read_text())


def palette_of(name: str, seed: str) -> int:
    """Which palette a product's picture has: always the same one for the same `seed`."""
    # Two each are enough to tell neighbours apart, and are painted in a few seconds.
    first = zlib.crc32(name.encode()) % len(PALETTES)
    choices = NATURAL.get(name, (first, (first + 2) % len(PALETTES)))
    return choices[zlib.crc32(seed.encode()) % len(choices)]


def draw(name: str, palette: int) -> Image.Image:
    """The picture `name` on its little stage.

    Raises:
        KeyError: no such drawing.
    """
    paints = {**PALETTES[palette], **FIXED}
    side = CANVAS * SCALE
    image = Image.new("RGB", (side, side), paints["wall"])
    pen = ImageDraw.Draw(image)
    pen.rectangle([0, 140 * SCALE, side, side], fill=paints["table"])
    pen.ellipse(_box(44, 145, 112, 13), fill=_between(paints["table"], paints["k"]))
    for shape in shapes()[name]:
        _paint(pen, shape, paints)
    return image.resize((SIDE, SIDE), Image.Resampling.BOX).filter(ImageFilter.SMOOTH)


def encode(image: Image.Image, side: int) -> bytes:
    out = io.BytesIO()
    image.resize((side, side), Image.Resampling.BILINEAR).save(out, "WEBP", quality=80, method=0)
    return out.getvalue()


def _paint(pen: ImageDraw.ImageDraw, shape: str, paints: dict[str, str]) -> None:
    found = SHAPE.match(shape)
    if found is None:
        raise ValueError(f"not a shape: {shape}")
    colour = paints[found["paint"]]
    if found["kind"] == "P":
        points = [(x * SCALE, y * SCALE) for x, y in _points(found["body"])]
        if found["line"]:
            width = int(found["line"]) * SCALE
            pen.line(points, fill=colour, width=width, joint="curve")
            for x, y in (points[0], points[-1]):
                pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=colour)
        else:
            pen.polygon(points, fill=colour)
        return
    numbers = [float(number) for number in found["body"].split()]
    if found["kind"] == "E":
        x, y, across, down = numbers
        pen.ellipse(_box(x - across, y - down, 2 * across, 2 * down), fill=colour)
    else:
        pen.rounded_rectangle(_box(*numbers[:4]), radius=numbers[4] * SCALE, fill=colour)


def _box(x: float, y: float, width: float, height: float) -> list[float]:
    return [x * SCALE, y * SCALE, (x + width) * SCALE, (y + height) * SCALE]


def _points(path: str) -> list[tuple[float, float]]:
    """Corners of an SVG path; curves become CURVE_STEPS short lines."""
    points: list[tuple[float, float]] = []
    for command, body in re.findall(r"([MLCQ])([^MLCQZ]*)", path):
        numbers = [float(number) for number in body.replace(",", " ").split()]
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        if command in "ML":
            points += pairs
            continue
        degree = 3 if command == "C" else 2
        for start in range(0, len(pairs), degree):
            control = [points[-1], *pairs[start : start + degree]]
            points += [_bezier(control, step / CURVE_STEPS) for step in range(1, CURVE_STEPS + 1)]
    return points


def _bezier(control: list[tuple[float, float]], t: float) -> tuple[float, float]:
    """De Casteljau's construction."""
    while len(control) > 1:
        control = [
            ((1 - t) * x + t * next_x, (1 - t) * y + t * next_y)
            for (x, y), (next_x, next_y) in itertools.pairwise(control)
        ]
    return control[0]


def _between(one: str, other: str, share: float = 0.14) -> str:
    pairs = [(int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
