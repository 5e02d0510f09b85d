"""One box out of what several people drew, by a rule that anybody can follow. Pure.

An object is kept when more than half of the people drew it, under the name that most of them gave; its edges are the
medians of theirs. What half or fewer drew, and what has no single most frequent name, is left to the reviewer.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ..geometry import Edges
from .matching import MIN_IOU, Drawn, Group, groups_of

FEW, NAMES = "few", "names"


@dataclass(frozen=True, slots=True)
class Agreed:
    label: str
    edges: Edges
    group: Group


@dataclass(frozen=True, slots=True)
class Disputed:
    """``why``: FEW, not enough people drew it; NAMES, they call it differently."""

    why: str
    group: Group

    @property
    def edges(self) -> Edges:
        return median_of(self.group)


@dataclass(frozen=True, slots=True)
class Consensus:
    agreed: tuple[Agreed, ...]
    disputed: tuple[Disputed, ...]


def consensus_of(boxes: Sequence[Drawn], people: int, *, min_iou: float = MIN_IOU) -> Consensus:
    """``people``: how many looked at the frame, those who drew nothing included."""
    agreed: list[Agreed] = []
    disputed: list[Disputed] = []
    for group in groups_of(boxes, min_iou=min_iou):
        label = most_frequent([box.label for box in group])
        if 2 * len(group) <= people:
            disputed.append(Disputed(FEW, group))
        elif label is None:
            disputed.append(Disputed(NAMES, group))
        else:
            agreed.append(Agreed(label, median_of(group), group))
    return Consensus(tuple(agreed), tuple(disputed))


def most_frequent(labels: Sequence[str]) -> str | None:
    """None where two are equally frequent."""
    [(first, count), *rest] = Counter(labels).most_common(2)
    return None if rest and rest[0][1] == count else first


def median_of(group: Group) -> Edges:
    """Medians of sides keep left before right: each is between the smallest and the largest of its side."""
    return Edges(*(median(getattr(box.edges, side) for box in group) for side in ("x1", "y1", "x2", "y2")))
