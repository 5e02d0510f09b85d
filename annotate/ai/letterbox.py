"""A picture made fit for a model: scaled, padded with gray, channels first. And the way back for boxes."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .detector import Pixels

GRAY = 114  # what both model families were trained with
STRIDE_PX = 32


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the picture lies in the model's input: input = image * scale + (left, top)."""

    scale: float
    left: float
    top: float

    def to_image(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Boxes N x 4 from input pixels to image pixels."""
        offset = np.array([self.left, self.top, self.left, self.top])
        return np.asarray((boxes - offset) / self.scale, np.float64)


def input_shape(image: Pixels, size: int, fixed: tuple[int, int] | None) -> tuple[int, int]:
    """Height and width of the input: what the model asks for, or else the least that holds the picture."""
    if fixed is not None:
        return fixed
    height, width = image.shape[:2]
    size = -(-size // STRIDE_PX) * STRIDE_PX
    scale = min(size / height, size / width)
    high, wide = max(1, round(height * scale)), max(1, round(width * scale))
    return -(-high // STRIDE_PX) * STRIDE_PX, -(-wide // STRIDE_PX) * STRIDE_PX


def centred(image: Pixels, high: int, wide: int) -> tuple[Pixels, Placement]:
    """As Ultralytics does it: in the middle, gray around."""
    scaled, scale = _scaled(image, high, wide)
    top = round((high - scaled.shape[0]) / 2 - 0.1)
    left = round((wide - scaled.shape[1]) / 2 - 0.1)
    return _padded(scaled, high, wide, top=top, left=left), Placement(scale, left, top)


def cornered(image: Pixels, high: int, wide: int) -> tuple[Pixels, Placement]:
    """As YOLOX does it: in the top left corner, gray to the right and below."""
    scaled, scale = _scaled(image, high, wide)
    return _padded(scaled, high, wide, top=0, left=0), Placement(scale, 0, 0)


def _scaled(image: Pixels, high: int, wide: int) -> tuple[Pixels, float]:
    height, width = image.shape[:2]
    scale = min(high / height, wide / width)
    size = max(1, min(wide, round(width * scale))), max(1, min(high, round(height * scale)))
    if size == (width, height):
        return image, scale
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8), scale


def _padded(scaled: Pixels, high: int, wide: int, *, top: int, left: int) -> Pixels:
    canvas = np.full((high, wide, 3), GRAY, np.uint8)
    canvas[top : top + scaled.shape[0], left : left + scaled.shape[1]] = scaled
    return canvas


def unit_rgb(canvas: Pixels, kind: type[np.floating[Any]]) -> NDArray[Any]:
    """1 x 3 x high x wide, red first, 0..1: what Ultralytics' models take."""
    return np.divide(np.ascontiguousarray(canvas.transpose(2, 0, 1)[None]), 255, dtype=kind)


def byte_bgr(canvas: Pixels, kind: type[np.floating[Any]]) -> NDArray[Any]:
    """1 x 3 x high x wide, blue first, 0..255: what YOLOX takes."""
    return np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None]).astype(kind)
