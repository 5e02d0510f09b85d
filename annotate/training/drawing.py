"""Pictures for people: what was drawn beside what models propose. No words but the names of classes."""

import colorsys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..ai.detector import Pixels
from . import files
from .dataset import Truth
from .matching import Numbers, Proposals

PANEL_PX = 640
GAP_PX = 8
QUALITY = 85
GOLDEN = 0.618034
"""Hues that far apart stay apart, however many classes there are."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box with its class; ``score`` None for what a person drew."""

    edges: Numbers
    number: int
    score: float | None


def of_truth(truth: Truth) -> list[Drawn]:
    return [Drawn(box, int(number), None) for box, number in zip(truth.boxes, truth.classes, strict=True)]


def of_proposals(proposals: Proposals, threshold: float) -> list[Drawn]:
    """The surest last, on top."""
    shown = proposals.only(proposals.scores >= threshold)
    rows = zip(shown.boxes[::-1], shown.classes[::-1], shown.scores[::-1], strict=True)
    return [Drawn(box, int(number), float(score)) for box, number, score in rows]


def save(path: Path, pixels: Pixels, panels: Sequence[Sequence[Drawn]], classes: Sequence[str]) -> None:
    """The picture once for each panel, side by side, as JPEG. Raises OSError."""
    made = [panel(pixels, boxes, classes) for boxes in panels]
    gap = np.full((made[0].shape[0], GAP_PX, 3), 255, np.uint8)
    parts = [part for one in made for part in (gap, one)][1:]
    written, data = cv2.imencode(".jpg", np.hstack(parts), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not written:
        raise OSError(f"{path.name} could not be encoded")
    files.write_bytes(path, data.tobytes())


def panel(pixels: Pixels, boxes: Sequence[Drawn], classes: Sequence[str]) -> Pixels:
    """Blue first, as OpenCV writes it."""
    height, width = pixels.shape[:2]
    scale = min(1.0, PANEL_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = np.asarray(
        cv2.resize(np.ascontiguousarray(pixels[:, :, ::-1]), size, interpolation=cv2.INTER_AREA), np.uint8
    )
    for box in boxes:
        _draw(canvas, box, scale, classes[box.number])
    return canvas


def _draw(canvas: Pixels, box: Drawn, scale: float, name: str) -> None:
    left, top, right, bottom = (round(float(edge) * scale) for edge in box.edges)
    colour = colour_of(box.number)
    cv2.rectangle(canvas, (left, top), (right, bottom), colour, 2)
    text = name if box.score is None else f"{name} {box.score:.2f}"
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.4, 1)
    base = max(top, high + 4)
    cv2.rectangle(canvas, (left, base - high - 4), (left + wide + 4, base), colour, -1)
    cv2.putText(
        canvas, text, (left + 2, base - 3), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA
    )


def colour_of(number: int) -> tuple[int, int, int]:
    """Blue, green, red: dark enough for white letters."""
    red, green, blue = colorsys.hsv_to_rgb(number * GOLDEN % 1.0, 0.85, 0.65)
    return round(blue * 255), round(green * 255), round(red * 255)


def spread(count: int, wanted: int) -> Iterator[int]:
    """Up to ``wanted`` of ``count`` places, evenly."""
    step = max(1.0, count / wanted)
    return (int(place * step) for place in range(min(count, wanted)))
