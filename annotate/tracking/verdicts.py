"""What people made of proposals, counted as it comes in. A verdict that changes replaces the one before."""

from collections import Counter
from typing import Any

from .fold import share

RIGHT_FROM_IOU = 0.5  # as in figures.proposals: what is corrected by less was right
OUTCOMES = ("accepted", "corrected", "rejected")
FEEDBACK = ("positive", "neutral", "negative")


class Verdicts:
    def __init__(self) -> None:
        self.by_box: dict[str, list[Any]] = {}
        self.outcomes: Counter[str] = Counter()
        self.feedback: Counter[str] = Counter()
        self.right = 0
        self.ious: Counter[float] = (
            Counter()
        )  # of corrections; counted, not summed, so that taking back is exact

    def take(self, verdicts: list[list[Any]]) -> None:
        """Each: box, outcome, IoU, feedback, whether the label is the proposed one."""
        for box, *verdict in verdicts:
            before = self.by_box.get(box)
            if before is not None:
                self._count(before, -1)
            self.by_box[box] = verdict
            self._count(verdict, 1)

    def _count(self, verdict: list[Any], step: int) -> None:
        outcome, iou, feedback, is_same_label = verdict
        self.outcomes[outcome] += step
        self.feedback[feedback] += step
        is_close = outcome == "corrected" and iou is not None and iou >= RIGHT_FROM_IOU and is_same_label
        self.right += step * (outcome == "accepted" or is_close)
        if outcome == "corrected" and iou is not None:
            self.ious[iou] += step

    @property
    def judged(self) -> int:
        return sum(self.outcomes[name] for name in OUTCOMES)

    def figures(self) -> dict[str, float | None]:
        corrections = sum(self.ious.values())
        total = sum(iou * count for iou, count in sorted(self.ious.items()))
        return {
            **{name: self.outcomes[name] for name in OUTCOMES},
            "precision": share(self.right, self.judged),
            "mean_iou_of_corrections": share(total, corrections),
        }


def feedback_figures(*counters: Counter[str]) -> dict[str, float | None]:
    return {f"feedback_{name}": sum(counter[name] for counter in counters) for name in FEEDBACK}


class Ratings:
    """Of whole detections of frames: one word per person, detection and frame; empty: taken back."""

    def __init__(self) -> None:
        self.words: dict[tuple[int, str, int], str] = {}

    def take(self, payload: dict[str, Any]) -> None:
        self.words[payload["frame"], payload["detection"], payload["user"]] = payload["verdict"]

    def counts(self) -> Counter[str]:
        return Counter(self.words.values())
