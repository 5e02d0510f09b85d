"""Reading what people drew in their copies, to be compared with each other, with gold frames, and to be merged."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..geometry import Edges
from ..models import Box, Frame, Project
from ..review.independent import FEWEST, wanted_in
from .copies import Copy, copies_of
from .matching import Drawn
from .measures import Looked, Measures, Score, measures_of, score_of

MOST_COMPARED = 500
"""Images up to which figures are counted while the reader waits: the last ones in the order of the project."""
AT_ONCE = 500
GOLD = 0
"""The "person" whose boxes gold frames have: no account has this id."""


@dataclass(frozen=True, slots=True)
class Pile:
    """An original and its copies. ``copies``: by person, their frame and whether they have finished it. ``wanted``: how
    many people label it before it is merged."""

    original: Frame
    copies: dict[int, tuple[int, bool]]
    wanted: int = FEWEST

    @property
    def finished(self) -> tuple[int, ...]:
        return tuple(sorted(person for person, (_frame, is_done) in self.copies.items() if is_done))

    @property
    def is_comparable(self) -> bool:
        return len(self.finished) >= FEWEST

    @property
    def is_ready(self) -> bool:
        """To be merged: everybody who was asked has finished, and they are as many as are wanted."""
        return len(self.finished) == len(self.copies) >= self.wanted

    @property
    def is_short(self) -> bool:
        """Fewer people were asked for it than are wanted. Gold images are there to measure whoever is asked."""
        return len(self.copies) < self.wanted and not self.original.is_gold


@dataclass(frozen=True, slots=True)
class Comparison:
    """``gold``: by person, their boxes (``one``) against those of the gold frames (``other``), and on how many."""

    looks: dict[int, Looked]
    measures: Measures
    gold: dict[int, Score]
    gold_frames: dict[int, int]
    left_out: int


def piles_in(project: Project, copies: Sequence[Copy] | None = None) -> list[Pile]:
    """Every original that a copy has, in the order of the project. Two queries, and those of ``copies_of``."""
    people = {copy.project.pk: copy.person.pk for copy in (copies_of(project) if copies is None else copies)}
    by_original: dict[str, dict[int, tuple[int, bool]]] = defaultdict(dict)
    rows = Frame.objects.filter(project__in=people).order_by("pk")
    for pk, owner, original, status in rows.values_list("pk", "project_id", "original_md5", "status"):
        by_original[original][people[owner]] = (pk, status in Frame.DONE)
    copied = Frame.objects.filter(project__copy_of=project).values("original_md5")
    originals = project.frames.filter(original_md5__in=copied).order_by("source", "index", "pk")
    wanted = wanted_in(project)
    return [
        Pile(frame, by_original[frame.original_md5], wanted)
        for frame in originals
        if frame.original_md5 in by_original
    ]


def waiting_in(piles: Sequence[Pile]) -> dict[str, int]:
    """How many are not ready to be merged: ``short`` were given to too few people, ``waiting`` for somebody who was
    asked."""
    short = sum(pile.is_short for pile in piles)
    return {"short": short, "waiting": sum(not pile.is_ready and not pile.is_short for pile in piles)}


def looks_at(piles: Sequence[Pile]) -> dict[int, Looked]:
    """By the id of the original, what those who have finished drew on it. A query per AT_ONCE frames."""
    wanted = [(pile, person, pile.copies[person][0]) for pile in piles for person in pile.finished]
    drawn = boxes_on([frame for _pile, _person, frame in wanted])
    boxes: dict[int, list[Drawn]] = defaultdict(list)
    for pile, person, frame in wanted:
        boxes[pile.original.pk] += [Drawn(person, name, edges) for name, edges in drawn[frame]]
    return {
        pile.original.pk: Looked(pile.original.pk, pile.finished, tuple(boxes[pile.original.pk]))
        for pile in piles
    }


def boxes_on(frames: Sequence[int]) -> dict[int, list[tuple[str, Edges]]]:
    """By frame, the folded names and edges of its accepted boxes."""
    found: dict[int, list[tuple[str, Edges]]] = defaultdict(list)
    for start in range(0, len(frames), AT_ONCE):
        rows = Box.objects.filter(
            frame__in=frames[start : start + AT_ONCE],
            deleted_revision__isnull=True,
            status=Box.Status.ACCEPTED,
        ).order_by("frame_id", "created_revision", "pk")
        for frame, name, *edges in rows.values_list("frame_id", "label__name", "x1", "y1", "x2", "y2"):
            found[frame].append((name.casefold(), Edges(*edges)))
    return found


def compare(project: Project, piles: Sequence[Pile]) -> Comparison:
    """Among the people on what at least two have finished, and with the gold frames on what anybody has."""
    comparable = [pile for pile in piles if pile.is_comparable]
    shown = comparable[-MOST_COMPARED:]
    looks = looks_at(shown)
    gold, gold_frames = against_gold(piles)
    return Comparison(
        looks, measures_of(list(looks.values())), gold, gold_frames, len(comparable) - len(shown)
    )


def against_gold(piles: Sequence[Pile]) -> tuple[dict[int, Score], dict[int, int]]:
    """By person: the score, and the number of gold frames."""
    measured = [
        pile
        for pile in piles
        if pile.original.is_gold and pile.original.status in Frame.DONE and pile.finished
    ][-MOST_COMPARED:]
    looks = looks_at(measured)
    truth = boxes_on([pile.original.pk for pile in measured])
    scores: dict[int, Score] = defaultdict(Score)
    frames: dict[int, int] = defaultdict(int)
    for pile in measured:
        right = [Drawn(GOLD, name, edges) for name, edges in truth[pile.original.pk]]
        look = looks[pile.original.pk]
        for person in look.people:
            own = [box for box in look.boxes if box.person == person]
            alone = Looked(pile.original.pk, (GOLD, person), (*right, *own))
            scores[person].add(score_of(alone.groups(), person, GOLD))
            frames[person] += 1
    return dict(scores), dict(frames)
