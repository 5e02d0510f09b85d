"""Which boxes of different people mean the same object. Pure.

Pairs are taken in the order of their overlap, the best first, as long as no group gets two boxes of one person; that is
how COCO matches too, for any number of people. Labels play no part: two who name one object differently disagree about
its name, not about its being there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ..geometry import Edges

MIN_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box that somebody drew. ``person``: any number that tells people apart; ``label``: its name."""

    person: int
    label: str
    edges: Edges


Group = tuple[Drawn, ...]
"""What is one object to those who drew it: at most one box of each person, in the order of people."""


def groups_of(boxes: Sequence[Drawn], *, min_iou: float = MIN_IOU) -> list[Group]:
    """Every box is in exactly one group; one that nobody else drew is alone. In the order of their first boxes."""
    group_of = list(range(len(boxes)))
    members: dict[int, list[int]] = {index: [index] for index in group_of}
    for _overlap, first, second in sorted(pairs_of(boxes, min_iou), key=lambda pair: (-pair[0], *pair[1:])):
        one, other = group_of[first], group_of[second]
        people = [boxes[index].person for index in (*members[one], *members[other])]
        if one == other or len(set(people)) < len(people):
            continue
        for index in members[other]:
            group_of[index] = one
        members[one] += members.pop(other)
    found = sorted(members.values(), key=min)
    return [tuple(sorted((boxes[index] for index in group), key=lambda box: box.person)) for group in found]


def pairs_of(boxes: Sequence[Drawn], min_iou: float) -> list[tuple[float, int, int]]:
    """Overlap and indices of boxes of two people that overlap enough. Sweeps to the right: far ones never meet."""
    order = sorted(range(len(boxes)), key=lambda index: boxes[index].edges.x1)
    pairs, open_boxes = [], list[int]()
    for index in order:
        box = boxes[index]
        open_boxes = [other for other in open_boxes if boxes[other].edges.x2 > box.edges.x1]
        for other in open_boxes:
            if boxes[other].person != box.person:
                overlap = boxes[other].edges.iou(box.edges)
                if overlap >= min_iou:
                    pairs.append((overlap, min(index, other), max(index, other)))
        open_boxes.append(index)
    return pairs


def overlaps_in(group: Group) -> list[float]:
    """IoU of every pair in it."""
    return [one.edges.iou(other.edges) for one, other in combinations(group, 2)]


def labels_in(group: Group, people: Sequence[int], *, absent: str = "") -> dict[int, str]:
    """What each of ``people`` calls it; ``absent`` where they did not draw it."""
    said: Mapping[int, str] = {box.person: box.label for box in group}
    return {person: said.get(person, absent) for person in people}
