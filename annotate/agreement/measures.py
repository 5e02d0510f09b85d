"""How much people agree: overlap of what they matched, F1, Krippendorff's alpha; in all, by person, class, pair, frame.

Pure. Names of labels are compared as they are given: fold their case before.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from .alpha import alpha
from .matching import Drawn, Group, groups_of, labels_in

ABSENT = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """A frame as several people labelled it. ``people``: all who looked, also those who drew nothing."""

    frame: int
    people: tuple[int, ...]
    boxes: tuple[Drawn, ...]

    def groups(self) -> list[Group]:
        return groups_of(self.boxes)


@dataclass(slots=True)
class Score:
    """Of pairs of people. ``same``: objects that both drew under the same name; ``one``, ``other``: boxes of each."""

    same: int = 0
    one: int = 0
    other: int = 0
    overlap: float = 0.0
    matched: int = 0

    @property
    def f1(self) -> float | None:
        """1: the same objects under the same names. None where nobody drew anything."""
        return 2 * self.same / (self.one + self.other) if self.one + self.other else None

    @property
    def iou(self) -> float | None:
        """Mean overlap of the objects that both drew, whatever they call them."""
        return self.overlap / self.matched if self.matched else None

    def add(self, more: "Score", *, swapped: bool = False) -> None:
        self.same += more.same
        self.one += more.other if swapped else more.one
        self.other += more.one if swapped else more.other
        self.overlap += more.overlap
        self.matched += more.matched


@dataclass(slots=True)
class Measures:
    """``pairs``: by two people, the smaller id first. ``classes``: by name. ``frames``: all pairs together. ``looked``:
    on how many frames a person was compared. ``alphas``: by person, of what they say of each object paired with what
    each of the others says of it, so that whoever differs from all the others stands out."""

    whole: Score = field(default_factory=Score)
    alpha: float | None = None
    pairs: dict[tuple[int, int], Score] = field(default_factory=dict)
    classes: dict[str, "ClassMeasures"] = field(default_factory=dict)
    frames: dict[int, Score] = field(default_factory=dict)
    looked: dict[int, int] = field(default_factory=dict)
    alphas: dict[int, float | None] = field(default_factory=dict)

    def of_person(self, person: int) -> Score:
        """Their boxes as ``one``, those of the others as ``other``."""
        total = Score()
        for (first, second), score in self.pairs.items():
            if person in (first, second):
                total.add(score, swapped=person == second)
        return total


@dataclass(slots=True)
class ClassMeasures:
    """``alpha`` of this class against the rest."""

    boxes: int
    score: Score
    alpha: float | None


def measures_of(looks: Sequence[Looked]) -> Measures:
    found = Measures()
    units: list[tuple[str, ...]] = []
    said_with: dict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
    by_class: dict[str, Score] = defaultdict(Score)
    counts: dict[str, int] = defaultdict(int)
    for look in looks:
        groups = look.groups()
        for group in groups:
            said = labels_in(group, look.people, absent=ABSENT)
            units.append(tuple(said.values()))
            for one, other in combinations(look.people, 2):
                both = said[one], said[other]
                said_with[one][both] += 1
                said_with[other][both] += 1
        of_frame = found.frames.setdefault(look.frame, Score())
        for person in look.people:
            found.looked[person] = found.looked.get(person, 0) + 1
        for pair in combinations(sorted(look.people), 2):
            score = score_of(groups, *pair)
            found.pairs.setdefault(pair, Score()).add(score)
            of_frame.add(score)
            found.whole.add(score)
            for name, part in by_name(groups, *pair).items():
                by_class[name].add(part)
        for box in look.boxes:
            counts[box.label] += 1
    found.alpha = alpha(units)
    found.alphas = {person: alpha(said_with[person].elements()) for person in found.looked}
    for name, count in counts.items():
        against_rest = alpha([tuple(said == name for said in unit) for unit in units])
        found.classes[name] = ClassMeasures(count, by_class[name], against_rest)
    return found


def score_of(groups: Iterable[Group], first: int, second: int) -> Score:
    score = Score()
    for group in groups:
        boxes = {box.person: box for box in group}
        one, other = boxes.get(first), boxes.get(second)
        score.one += one is not None
        score.other += other is not None
        if one is not None and other is not None:
            score.same += one.label == other.label
            score.overlap += one.edges.iou(other.edges)
            score.matched += 1
    return score


def by_name(groups: Iterable[Group], first: int, second: int) -> dict[str, Score]:
    """As ``score_of``, for each name that one of the two gave: what they call differently is missed by both."""
    found: dict[str, Score] = defaultdict(Score)
    for group in groups:
        boxes = {box.person: box for box in group}
        one, other = boxes.get(first), boxes.get(second)
        if one is not None:
            found[one.label].one += 1
        if other is not None:
            found[other.label].other += 1
        if one is not None and other is not None and one.label == other.label:
            score = found[one.label]
            score.same += 1
            score.overlap += one.edges.iou(other.edges)
            score.matched += 1
    return found
