"""Whether the model that came out of a training may take over. Pure: what was measured in, a decision out.

Both models looked at the same frames, which neither was trained on. The challenger may take over when it is surely
better (the lower bound of the difference of mAP is above zero) and no class has lost more than the margin. With fewer
than FEWEST_FRAMES frames that bound means nothing (``training.enough`` says why): nothing takes over by itself then,
and what looks better waits for a manager.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..training.enough import FEWEST_FRAMES

Verdict = Literal["first", "better", "not_better"]
Code = Literal["first", "better", "not_measured", "finds_nothing", "not_sure", "class_fell"]


@dataclass(frozen=True, slots=True)
class Decision:
    """``code``: why, for ``words.reason_of``. ``low``, ``mean``, ``high``: the difference of mAP 50-95 with its
    interval of 95 %, None where there was nothing to compare with. ``fallen``: by class, what it lost. ``frames``: how
    many were held out."""

    verdict: Verdict
    code: Code
    low: float | None = None
    mean: float | None = None
    high: float | None = None
    fallen: Mapping[str, float] = field(default_factory=dict)
    frames: int = 0

    @property
    def may_take_over(self) -> bool:
        """By itself."""
        return self.verdict != "not_better"

    @property
    def has_too_few_frames(self) -> bool:
        """To say that it is better, or that it is not."""
        return self.code == "not_sure" and self.frames < FEWEST_FRAMES

    @property
    def may_be_chosen(self) -> bool:
        """By a manager who has the comparison in front of them: also where it looks better on too few frames."""
        looks_better = self.low is not None and self.low > 0 and not self.fallen
        return self.may_take_over or (self.has_too_few_frames and looks_better)


def decide(evaluation: Mapping[str, Any], margin: float) -> Decision:
    """``evaluation``: as in metrics/evaluation.json. ``margin``: how much of its average precision (50-95) a class may
    lose. A number that is missing or is none counts against the challenger."""
    quality = number_in(evaluation.get("challenger"), "map50_95")
    frames = number_in(evaluation.get("dataset"), "frames")
    if quality is None or frames is None or frames < 1:
        return Decision("not_better", "not_measured")
    if quality <= 0:
        return Decision("not_better", "finds_nothing")
    if not evaluation.get("champion"):
        return Decision("first", "first")
    return compare(part(evaluation, "difference"), margin, int(frames))


def compare(difference: Mapping[str, Any], margin: float, frames: int) -> Decision:
    overall = part(difference, "map50_95")
    low, mean, high = (number_in(overall, name) for name in ("low", "mean", "high"))
    if low is None:
        return Decision("not_better", "not_measured")
    fallen = fallen_classes(part(difference, "per_class"), margin)
    if low <= 0 or frames < FEWEST_FRAMES:
        return Decision("not_better", "not_sure", low, mean, high, fallen, frames)
    if fallen:
        return Decision("not_better", "class_fell", low, mean, high, fallen, frames)
    return Decision("better", "better", low, mean, high, frames=frames)


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
