"""Painting by code: gradients, shapes, soft shadows, and the grain of a camera. No Django, no files.

Coordinates are pixels of the finished picture; everything is drawn SCALE times larger and reduced, which
smooths the edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

SCALE = 2
WIDTH, HEIGHT = 1280, 800

Color = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Edges:
    """What one thing covers, as edges in pixels of the finished picture."""

    label: str
    x1: float
    y1: float
    x2: float
    y2: float


def mix(a: Color, b: Color, share: float) -> Color:
    """``a`` with ``share`` (0..1) of ``b``."""
    return tuple(round(p + (q - p) * share) for p, q in zip(a, b, strict=True))  # type: ignore[return-value]


def shade(color: Color, factor: float) -> Color:
    """Lighter above 1, darker below."""
    return tuple(min(255, max(0, round(part * factor))) for part in color)  # type: ignore[return-value]


class Canvas:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))
        self.draw = ImageDraw.Draw(self.image, "RGBA")

    def gradient(self, top: float, bottom: float, upper: Color, lower: Color) -> None:
        """Fills the rows from ``top`` to ``bottom``."""
        rows = int((bottom - top) * SCALE)
        share = np.linspace(0, 1, rows)[:, None, None]
        band = np.array(upper) * (1 - share) + np.array(lower) * share
        band = np.broadcast_to(band, (rows, WIDTH * SCALE, 3)).astype(np.uint8)
        self.image.paste(Image.fromarray(band), (0, int(top * SCALE)))

    def polygon(self, points: Sequence[Point], fill: Color, alpha: int = 255) -> None:
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=(*fill, alpha))

    def box(
        self, x1: float, y1: float, x2: float, y2: float, fill: Color, radius: float = 0, alpha: int = 255
    ) -> None:
        edges = (x1 * SCALE, y1 * SCALE, max(x1, x2) * SCALE, max(y1, y2) * SCALE)
        self.draw.rounded_rectangle(edges, radius * SCALE, fill=(*fill, alpha))

    def disc(
        self, x: float, y: float, rx: float, fill: Color, ry: float | None = None, alpha: int = 255
    ) -> None:
        ry = rx if ry is None else ry
        self.draw.ellipse(
            ((x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE), fill=(*fill, alpha)
        )

    def line(self, points: Sequence[Point], fill: Color, width: float, alpha: int = 255) -> None:
        self.draw.line(
            [(x * SCALE, y * SCALE) for x, y in points],
            fill=(*fill, alpha),
            width=max(1, round(width * SCALE)),
            joint="curve",
        )

    def ring(self, x: float, y: float, radius: float, color: Color, width: float) -> None:
        edges = ((x - radius) * SCALE, (y - radius) * SCALE, (x + radius) * SCALE, (y + radius) * SCALE)
        self.draw.ellipse(edges, outline=color, width=max(1, round(width * SCALE)))

    def soft(
        self, shapes: list[tuple[float, float, float, float]], blur: float, color: Color, strength: float
    ) -> None:
        """Blurred ellipses (x, y, rx, ry) of one colour: shadows when dark, glows when light."""
        small = Image.new("L", (WIDTH, HEIGHT))
        pen = ImageDraw.Draw(small)
        for x, y, rx, ry in shapes:
            pen.ellipse((x - rx, y - ry, x + rx, y + ry), fill=round(255 * strength))
        mask = small.filter(ImageFilter.GaussianBlur(blur)).resize(self.image.size)
        self.image.paste(Image.new("RGB", self.image.size, color), mask=mask)

    def finish(self, light: Color, grain: float) -> Image.Image:
        """The picture at its own size: tinted by the light, darker corners, the grain of a camera."""
        picture = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        picture = ImageChops.multiply(picture, Image.new("RGB", picture.size, light))
        pixels = np.asarray(picture, dtype=np.float32)
        y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
        pixels = pixels * (1 - 0.16 * (x**2 + y**2))[..., None]
        noise = np.random.default_rng(self.rng.randrange(2**32)).normal(0, grain, (HEIGHT, WIDTH, 1))
        return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))
