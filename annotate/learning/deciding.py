"""Whether the model that came out of a training may take over. Pure: what was measured in, a decision out.

Both models looked at the same frames, which neither was trained on. The challenger may take over when it is surely
better (the lower bound of the difference of mAP is above zero) and no class has lost more than the margin.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Verdict = Literal["first", "better", "not_better"]
Code = Literal["first", "better", "not_measured", "finds_nothing", "not_sure", "class_fell"]

FEWEST_FRAMES = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """``code``: why, for ``words.reason_of``. ``low``, ``mean``, ``high``: the difference of mAP 50-95 with its
    interval of 95 %, None where there was nothing to compare with. ``fallen``: by class, what it lost."""

    verdict: Verdict
    code: Code
    low: float | None = None
    mean: float | None = None
    high: float | None = None
    fallen: Mapping[str, float] = field(default_factory=dict)

    @property
    def may_take_over(self) -> bool:
        return self.verdict != "not_better"


def decide(evaluation: Mapping[str, Any], margin: float) -> Decision:
    """``evaluation``: as in metrics/evaluation.json. ``margin``: how much of its average precision (50-95) a class may
    lose. A number that is missing or is none counts against the challenger."""
    quality = number_in(evaluation.get("challenger"), "map50_95")
    frames = number_in(evaluation.get("dataset"), "frames")
    if quality is None or frames is None or frames < FEWEST_FRAMES:
        return Decision("not_better", "not_measured")
    if quality <= 0:
        return Decision("not_better", "finds_nothing")
    if not evaluation.get("champion"):
        return Decision("first", "first")
    return compare(part(evaluation, "difference"), margin)


def compare(difference: Mapping[str, Any], margin: float) -> Decision:
    overall = part(difference, "map50_95")
    low, mean, high = (number_in(overall, name) for name in ("low", "mean", "high"))
    if low is None:
        return Decision("not_better", "not_measured")
    fallen = fallen_classes(part(difference, "per_class"), margin)
    if low <= 0:
        return Decision("not_better", "not_sure", low, mean, high, fallen)
    if fallen:
        return Decision("not_better", "class_fell", low, mean, high, fallen)
    return Decision("better", "better", low, mean, high)


def fallen_classes(by_class: Mapping[str, Any], margin: float) -> dict[str, float]:
    """Those that lost more than ``margin``, the worst first; a class that cannot be compared is not among them."""
    deltas = {name: number_in(by_class, name) for name in by_class}
    lost = {name: delta for name, delta in deltas.items() if delta is not None and delta < -margin}
    return dict(sorted(lost.items(), key=lambda pair: pair[1]))


def part(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = whole.get(name)
    return found if isinstance(found, Mapping) else {}


def number_in(whole: object, name: str) -> float | None:
    """None where it is missing, not a number, or not finite."""
    value = whole.get(name) if isinstance(whole, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)
