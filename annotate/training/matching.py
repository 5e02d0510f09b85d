"""Which proposal means which drawn box. Pure numpy, one frame at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..ai.detector import Findings
from .dataset import Truth

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""Overlaps (IoU) from which COCO calls a box found; average precision is the mean over them."""

MAX_OF_CLASS = 100
"""Of a class in a frame, the surest: COCO's limit."""

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Proposals:
    """Of a frame, the surest first. ``boxes``: N x 4 in image pixels; ``classes``: N numbers; ``scores``: N, 0 to 1."""

    boxes: Numbers
    classes: NDArray[np.int64]
    scores: Numbers

    def __len__(self) -> int:
        return len(self.scores)

    def only(self, chosen: Flags) -> "Proposals":
        return Proposals(self.boxes[chosen], self.classes[chosen], self.scores[chosen])


def proposals_of(findings: Findings, classes: Sequence[str], renamed: Mapping[str, str]) -> Proposals:
    """Without what has no class of the dataset: there it is as if nobody had proposed it. ``renamed``: class names of
    the model that the dataset calls otherwise."""
    numbers = {name: number for number, name in enumerate(classes)}
    known = [
        (numbers[name], one) for one in findings.found if (name := renamed.get(one.name, one.name)) in numbers
    ]
    boxes = [(one.box.x1, one.box.y1, one.box.x2, one.box.y2) for _, one in known]
    return Proposals(
        np.array(boxes, np.float64).reshape(-1, 4),
        np.array([number for number, _ in known], np.int64),
        np.array([one.confidence for _, one in known], np.float64),
    )


def overlaps(some: Numbers, others: Numbers) -> Numbers:
    """IoU of each of N boxes with each of M: N x M."""
    low = np.maximum(some[:, None, :2], others[None, :, :2])
    high = np.minimum(some[:, None, 2:], others[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = (some[:, 2:] - some[:, :2]).prod(axis=1)[:, None] + (others[:, 2:] - others[:, :2]).prod(axis=1)
    return np.asarray(shared / np.maximum(areas - shared, np.spacing(1)), np.float64)


def found(shared: Numbers, thresholds: Numbers = THRESHOLDS) -> Flags:
    """As COCO does it: each proposal in its order takes the free box that it overlaps most.

    ``shared``: IoU, proposals (the surest first) x boxes, all of one class. Gives thresholds x proposals: whether it
    took one.
    """
    count, boxes = shared.shape
    took = np.zeros((len(thresholds), count), np.bool_)
    if boxes == 0:
        return took
    limits = np.minimum(thresholds, 1 - 1e-10)[:, None]
    free = np.ones((len(thresholds), boxes), np.bool_)
    every = np.arange(len(thresholds))
    for row in range(count):
        possible = np.where(free & (shared[row] >= limits), shared[row], -1.0)
        best = boxes - 1 - np.argmax(possible[:, ::-1], axis=1)  # of equal ones COCO takes the last
        took[:, row] = possible[every, best] >= 0
        free[every[took[:, row]], best[took[:, row]]] = False
    return took


def found_of_class(proposals: Proposals, truth: Truth, number: int) -> tuple[Numbers, Flags]:
    """The scores of the proposals of one class, the surest first, and what ``found`` says of them."""
    of_class = proposals.only(proposals.classes == number)
    order = np.argsort(-of_class.scores, kind="stable")[:MAX_OF_CLASS]
    shared = overlaps(of_class.boxes[order], truth.boxes[truth.classes == number])
    return of_class.scores[order], found(shared)
