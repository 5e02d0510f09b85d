"""How sure a difference between two models is: the frames are drawn again and again, both models on the same ones.

Pure numpy, seeded. The interval is the percentile one, 95 %: with a lower bound above zero the difference is no chance
of which frames were held out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from .average_precision import Weights
from .matching import Numbers

LOW, HIGH = 2.5, 97.5
BATCH = 50
"""Ways of counting that are worked out at once: fewer, longer rows of numbers, in bounded memory."""


@dataclass(frozen=True, slots=True)
class Interval:
    """``mean``: what was observed."""

    mean: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        return {"mean": self.mean, "low": self.low, "high": self.high}


def resamples(frames: int, count: int, seed: int) -> Iterator[Weights]:
    """How often each frame counts, ``count`` times, some of them at once."""
    chance = np.random.default_rng(seed)
    left = count
    while left:
        size = min(left, BATCH)
        drawn = chance.integers(0, frames, (size, frames)) + np.arange(size)[:, None] * frames
        yield np.bincount(drawn.reshape(-1), minlength=size * frames).reshape(size, frames).astype(np.float64)
        left -= size


def intervals(
    statistic: Callable[[Weights], Numbers],
    frames: int,
    count: int,
    seed: int,
    told: Callable[[int], None] = lambda done: None,
) -> list[Interval]:
    """One for each column that ``statistic`` gives; a row of it is one way of counting. ``told`` how many are done."""
    observed = statistic(np.ones((1, frames)))[0]
    drawn: list[Numbers] = []
    for weights in resamples(frames, count, seed):
        drawn.append(statistic(weights))
        told(sum(map(len, drawn)))
    low, high = np.percentile(np.concatenate(drawn), [LOW, HIGH], axis=0)
    return [Interval(float(mean), float(a), float(b)) for mean, a, b in zip(observed, low, high, strict=True)]
