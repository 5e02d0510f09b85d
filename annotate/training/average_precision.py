"""COCO's average precision, of frames that may count several times: that makes resampling them cheap. Pure numpy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .dataset import Truth
from .matching import Flags, Numbers, Proposals, found_of_class

RECALLS = np.linspace(0.0, 1.0, 101)
Weights = NDArray[np.float64]
"""Ways of counting x frames: how often each frame counts."""


@dataclass(frozen=True, slots=True)
class ClassTable:
    """All proposals of one class, the surest first. ``frames``: N, the number of the frame of each. ``hits``: for each
    threshold of overlap, the rows that found a box. ``truths``: boxes of the class in each frame."""

    scores: Numbers
    frames: NDArray[np.int64]
    hits: tuple[NDArray[np.int64], ...]
    truths: Numbers

    def average_precisions(self, weights: Weights) -> Numbers:
        """Ways of counting x thresholds; NaN where no box of the class counts."""
        totals = weights @ self.truths
        weight = weights[:, self.frames]
        seen = np.cumsum(weight, axis=1)
        found = [_average_precision(weight[:, rows], seen[:, rows], totals) for rows in self.hits]
        return np.where(totals[:, None] > 0, np.stack(found, axis=1), np.nan)

    def curve(self) -> Numbers:
        """Precision at each of RECALLS, for an overlap of 0.5; every frame counts once."""
        rows = self.hits[0]
        right = np.arange(1.0, len(rows) + 1)
        best = np.append(_best_onwards(right / (rows + 1)), 0.0)
        return best[np.searchsorted(right / max(float(self.truths.sum()), 1.0), RECALLS, side="left")]


def _average_precision(hit: Numbers, seen: Numbers, totals: Numbers) -> Numbers:
    """For each way of counting: the mean, over RECALLS, of the best precision at that recall or a higher one.

    Precision has its peaks where a box was found, so no other row is needed. ``hit``: what each of these rows counts,
    ``seen``: proposals down to it, ``totals``: boxes.
    """
    right = np.cumsum(hit, axis=1)
    reached = np.searchsorted(RECALLS, right / np.maximum(totals, 1.0)[:, None], side="right")
    levels = np.diff(reached, axis=1, prepend=0)  # how many of RECALLS each row is the first to reach
    best = _best_onwards(right / np.maximum(seen, np.spacing(1)))
    return np.asarray((best * levels).sum(axis=1) / len(RECALLS), np.float64)


def _best_onwards(precision: Numbers) -> Numbers:
    return np.asarray(np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1], np.float64)


def tables(proposals: Sequence[Proposals], truths: Sequence[Truth], classes: int) -> list[ClassTable]:
    """One for each class. ``proposals`` and ``truths``: of the same frames."""
    return [_table(proposals, truths, number) for number in range(classes)]


def _table(proposals: Sequence[Proposals], truths: Sequence[Truth], number: int) -> ClassTable:
    parts = [found_of_class(one, truth, number) for one, truth in zip(proposals, truths, strict=True)]
    scores = np.concatenate([scores for scores, _ in parts])
    took: Flags = np.concatenate([took for _, took in parts], axis=1)
    frames = np.repeat(np.arange(len(parts)), [len(scores) for scores, _ in parts])
    order = np.argsort(-scores, kind="stable")
    took = took[:, order]
    counts = np.array([np.count_nonzero(truth.classes == number) for truth in truths], np.float64)
    return ClassTable(scores[order], frames[order], tuple(map(np.flatnonzero, took)), counts)


def means(tables: Sequence[ClassTable], weights: Weights) -> Numbers:
    """Ways of counting x classes x thresholds; NaN for classes without a box."""
    return np.stack([table.average_precisions(weights) for table in tables], axis=1)


def mean(values: Numbers) -> Numbers:
    """For each way of counting: over the classes that have boxes; 0 where none has."""
    present = ~np.isnan(values)
    counts = present.sum(axis=(1, 2))
    return np.asarray(np.where(present, values, 0.0).sum(axis=(1, 2)) / np.maximum(counts, 1), np.float64)
