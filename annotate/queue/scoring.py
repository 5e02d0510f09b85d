"""How much the labelling of a frame is expected to teach the model. Pure: numbers in, numbers out.

Expected use = uncertainty x rarity x disagreement, after mlops.md 4.3. Uncertainty is that of the newest detection
(``0.5 * mean(1 - |2p - 1|)`` over its boxes, 0 to 0.5; annotate.detection stores it).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..geometry import Edges

RAREST, MOST_COMMON = 2.0, 0.5
"""How much a rare class can add and a common one take away, as factors."""
AGREED = 0.5
"""What full agreement of two passes leaves. Not 0: a model that is asked twice agrees with itself, and would wipe out
what it is unsure of."""
OVERTAKEN = "overtaken"
"""Why a detection left boxes out: one that was asked for later had answered. It says nothing of the frame then."""
MOST_BOXES = 200
"""Of each pass are compared; pairs grow with the square."""


@dataclass(frozen=True, slots=True)
class Found:
    """A box of a pass: edges in image pixels, id of the label, confidence 0 to 1."""

    edges: Edges
    label: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Parts:
    """The three factors. ``disagreement`` None: there was one pass only."""

    uncertainty: float
    rarity: float
    disagreement: float | None

    @property
    def score(self) -> float:
        return self.uncertainty * self.rarity * disagreement_factor(self.disagreement)


def disagreement_factor(disagreement: float | None) -> float:
    """AGREED to 1. A single pass counts like full disagreement: nothing speaks for it yet."""
    return 1.0 if disagreement is None else AGREED + (1 - AGREED) * disagreement


def rarity_by_label(counts: Mapping[int, int]) -> dict[int, float]:
    """MOST_COMMON to RAREST per label, by how many accepted boxes each has; 1 for the average.

    The square root keeps a class of ten from counting a hundred times one of a thousand; + 1 is for the empty.
    """
    if not counts:
        return {}
    average = sum(counts.values()) / len(counts) + 1
    return {
        label: min(max((average / (count + 1)) ** 0.5, MOST_COMMON), RAREST)
        for label, count in counts.items()
    }


def rarity_of(labels: Iterable[int], weights: Mapping[int, float]) -> float:
    """Of a frame: that of its rarest class, however many common objects stand beside it; 1 without a box."""
    return max((weights.get(label, 1.0) for label in labels), default=1.0)


def disagreement_of(one: Sequence[Found], other: Sequence[Found]) -> float:
    """1 - mean IoU of the boxes that two passes both found; a box that one of them missed counts 0. 0 to 1."""
    one, other = most_confident(one), most_confident(other)
    if not one and not other:
        return 0.0
    return 1 - min(sum(matched_overlaps(one, other)) / max(len(one), len(other)), 1.0)


def most_confident(boxes: Sequence[Found]) -> list[Found]:
    return sorted(boxes, key=lambda box: -box.confidence)[:MOST_BOXES]


def matched_overlaps(one: Sequence[Found], other: Sequence[Found]) -> list[float]:
    """IoU per pair of boxes of the same label; each box in one pair, those that overlap most first."""
    by_label: defaultdict[int, list[int]] = defaultdict(list)
    for index, box in enumerate(other):
        by_label[box.label].append(index)
    pairs = sorted(
        ((box.edges.iou(other[j].edges), i, j) for i, box in enumerate(one) for j in by_label[box.label]),
        key=lambda pair: -pair[0],
    )
    left, right, overlaps = set(range(len(one))), set(range(len(other))), []
    for overlap, i, j in pairs:
        if overlap > 0 and i in left and j in right:
            left.remove(i)
            right.remove(j)
            overlaps.append(overlap)
    return overlaps
