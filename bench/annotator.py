"""A simulated annotator: knows the true boxes, looks at the proposals, and says what a person would do. Pure.

It is a model of a person, not a person. What an act takes is a cost model in the manner of the keystroke-level model,
with figures from papers: see docs/loop.md.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotate.geometry import Edges
from bench.bccd import TrueBox

SAME = 0.75
"""IoU from which a person leaves a box as it is."""
NEAR = 0.5
"""IoU from which a person moves edges rather than rejecting and drawing anew; also what counts as found."""


class Act(StrEnum):
    DRAW = "draw"
    ACCEPT = "accept"
    REJECT = "reject"
    ADJUST = "adjust"
    RELABEL = "relabel"
    REDO = "relabel and adjust"


SECONDS: dict[Act, float] = {
    Act.DRAW: 7.0,  # four extreme clicks, Papadopoulos et al., ICCV 2017
    Act.ACCEPT: 1.6,  # a yes or no, Papadopoulos et al., CVPR 2016
    Act.REJECT: 1.6,
    Act.ADJUST: 5.0,  # assumed: less than drawing, more than a verdict
    Act.RELABEL: 3.0,  # assumed: a verdict and a key
    Act.REDO: 8.0,
}
CORRECTIONS = (Act.ADJUST, Act.RELABEL, Act.REDO)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal as the annotator sees it. ``box``: its id; edges in image pixels."""

    box: str
    name: str
    edges: Edges


@dataclass(frozen=True, slots=True)
class Step:
    """``box``: id of a proposal, "" for a new one. ``true``: what it becomes, None for a rejection."""

    act: Act
    box: str = ""
    true: TrueBox | None = None

    @property
    def ms(self) -> int:
        return round(SECONDS[self.act] * 1000)


@dataclass(frozen=True, slots=True)
class Pair:
    """A proposal and the true box that it means."""

    proposed: Proposed
    true: TrueBox
    iou: float

    @property
    def is_found(self) -> bool:
        """The right class at the right place."""
        return self.proposed.name == self.true.name and self.iou >= NEAR


def pairs_of(proposals: Sequence[Proposed], truth: Sequence[TrueBox]) -> list[Pair]:
    """Each proposal and each true box at most once: those of one class first, then the closest."""
    possible = [
        (one.name == true.name, one.edges.iou(true.edges), row, column)
        for row, one in enumerate(proposals)
        for column, true in enumerate(truth)
    ]
    pairs: list[Pair] = []
    rows: set[int] = set()
    columns: set[int] = set()
    for _, iou, row, column in sorted(possible, key=lambda one: (not one[0], -one[1], one[2:])):
        if iou >= NEAR and row not in rows and column not in columns:
            pairs.append(Pair(proposals[row], truth[column], iou))
            rows.add(row)
            columns.add(column)
    return pairs


def act_for(pair: Pair) -> Act:
    is_close = pair.iou >= SAME
    if pair.proposed.name == pair.true.name:
        return Act.ACCEPT if is_close else Act.ADJUST
    return Act.RELABEL if is_close else Act.REDO


def steps_for(proposals: Sequence[Proposed], truth: Sequence[TrueBox]) -> list[Step]:
    """What is wrong of the proposals, in their order; then what nobody proposed is drawn; then all that is left is
    accepted, with one key (Shift+J)."""
    pairs = pairs_of(proposals, truth)
    by_box = {pair.proposed.box: pair for pair in pairs}
    met = {id(pair.true) for pair in pairs}
    verdicts = [
        Step(act_for(by_box[one.box]), one.box, by_box[one.box].true)
        if one.box in by_box
        else Step(Act.REJECT, one.box)
        for one in proposals
    ]
    drawn = [Step(Act.DRAW, true=true) for true in truth if id(true) not in met]
    accepted = [step for step in verdicts if step.act is Act.ACCEPT]
    return [step for step in verdicts if step.act is not Act.ACCEPT] + drawn + accepted


def actions_of(steps: Sequence[Step]) -> int:
    """What a hand does for them on one frame."""
    others = sum(step.act is not Act.ACCEPT for step in steps)
    return others + (len(steps) > others)


@dataclass(frozen=True, slots=True)
class Tally:
    """Over frames. ``acts``: on boxes. ``actions``: of a hand, which accepts all that is right on a frame at once.
    ``precision`` and ``recall`` of the proposals: right class, IoU of NEAR at least."""

    frames: int
    acts: Counter[Act]
    actions: int
    seconds: float
    proposals: int
    found: int
    truths: int

    @property
    def precision(self) -> float:
        return self.found / self.proposals if self.proposals else float("nan")

    @property
    def recall(self) -> float:
        return self.found / self.truths if self.truths else float("nan")

    def of(self, *acts: Act) -> int:
        return sum(self.acts[act] for act in acts)


def tally_of(frames: Iterable[tuple[Sequence[Proposed], Sequence[TrueBox], Sequence[Step]]]) -> Tally:
    acts: Counter[Act] = Counter()
    count = actions = proposals = found = truths = 0
    for proposed, truth, steps in frames:
        count += 1
        acts.update(step.act for step in steps)
        actions += actions_of(steps)
        proposals += len(proposed)
        truths += len(truth)
        found += sum(pair.is_found for pair in pairs_of(proposed, truth))
    seconds = sum(SECONDS[act] * number for act, number in acts.items())
    return Tally(count, acts, actions, seconds, proposals, found, truths)
