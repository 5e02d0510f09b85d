"""Who may take over: only what is surely better, by numbers that make sense."""

import math
import random
from typing import Any

import pytest

from annotate.learning.deciding import decide, fallen_classes
from annotate.learning.words import reason_of
from annotate.training.enough import FEWEST_FRAMES

MARGIN = 0.05


def evaluation(
    low: float = 0.01, *, classes: dict[str, float] | None = None, frames: float = 40, quality: float = 0.5
) -> dict[str, Any]:
    return {
        "dataset": {"frames": frames},
        "challenger": {"map50_95": quality},
        "champion": {"map50_95": 0.4},
        "difference": {
            "map50_95": {"mean": low + 0.02, "low": low, "high": low + 0.04},
            "per_class": classes or {"car": 0.02},
        },
    }


def test_surely_better_takes_over() -> None:
    decision = decide(evaluation(0.001), MARGIN)
    assert (decision.verdict, decision.code, decision.may_take_over) == ("better", "better", True)
    assert decision.low == 0.001 and decision.high == pytest.approx(0.041)


@pytest.mark.parametrize("low", [0.0, -0.0001, -0.5])
def test_what_may_be_worse_does_not(low: float) -> None:
    decision = decide(evaluation(low), MARGIN)
    assert (decision.verdict, decision.code) == ("not_better", "not_sure")


@pytest.mark.parametrize("frames", range(1, FEWEST_FRAMES))
def test_too_few_held_out_frames_say_nothing_and_a_manager_may_still_decide(frames: int) -> None:
    decision = decide(evaluation(0.3, frames=frames), MARGIN)
    assert (decision.verdict, decision.code, decision.may_take_over) == ("not_better", "not_sure", False)
    assert decision.may_be_chosen and decision.has_too_few_frames
    assert f"{frames} image" in reason_of(decision) and f"at least {FEWEST_FRAMES}" in reason_of(decision)
    assert not decide(evaluation(-0.1, frames=frames), MARGIN).may_be_chosen
    assert not decide(evaluation(0.3, classes={"car": -0.2}, frames=frames), MARGIN).may_be_chosen


def test_enough_held_out_frames_decide() -> None:
    assert decide(evaluation(0.3, frames=FEWEST_FRAMES), MARGIN).code == "better"
    decision = decide(evaluation(-0.1, frames=FEWEST_FRAMES), MARGIN)
    assert decision.code == "not_sure" and not decision.may_be_chosen and not decision.has_too_few_frames


def test_the_first_model_needs_no_difference() -> None:
    assert decide({**evaluation(frames=1), "champion": None}, MARGIN).code == "first"


def test_a_class_that_falls_beyond_the_margin_keeps_the_old_one() -> None:
    lost = {"car": 0.4, "bus": -0.0501, "cat": -0.2, "dog": -0.05}
    decision = decide(evaluation(0.3, classes=lost), MARGIN)
    assert (decision.verdict, decision.code) == ("not_better", "class_fell")
    assert list(decision.fallen) == ["cat", "bus"]
    assert decide(evaluation(0.3, classes=lost), 0.2).verdict == "better"


def test_the_first_model_takes_over_when_it_finds_anything() -> None:
    first = {**evaluation(), "champion": None, "difference": None}
    assert decide(first, MARGIN).code == "first"
    assert decide({**first, "challenger": {"map50_95": 0.0}}, MARGIN).code == "finds_nothing"


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"challenger": {"map50_95": 0.9}},
        evaluation(frames=0),
        evaluation(quality=math.nan),
        {**evaluation(), "difference": {}},
        {**evaluation(), "difference": {"map50_95": {"low": math.nan}}},
        {**evaluation(), "difference": {"map50_95": {"low": math.inf}}},
        {**evaluation(), "difference": {"map50_95": {"low": "0.3"}}},
        {**evaluation(), "difference": {"map50_95": {"low": True}}},
        {**evaluation(), "challenger": []},
    ],
)
def test_m8_numbers_that_are_missing_or_none_count_against_the_challenger(broken: dict[str, Any]) -> None:
    decision = decide(broken, MARGIN)
    assert (decision.verdict, decision.code) == ("not_better", "not_measured")


@pytest.mark.parametrize("seed", range(5))
def test_no_evaluation_takes_over_against_the_rule(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(300):
        low = dice.uniform(-0.1, 0.1)
        classes = {str(number): dice.uniform(-0.2, 0.2) for number in range(dice.randrange(6))}
        margin = dice.choice([0.0, 0.05, 0.1])
        decision = decide(evaluation(low, classes=classes or None), margin)
        expected = low > 0 and all(delta >= -margin for delta in classes.values())
        assert decision.may_take_over == expected, (low, classes, margin)
        assert dict(decision.fallen) == {} or decision.verdict == "not_better"


def test_classes_that_cannot_be_compared_have_not_fallen() -> None:
    assert fallen_classes({"car": None, "bus": math.nan, "cat": -1.0}, MARGIN) == {"cat": -1.0}
