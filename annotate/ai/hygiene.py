"""Nothing that a model says is believed: what is no box on the image is filtered and counted. Pure numpy.

Fast also for hundreds of thousands of rows: no loop over them.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..geometry import MIN_SIDE_PX, ROUNDING_PX

MAX_BOXES = 1000
"""Of one picture. More than a person can look through means that the threshold or the model is wrong."""


class Reason(StrEnum):
    NOT_FINITE = "not_finite"  # NaN or infinity in an edge or in the confidence
    BAD_CONFIDENCE = "bad_confidence"  # outside 0..1
    BAD_CLASS = "bad_class"  # an index that no class has
    NO_AREA = "no_area"  # width or height zero or negative
    OUTSIDE = "outside"  # nothing left inside the picture
    TOO_SMALL = "too_small"  # less than a pixel wide or high inside the picture: cannot be stored as a box
    TOO_MANY = "too_many"  # beyond the limit; the surest are kept


Counts = Counter[Reason]


@dataclass(frozen=True, slots=True)
class Rows:
    """``boxes``: N x 4, left, top, right, bottom. ``scores`` and ``classes``: N. All float64, nothing checked."""

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.scores)

    def only(self, chosen: NDArray[Any]) -> "Rows":
        """By a mask, or by indices in a new order."""
        return Rows(self.boxes[chosen], self.scores[chosen], self.classes[chosen])


def rows(boxes: NDArray[Any], scores: NDArray[Any], classes: NDArray[Any]) -> Rows:
    """From arrays of any number type."""
    return Rows(
        np.asarray(boxes, np.float64).reshape(-1, 4),
        np.asarray(scores, np.float64).reshape(-1),
        np.asarray(classes, np.float64).reshape(-1),
    )


def drop(found: Rows, bad: Any, reason: Reason, counts: Counts) -> Rows:
    """Without the rows where the mask ``bad`` is true; ``counts`` is told how many."""
    number = int(np.count_nonzero(bad))
    if number == 0:
        return found
    counts[reason] += number
    return found.only(~bad)


def drop_nonsense(found: Rows, class_count: int, counts: Counts) -> Rows:
    """Numbers that are none, confidences outside 0..1, classes that do not exist."""
    finite = np.isfinite(found.boxes).all(axis=1) & np.isfinite(found.scores) & np.isfinite(found.classes)
    found = drop(found, ~finite, Reason.NOT_FINITE, counts)
    found = drop(found, (found.scores < 0) | (found.scores > 1), Reason.BAD_CONFIDENCE, counts)
    whole = found.classes == np.floor(found.classes)
    bad_class = ~whole | (found.classes < 0) | (found.classes >= class_count)
    return drop(found, bad_class, Reason.BAD_CLASS, counts)


def drop_without_area(found: Rows, counts: Counts) -> Rows:
    """Call it after ``drop_nonsense``."""
    left, top, right, bottom = found.boxes.T
    return drop(found, (right <= left) | (bottom <= top), Reason.NO_AREA, counts)


def clamp(found: Rows, *, width: int, height: int, counts: Counts) -> Rows:
    """Inside the picture, edges in image pixels; what has nothing left there is dropped."""
    limits = np.array([width, height, width, height], np.float64)
    clamped = Rows(np.clip(found.boxes, 0.0, limits), found.scores, found.classes)
    sides = clamped.boxes[:, 2:] - clamped.boxes[:, :2]
    outside = (sides <= 0).any(axis=1)
    clamped = drop(clamped, outside, Reason.OUTSIDE, counts)
    sides = sides[~outside]
    return drop(clamped, (sides < MIN_SIDE_PX - ROUNDING_PX).any(axis=1), Reason.TOO_SMALL, counts)


def surest(found: Rows, limit: int, counts: Counts) -> Rows:
    """Sorted, the surest first, at most ``limit``; equally sure ones stay in their order."""
    order = np.argsort(-found.scores, kind="stable")
    if len(order) > limit:
        counts[Reason.TOO_MANY] += len(order) - limit
    return found.only(order[:limit])


def clean(
    found: Rows, *, class_count: int, width: int, height: int, limit: int = MAX_BOXES
) -> tuple[Rows, Counts]:
    """All of it, for boxes in image pixels: what is left can be stored as it is."""
    counts: Counts = Counter()
    found = drop_nonsense(found, class_count, counts)
    found = drop_without_area(found, counts)
    found = clamp(found, width=width, height=height, counts=counts)
    return surest(found, limit, counts), counts
