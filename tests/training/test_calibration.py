"""Curves that never fall, bounds, and a threshold that keeps its promise."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.training import calibration, statistics
from annotate.training.matching import Flags, Numbers
from annotate.training.statistics import wilson

VALUES = st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 5)), min_size=1, max_size=12)


@given(VALUES)
def test_pooled_is_the_isotonic_regression(pairs: list[tuple[float, float]]) -> None:
    """Its value at i is max over j <= i of the min over k >= i of the mean of j..k."""
    values, weights = (np.array(column) for column in zip(*pairs, strict=True))
    sizes, means = calibration.pooled(values, weights)

    def average(first: int, last: int) -> float:
        return float(np.average(values[first : last + 1], weights=weights[first : last + 1]))

    places = range(len(values))
    wanted = [max(min(average(j, k) for k in places[i:]) for j in places[: i + 1]) for i in places]
    assert np.repeat(means, sizes) == pytest.approx(wanted)


def verdicts(seed: int, count: int, slope: float = 0.3) -> tuple[Numbers, Flags]:
    """Right with probability 1 - slope at 0 up to 1 at 1."""
    chance = np.random.default_rng(seed)
    confidences = chance.random(count)
    return confidences, chance.random(count) < 1 - slope * (1 - confidences)


@pytest.mark.parametrize("seed", range(10))
def test_a_curve_never_falls_and_stays_between_0_and_1(seed: int) -> None:
    curve = calibration.fitted(*verdicts(seed, 80, slope=0.9))
    assert curve is not None
    said = curve(np.linspace(-0.1, 1.1, 200))
    assert (np.diff(said) >= 0).all() and said.min() >= 0 and said.max() <= 1


def test_calibrating_an_overconfident_model_brings_the_error_down() -> None:
    chance = np.random.default_rng(0)
    confidences = chance.random(2000)
    right = chance.random(2000) < confidences**3
    after = calibration.error_when_fitted(confidences, right, np.arange(2000))
    assert calibration.error(confidences, right) > 0.2
    assert after is not None and after < 0.05


def test_too_few_verdicts_say_nothing() -> None:
    assert calibration.fitted(np.array([0.5] * 9), np.array([True] * 9)) is None


@pytest.mark.parametrize(("wrong", "count"), [(0, 52), (1, 87), (2, 118), (3, 147), (10, 331)])
def test_so_many_verdicts_are_needed_for_95_percent(wrong: int, count: int) -> None:
    """With none wrong 52; 98 % and 97 % observed need some 143 and 322."""
    assert wilson(count - wrong, count)[0] >= 0.95
    assert wilson(count - 1 - wrong, count - 1)[0] < 0.95


def test_the_bounds_lie_around_the_share() -> None:
    for count, right in itertools.product((1, 7, 100), (0.0, 0.3, 1.0)):
        low, high = wilson(round(count * right), count)
        share = round(count * right) / count
        assert -1e-12 < low <= share + 1e-12 and share - 1e-12 <= high < 1 + 1e-12
    assert wilson(0, 0) == (0.0, 1.0)


def broken_promises(slope: float, flat: float, target: float = 0.95) -> tuple[int, int]:
    """Of 300 models whose true precision is known: how many got a threshold, and how many below its promise."""
    got = broken = 0
    for seed in range(300):
        chance = np.random.default_rng(seed)
        confidences = chance.random(400)
        right = chance.random(400) < flat - slope * (1 - confidences)
        found = calibration.guaranteed(confidences, right, target)
        if found is not None:
            got += 1
            broken += flat - slope * (1 - found.threshold) / 2 < target
    return got, broken


def test_a_threshold_keeps_its_promise() -> None:
    """Just not precise enough anywhere: whatever gets a threshold breaks the promise, which may happen to 5 %."""
    got, broken = broken_promises(slope=0.0, flat=0.949)
    assert got == broken <= 300 * 0.06
    assert broken_promises(slope=0.3, flat=1.0)[1] <= 300 * 0.05


def test_a_model_that_deserves_a_threshold_gets_one() -> None:
    got, broken = broken_promises(slope=0.04, flat=1.0)
    assert got > 200 and broken == 0


def test_no_threshold_without_enough_verdicts() -> None:
    sure = np.linspace(0.5, 1.0, 59)
    assert calibration.guaranteed(sure, np.ones(59, bool), 0.95) is None
    more = np.linspace(0.5, 1.0, 60)
    found = calibration.guaranteed(more, np.ones(60, bool), 0.95)
    assert found is not None and found.threshold == 0.5 and found.verdicts == 60


def test_equally_sure_ones_are_judged_together() -> None:
    """All 200 have one confidence: the threshold lets all of them pass, so all of them count."""
    right = np.array([True] * 100 + [False] * 100)
    assert calibration.guaranteed(np.full(200, 0.9), right, 0.95) is None


# Decided again and again while verdicts come in


def looked_again_and_again(precise: float, seed: int, count: int = 2500) -> tuple[bool, bool]:
    """Of a model that is right with this probability whatever it says: whether any look gives a threshold, and whether
    asking after every 50 verdicts would."""
    chance = np.random.default_rng(seed)
    confidences, right = chance.random(count), chance.random(count) < precise
    looks = [size for size, _ in statistics.looks(count)]
    stood = any(calibration.standing(confidences[:n], right[:n], 0.95) for n in looks)
    naive = any(calibration.guaranteed(confidences[:n], right[:n], 0.95) for n in range(100, count, 50))
    return stood, naive


def test_a_promise_is_kept_however_often_it_is_looked_at() -> None:
    """Just not precise enough: every threshold, at any time, would be a broken promise."""
    stood, naive = np.array([looked_again_and_again(0.949, seed) for seed in range(200)]).sum(0)
    assert stood <= 200 * 0.05, "no more than the doubt that is said"
    assert naive > 200 * 0.1, "asking again and again without paying for it breaks it far more often"


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32), st.floats(0.5, 1.0), st.floats(0.0, 0.5), st.sampled_from([0.9, 0.95, 0.98]),
)  # fmt: skip
def test_a_standing_threshold_lets_pass_only_what_was_surely_right(
    seed: int, top: float, slope: float, target: float
) -> None:
    """Of the verdicts that it was decided by: with all that are at least as sure, the share of right ones is above the
    target, by as much as the doubt asks for; and new verdicts change nothing before the next look."""
    chance = np.random.default_rng(seed)
    count = int(chance.integers(0, 1400))
    confidences = np.round(chance.random(count), 2)
    right = chance.random(count) < top - slope * (1 - confidences)
    found = calibration.standing(confidences, right, target)
    made = statistics.looks(count)
    assert found is None or made
    if found is not None:
        seen, doubt = made[-1]
        above = confidences[:seen] >= found.threshold
        assert found.verdicts == above.sum()
        low = wilson(int(right[:seen][above].sum()), int(above.sum()), doubt)[0]
        assert low == found.precision >= target
        assert calibration.standing(confidences[:seen], right[:seen], target) == found


def test_a_model_that_is_always_right_is_believed_at_the_first_look() -> None:
    first = statistics.FIRST_LOOK
    sure, right = np.linspace(0.5, 1.0, first), np.ones(first, bool)
    assert calibration.standing(sure[1:], right[1:], 0.95) is None
    found = calibration.standing(sure, right, 0.95)
    assert found is not None and found.verdicts == first


def test_all_looks_share_one_doubt() -> None:
    assert sum(doubt for _, doubt in statistics.looks(10**9)) == pytest.approx(statistics.DOUBT)
    assert statistics.looks(statistics.FIRST_LOOK - 1) == []


@pytest.mark.parametrize("precision", [0.9, 0.95, 0.98, 0.999])
def test_so_many_right_ones_are_the_fewest_that_say_anything(precision: float) -> None:
    fewest = int(statistics.fewest_for(precision))
    assert wilson(fewest, fewest)[0] >= precision > wilson(fewest - 1, fewest - 1)[0]
    assert statistics.fewest_for(1.0) == math.inf


def test_all_of_it_is_json() -> None:
    import json

    said = calibration.calibrate(*verdicts(1, 500, slope=0.02), precision=0.9)
    assert json.loads(json.dumps(said))["auto_accept"]["precision"] >= 0.9
    assert calibration.calibrate(np.empty(0), np.empty(0, bool), precision=0.9)["auto_accept"] is None
