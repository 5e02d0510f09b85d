"""Boxes as four edges in image pixels, origin top left. Pure."""

import math
from dataclasses import dataclass
from typing import Self

MIN_SIDE_PX = 1.0
ROUNDING_PX = 1e-6  # 1.4 - 0.4 is less than 1: what rounding takes away does not count


class GeometryError(ValueError):
    """The edges do not make a box on the image."""


@dataclass(frozen=True, slots=True)
class Edges:
    """A rectangle: left, top, right, bottom, in image pixels."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        return self.width * self.height

    def iou(self, other: Self) -> float:
        """Intersection over union, 0 to 1."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.area + other.area - shared)


def merged_edges(present: Edges | None, given: dict[str, float], *, width: float, height: float) -> Edges:
    """The box after writing the edges in ``given``: the one rule for every way in.

    Both edges of an axis given: they are put in order. One edge given: it stops MIN_SIDE_PX before the
    opposite edge, so that a write never changes an edge that it did not name. Everything is clamped to the
    image (0..width, 0..height). Raises GeometryError when less than MIN_SIDE_PX remains.
    """
    across = (present.x1, present.x2) if present else None
    down = (present.y1, present.y2) if present else None
    x1, x2 = _axis(across, given.get("x1"), given.get("x2"), width)
    y1, y2 = _axis(down, given.get("y1"), given.get("y2"), height)
    return Edges(x1, y1, x2, y2)


def _axis(
    present: tuple[float, float] | None, low: float | None, high: float | None, limit: float
) -> tuple[float, float]:
    for value in (low, high):
        if value is not None and not math.isfinite(value):
            raise GeometryError("an edge is not a finite number")
    if low is not None and high is not None:
        low, high = _clamp(min(low, high), limit), _clamp(max(low, high), limit)
        if is_too_short(low, high):
            raise GeometryError("the box is less than 1 pixel wide or high inside the image")
        return low, high
    if present is None:
        raise GeometryError("x1, y1, x2 and y2 are needed")
    if low is not None:
        return _clamp(min(low, present[1] - MIN_SIDE_PX), limit), present[1]
    if high is not None:
        return present[0], _clamp(max(high, present[0] + MIN_SIDE_PX), limit)
    return present


def is_too_short(low: float, high: float) -> bool:
    return high - low < MIN_SIDE_PX - ROUNDING_PX


def _clamp(value: float, limit: float) -> float:
    return min(max(value, 0.0), limit) + 0.0  # + 0.0 turns -0.0 into 0.0
