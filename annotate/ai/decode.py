"""From the numbers that a network puts out to rows of boxes, and which of them overlap too much. Pure."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .described import Head
from .hygiene import Rows, rows
from .problems import UnusableModel, gettext_noop

GRID_STRIDES_PX = (8, 16, 32)


def head_of(shape: tuple[int, ...], class_count: int, *, end_to_end: bool) -> Head:
    """Which kind an output of this shape is. Raises UnusableModel: a model must not be guessed at.

    Where the number of classes in the shape is not that of the names, the names belong to other weights.
    """
    if len(shape) == 3 and shape[0] == 1:
        if end_to_end and shape[2] == 6:
            return Head.END_TO_END
        if shape[1] == 4 + class_count:
            return Head.DENSE
        if shape[2] == 5 + class_count:
            return Head.GRID
        if shape[2] == 6:
            return Head.END_TO_END
    raise UnusableModel(
        gettext_noop("The output of the model is %(shape)s: that is no detector of %(count)s classes."),
        shape="x".join(map(str, shape)),
        count=class_count,
    )


def decoded(output: NDArray[Any], head: Head, high: int, wide: int) -> Rows:
    """Rows in pixels of the model's input. Nothing is checked yet: NaN stays NaN. Raises UnusableModel."""
    if head is Head.END_TO_END:
        return rows(output[0, :, :4], output[0, :, 4], output[0, :, 5])
    if head is Head.GRID:
        return _grid(output[0].astype(np.float64), high, wide)
    return _scored(_edges(output[0, :4].T), output[0, 4:])


def _edges(centred: NDArray[Any]) -> NDArray[np.float64]:
    """From centre and size (N x 4) to edges."""
    centre, half = centred[:, :2].astype(np.float64), centred[:, 2:].astype(np.float64) / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def _scored(boxes: NDArray[np.float64], scores: NDArray[Any]) -> Rows:
    """``scores``: classes x N. The best class of each; a NaN among them is the best, and dropped later."""
    best = scores.argmax(axis=0)
    return rows(boxes, np.take_along_axis(scores, best[None], axis=0)[0], best)


def _grid(output: NDArray[np.float64], high: int, wide: int) -> Rows:
    cells, strides = _cells(high, wide)
    if len(cells) != len(output):
        raise UnusableModel(
            gettext_noop("The model puts out %(rows)s rows where an input of %(size)s has %(cells)s cells."),
            rows=len(output),
            size=f"{wide}x{high}",
            cells=len(cells),
        )
    with np.errstate(over="ignore", invalid="ignore"):  # infinity is dropped and counted later
        centres = (output[:, :2] + cells) * strides
        sizes = np.exp(output[:, 2:4]) * strides
        scores = (output[:, 5:] * output[:, 4:5]).T
        return _scored(_edges(np.concatenate([centres, sizes], axis=1)), scores)


@lru_cache(maxsize=16)
def _cells(high: int, wide: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Left top corner of every cell of the three grids, in cells, and the size of the cells in pixels."""
    corners, strides = [], []
    for stride in GRID_STRIDES_PX:
        down, across = np.mgrid[: high // stride, : wide // stride]
        corners.append(np.stack([across.ravel(), down.ravel()], axis=1))
        strides.append(np.full((across.size, 1), stride))
    return np.concatenate(corners).astype(np.float64), np.concatenate(strides).astype(np.float64)


def without_overlaps(found: Rows, iou: float, *, reach: float) -> Rows:
    """Of two boxes of one class that overlap more than ``iou`` the surer one. Takes finite rows only.

    ``reach``: edges further out than this many pixels are taken to lie there, for the comparison only: one
    absurd edge must not cost the others their precision.
    """
    if len(found) == 0:
        return found
    boxes = np.clip(found.boxes, -reach, reach)
    sized: Any = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    scores: Any = found.scores.astype(np.float32)
    classes: Any = found.classes.astype(np.int32)
    kept = cv2.dnn.NMSBoxesBatched(sized, scores, classes, 0.0, iou)
    return found.only(np.asarray(kept, np.int64).reshape(-1))
