"""The interval holds what it promises, and the same seed gives the same one."""

import numpy as np

from annotate.training import bootstrap
from annotate.training.comparison import Judged, difference
from annotate.training.enough import FEWEST_FRAMES
from annotate.training.matching import Numbers, Proposals
from tests.training.made import scene


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """200 times 40 frames of a difference whose mean is known: 95 % of the intervals should hold it."""
    chance = np.random.default_rng(3)
    covered = 0
    for seed in range(200):
        apart = chance.normal(0.03, 0.1, 40)

        def statistic(weights: Numbers, apart: Numbers = apart) -> Numbers:
            return np.asarray(weights @ apart / weights.sum(axis=1))[:, None]

        (interval,) = bootstrap.intervals(statistic, 40, 300, seed)
        assert interval.low <= interval.mean <= interval.high
        covered += interval.low <= 0.03 <= interval.high
    assert 0.90 <= covered / 200 <= 0.99


def judged(seed: int, *, noise: float) -> Judged:
    truths, _, classes = scene(0, frames=30)
    chance = np.random.default_rng(seed)
    proposals = [
        Proposals(
            one.boxes + chance.normal(0, noise, one.boxes.shape),
            one.classes,
            np.sort(chance.random(len(one)))[::-1],
        )
        for one in truths
    ]
    return Judged([f"class {number}" for number in range(classes)], proposals, truths)


def compared(new: Judged, old: Judged, margin: float = 0.05) -> tuple[bool, list[str], bootstrap.Interval]:
    found = difference(new, old, margin=margin, count=100, seed=5)
    return found.is_better, found.fallen_classes, found.map50_95


def test_a_model_that_is_surely_better_is_better() -> None:
    is_better, fallen, interval = compared(judged(1, noise=0.3), judged(2, noise=4.0))
    assert is_better and not fallen and interval.low > 0.1


def test_a_model_of_the_same_kind_is_rarely_taken_for_a_better_one() -> None:
    """One in forty by design; few frames and few resamples make it some more."""
    better = [compared(judged(seed, noise=2.0), judged(seed + 100, noise=2.0))[0] for seed in range(24)]
    assert sum(better) <= 5


def ties_called_better(frames: int, *, ties: int = 3000) -> float:
    """The share of ties whose interval lies above zero: frames are as often for the one as for the other."""
    chance = np.random.default_rng(frames)
    weights = np.concatenate(list(bootstrap.resamples(frames, 1000, 7)))
    means = chance.normal(size=(ties, frames)) @ weights.T / frames
    return float((np.percentile(means, bootstrap.LOW, axis=1) > 0).mean())


def test_how_often_a_tie_is_called_better_with_few_frames() -> None:
    """As training.enough and docs/training.md say."""
    assert 0.44 <= ties_called_better(1) <= 0.54
    assert 0.20 <= ties_called_better(2) <= 0.30
    assert ties_called_better(FEWEST_FRAMES) <= 0.11
    assert ties_called_better(10) <= 0.07 and ties_called_better(30) <= 0.05


def test_with_too_few_frames_nothing_is_better() -> None:
    new, old = judged(1, noise=0.3), judged(2, noise=4.0)
    few = [Judged(one.classes, one.proposals[:4], one.truths[:4]) for one in (new, old)]
    is_better, fallen, interval = compared(few[0], few[1])
    assert interval.low > 0 and not fallen and not is_better


def test_a_model_compared_with_itself_differs_in_nothing() -> None:
    one = judged(1, noise=2.0)
    assert compared(one, one) == (False, [], bootstrap.Interval(0.0, 0.0, 0.0))


def test_a_class_that_falls_forbids_what_the_mean_would_allow() -> None:
    new, old = judged(1, noise=0.3), judged(2, noise=4.0)
    without = [one.only(one.classes != 1) for one in new.proposals]
    blind = Judged(new.classes, without, new.truths)
    is_better, fallen, interval = compared(blind, old)
    assert interval.low > 0 and fallen == ["class 1"] and not is_better
    assert compared(blind, old, margin=1.0)[0]


def test_the_same_seed_gives_the_same_interval() -> None:
    new, old = judged(1, noise=1.0), judged(2, noise=2.0)
    assert compared(new, old) == compared(new, old)
