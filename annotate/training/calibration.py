"""How often a confidence is right, and from which one on nobody has to look. Pure numpy.

"Right" is what a person accepts as it is: the class, and an IoU of at least 0.75.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .matching import Flags, Numbers
from .statistics import DOUBT, fewest_for, looks, wilson

ERROR_BINS = 10
FEWEST_TO_FIT = 10
FIRST_STEP, FIRST_SHARE, STEP_RATIO = 60, 0.1, 1.3
"""The thresholds that are tried: so many verdicts, or that share of them if it is more, then that many times more."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising curve through (confidence, probability)."""

    confidences: Numbers
    probabilities: Numbers

    def __call__(self, confidences: Numbers) -> Numbers:
        return np.interp(confidences, self.confidences, self.probabilities)

    def points(self) -> list[tuple[float, float]]:
        pairs = zip(self.confidences, self.probabilities, strict=True)
        return [(round(float(at), 4), round(float(value), 4)) for at, value in pairs]


@dataclass(frozen=True, slots=True)
class Guarantee:
    """Of what is at least ``threshold`` sure, at least ``precision`` is right. ``verdicts``: how many stand for it."""

    threshold: float
    precision: float
    verdicts: int


def fitted(confidences: Numbers, right: Flags) -> Curve | None:
    """Isotonic regression (pool adjacent violators); None for too few to say anything."""
    if len(confidences) < FEWEST_TO_FIT:
        return None
    order = np.argsort(confidences, kind="stable")
    at, values = confidences[order], right[order].astype(np.float64)
    sizes, means = pooled(*_without_ties(at, values))
    ends = np.cumsum(sizes) - 1
    starts = np.concatenate([[0], ends[:-1] + 1])
    known = np.unique(at)
    places = np.stack([known[starts], known[ends]], axis=1).reshape(-1)
    heights = np.repeat(means, 2)
    distinct = np.concatenate([[True], np.diff(places) > 0])
    return Curve(places[distinct], heights[distinct])


def _without_ties(at: Numbers, values: Numbers) -> tuple[Numbers, Numbers]:
    """Equal confidences are one point: its mean and its weight."""
    _, place, counts = np.unique(at, return_inverse=True, return_counts=True)
    return np.bincount(place, values) / counts, counts.astype(np.float64)


def pooled(values: Numbers, weights: Numbers) -> tuple[NDArray[np.int64], Numbers]:
    """The closest values that never fall, as blocks: how many values each has, and their weighted mean."""
    sizes: list[int] = []
    means: list[float] = []
    masses: list[float] = []
    for value, weight in zip(values, weights, strict=True):
        size, mean, mass = 1, float(value), float(weight)
        while means and means[-1] >= mean:
            earlier = masses.pop()
            mean = (means.pop() * earlier + mean * mass) / (earlier + mass)
            mass += earlier
            size += sizes.pop()
        sizes.append(size)
        means.append(mean)
        masses.append(mass)
    return np.array(sizes, np.int64), np.array(means, np.float64)


def error(probabilities: Numbers, right: Flags) -> float:
    """Expected calibration error: the distance of what is said from what happens, over ten bins."""
    if len(right) == 0:
        return 0.0
    bins = np.minimum((probabilities * ERROR_BINS).astype(np.int64), ERROR_BINS - 1)
    said = np.bincount(bins, probabilities, ERROR_BINS)
    happened = np.bincount(bins, right.astype(np.float64), ERROR_BINS)
    return float(np.abs(said - happened).sum() / len(right))


def error_when_fitted(confidences: Numbers, right: Flags, frames: NDArray[np.int64]) -> float | None:
    """The same after calibration, each half of the frames judged by a curve of the other one: a curve flatters the
    data that it was fitted to."""
    said = np.empty(len(right))
    for half in (0, 1):
        mine = frames % 2 == half
        curve = fitted(confidences[~mine], right[~mine])
        if curve is None:
            return None
        said[mine] = curve(confidences[mine])
    return error(said, right)


def guaranteed(
    confidences: Numbers, right: Flags, precision: float, *, doubt: float = DOUBT
) -> Guarantee | None:
    """The lowest threshold above which ``precision`` is guaranteed; None where there is none.

    Thresholds are tried from the surest downwards in steps that do not depend on what was right, and the first that
    fails is the end. So all of them together are wrong with probability ``doubt`` at most: taking the lowest of all
    thresholds that look good would be wrong far more often (docs/training.md).
    """
    order = np.argsort(-confidences, kind="stable")
    hits, ordered = np.cumsum(right[order]), confidences[order]
    found: Guarantee | None = None
    for step in steps(len(confidences), precision, doubt):
        count = int(
            np.searchsorted(-ordered, -ordered[step - 1], side="right")
        )  # with all that are just as sure
        low = wilson(int(hits[count - 1]), count, doubt)[0]
        if low < precision:
            break
        found = Guarantee(float(ordered[count - 1]), low, count)
    return found


def steps(verdicts: int, precision: float, doubt: float = DOUBT) -> list[int]:
    """How many of the surest are judged together, again and again. Never fewer than could pass with none wrong."""
    found: list[int] = []
    size = max(float(FIRST_STEP), fewest_for(precision, doubt), verdicts * FIRST_SHARE)
    while size < verdicts:
        found.append(int(size))
        size *= STEP_RATIO
    return [*found, verdicts] if verdicts >= FIRST_STEP else []


def standing(confidences: Numbers, right: Flags, precision: float) -> Guarantee | None:
    """What is guaranteed while verdicts go on coming in; they are in the order in which they came.

    Whoever asks ``guaranteed`` again with every new verdict, and acts as soon as it says yes, is wrong more often than
    it says. Here the newest look decides, between looks nothing changes, and with a probability of 95 % none of all
    looks ever gives a threshold that does not hold.
    """
    made = looks(len(confidences))
    if not made:
        return None
    count, doubt = made[-1]
    return guaranteed(confidences[:count], right[:count], precision, doubt=doubt)


def calibrate(
    confidences: Numbers, right: Flags, *, precision: float, frames: NDArray[np.int64] | None = None
) -> dict[str, Any]:
    """All of it for one class, as JSON. ``precision``: what accepting without a person has to guarantee; ``frames``:
    the number of the frame of each, None where each stands alone."""
    if frames is None:
        frames = np.arange(len(right))
    curve, promise = fitted(confidences, right), guaranteed(confidences, right, precision)
    return {
        "verdicts": len(right),
        "right": int(right.sum()),
        "points": [] if curve is None else curve.points(),
        "error": error(confidences, right),
        "error_calibrated": error_when_fitted(confidences, right, frames),
        "auto_accept": None if promise is None else asdict(promise),
    }
