"""The figures of one model on the held-out frames, and of two models on the same ones. Pure numpy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from . import bootstrap, reviewer
from .average_precision import ClassTable, mean, means, tables
from .bootstrap import Interval
from .dataset import Truth
from .enough import FEWEST_FRAMES
from .matching import Flags, Numbers, Proposals
from .reviewer import Act, Acts, Review

COST_ROUNDING_S = 1e-9
USUAL = 0.25
"""Of thresholds that cost the same, the one next to this."""
SHOWN = np.round(np.arange(0.05, 0.96, 0.01), 2)
"""The thresholds among which the shown one is chosen."""
CALIBRATED_FROM = 0.05
"""Proposals below it are shown to nobody, so nobody needs to know how often they are right."""


@dataclass(frozen=True)
class Judged:
    """A model's proposals on the held-out frames against what people drew there."""

    classes: Sequence[str]
    proposals: Sequence[Proposals]
    truths: Sequence[Truth]

    @cached_property
    def tables(self) -> list[ClassTable]:
        return tables(self.proposals, self.truths, len(self.classes))

    @cached_property
    def reviews(self) -> list[Review]:
        return [Review(one, truth) for one, truth in zip(self.proposals, self.truths, strict=True)]

    @cached_property
    def shown(self) -> float:
        """The confidence from which proposals cost a person the fewest seconds; of those that few images cannot tell
        from it (within one standard error), the one that leaves the least to correct."""
        acts = np.array([self.acts_at(float(threshold)) for threshold in SHOWN])
        costs = reviewer.seconds(acts)
        apart = costs - costs[int(np.argmin(costs.mean(axis=1)))]
        alike = apart.mean(axis=1) <= standard_errors(apart) + COST_ROUNDING_S
        corrections = reviewer.corrections(acts).sum(axis=1)
        best = SHOWN[alike & (corrections == corrections[alike].min())]
        return float(best[int(np.argmin(np.abs(best - USUAL)))])

    def acts_at(self, threshold: float) -> Acts:
        """Frames x acts."""
        return np.array([review.acts(threshold) for review in self.reviews]).reshape(-1, len(Act))

    @cached_property
    def acts(self) -> Acts:
        return self.acts_at(self.shown)

    @cached_property
    def seconds(self) -> Numbers:
        """Of each frame, at the shown threshold."""
        return reviewer.seconds(self.acts)

    @cached_property
    def averages(self) -> Numbers:
        """Average precision, classes x thresholds."""
        return np.asarray(means(self.tables, np.ones((1, len(self.truths))))[0], np.float64)

    def class_average(self, number: int) -> float | None:
        """None where no box of the class is held out."""
        values = self.averages[number]
        return None if np.isnan(values).all() else float(values.mean())

    def found_at_shown(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """By class: proposals shown, of them right (IoU from 0.5), boxes drawn."""
        size = len(self.classes)
        shown, right, drawn = (np.zeros(size, np.int64) for _ in range(3))
        for review, proposals, truth in zip(self.reviews, self.proposals, self.truths, strict=True):
            shown += np.bincount(proposals.classes[proposals.scores >= self.shown], minlength=size)
            drawn += np.bincount(truth.classes, minlength=size)
            pairs = review.pairs(self.shown)
            right += np.bincount(
                [truth.classes[column] for act, _, column in pairs if act in reviewer.RIGHT_CLASS],
                minlength=size,
            ).astype(np.int64)
        return shown, right, drawn

    def confusion(self) -> NDArray[np.int64]:
        """Drawn x proposed at the shown threshold; the last row and column mean nothing there."""
        size = len(self.classes) + 1
        table = np.zeros((size, size), np.int64)
        for review, proposals, truth in zip(self.reviews, self.proposals, self.truths, strict=True):
            pairs = review.pairs(self.shown)
            for _, row, column in pairs:
                table[truth.classes[column], proposals.classes[row]] += 1
            alone = (proposals.scores >= self.shown) & ~_marked(len(proposals), [row for _, row, _ in pairs])
            missed = ~_marked(len(truth), [column for _, _, column in pairs])
            np.add.at(table[-1], proposals.classes[alone], 1)
            np.add.at(table[:, -1], truth.classes[missed], 1)
        return table

    def verdicts(self, number: int) -> tuple[Numbers, Flags, NDArray[np.int64]]:
        """Of the proposals of one class: how sure, whether a person accepts it as it is, and in which frame."""
        scores: list[Numbers] = []
        right: list[Flags] = []
        frames: list[NDArray[np.int64]] = []
        for index, (review, proposals) in enumerate(zip(self.reviews, self.proposals, strict=True)):
            kept = (proposals.classes == number) & (proposals.scores >= CALIBRATED_FROM)
            accepted = [row for act, row, _ in review.pairs(CALIBRATED_FROM) if act is Act.ACCEPT]
            scores.append(proposals.scores[kept])
            right.append(_marked(len(proposals), accepted)[kept])
            frames.append(np.full(int(kept.sum()), index))
        return np.concatenate(scores), np.concatenate(right), np.concatenate(frames)


def standard_errors(values: Numbers) -> Numbers:
    """Of the mean of each row; zero where a row has one value."""
    count = values.shape[1]
    return np.asarray(values.std(axis=1) / np.sqrt(max(count - 1, 1)), np.float64)


def _marked(size: int, places: list[int]) -> Flags:
    marks = np.zeros(size, np.bool_)
    marks[places] = True
    return marks


@dataclass(frozen=True, slots=True)
class Difference:
    """Challenger minus champion. ``per_class``: average precision, for classes that have boxes."""

    map50_95: Interval
    seconds_per_frame: Interval
    per_class: dict[str, float]
    fallen_classes: list[str]
    frames: int

    @property
    def is_better(self) -> bool:
        """Surely more precise on average, on frames enough to say so, and no class lost more than the margin."""
        return self.frames >= FEWEST_FRAMES and self.map50_95.low > 0 and not self.fallen_classes


def difference(
    challenger: Judged,
    champion: Judged,
    *,
    margin: float,
    count: int,
    seed: int,
    told: Callable[[int], None] = lambda done: None,
) -> Difference:
    """On the same frames. ``margin``: average precision that a class may lose; ``count``: resamples."""

    def statistic(weights: Numbers) -> Numbers:
        better = mean(means(challenger.tables, weights)) - mean(means(champion.tables, weights))
        slower = weights @ (challenger.seconds - champion.seconds) / weights.sum(axis=1)
        return np.stack([better, slower], axis=1)

    precision, seconds = bootstrap.intervals(statistic, len(challenger.truths), count, seed, told)
    per_class: dict[str, float] = {}
    for number, name in enumerate(challenger.classes):
        new, old = challenger.class_average(number), champion.class_average(number)
        if new is not None and old is not None:
            per_class[name] = new - old
    fallen = [name for name, change in per_class.items() if change < -margin]
    return Difference(precision, seconds, per_class, fallen, len(challenger.truths))
