"""What judged and missed boxes add up to: shares, precision and recall. Pure (docs/figures.md has the definitions)."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple


class Judged(NamedTuple):
    """Proposals of which all of this holds. ``step``: confidence in steps of 1/STEPS, rounded down.

    ``is_right``: kept with the same label and an IoU of at least one half. ``is_complete``: the frame is.
    """

    bucket: str
    version: int
    label: int
    outcome: str
    is_right: bool
    is_complete: bool
    step: int
    boxes: int


class Missed(NamedTuple):
    """How many boxes people drew on complete frames after ``version`` had looked at them."""

    bucket: str
    version: int
    label: int
    boxes: int


@dataclass(slots=True)
class Tally:
    """Counts at a threshold. ``judged``, ``right`` and ``kept`` are of complete frames, the others of all."""

    accepted: int = 0
    corrected: int = 0
    rejected: int = 0
    missed: int = 0
    judged: int = 0
    right: int = 0
    kept: int = 0

    def add_judged(self, group: Judged, step: int) -> None:
        """A proposal below the threshold is not shown; kept all the same, its object counts as missed."""
        is_kept = group.is_complete and group.outcome != "rejected"
        self.kept += group.boxes * is_kept
        if group.step < step:
            self.missed += group.boxes * is_kept
            return
        setattr(self, group.outcome, getattr(self, group.outcome) + group.boxes)
        self.judged += group.boxes * group.is_complete
        self.right += group.boxes * (group.is_complete and group.is_right)

    def add_missed(self, group: Missed) -> None:
        self.missed += group.boxes
        self.kept += group.boxes

    @property
    def decided(self) -> int:
        return self.accepted + self.corrected + self.rejected

    @property
    def precision(self) -> float | None:
        return share(self.right, self.judged)

    @property
    def recall(self) -> float | None:
        return share(self.right, self.kept)


def share(part: int, whole: int) -> float | None:
    """None where there is nothing to have a share in."""
    return part / whole if whole else None


def middle(values: Iterable[float]) -> float | None:
    """The median, or None of nothing."""
    ordered = list(values)
    return median(ordered) if ordered else None


def tally(judged: Iterable[Judged], missed: Iterable[Missed], step: int) -> Tally:
    total = Tally()
    for group in judged:
        total.add_judged(group, step)
    for drawn in missed:
        total.add_missed(drawn)
    return total


def tallies_by(word: str, judged: Iterable[Judged], missed: Iterable[Missed], step: int) -> dict[Any, Tally]:
    """One Tally for each value of ``word``, which both kinds of groups have."""
    found: dict[Any, Tally] = {}
    for group in judged:
        found.setdefault(getattr(group, word), Tally()).add_judged(group, step)
    for drawn in missed:
        found.setdefault(getattr(drawn, word), Tally()).add_missed(drawn)
    return found
