"""What to do with what a model found on a frame that people work on. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from ..geometry import MIN_SIDE_PX, Edges
from ..queue.scoring import OVERTAKEN
from ..sync.apply import edges_of
from ..sync.operations import EDGES, FIELDS, BoxState

SAME_OBJECT_IOU = 0.7
"""Boxes of one label that overlap this much mean the same object (field.md 4.4)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A box that a model found: edges in image pixels, the model's own word for it."""

    edges: Edges
    class_name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Promise:
    """Of a class: from ``threshold`` on what it finds is right often enough that nobody has to look, as long as its
    boxes get ``label`` (learning.calibration)."""

    label: int
    threshold: float


NOTHING_PROMISED: Mapping[str, Promise] = MappingProxyType({})
NOBODY_LATER: Mapping[UUID, Collection[int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class NewProposal:
    """``is_accepted``: so sure that nobody is asked."""

    edges: Edges
    label: int
    class_name: str
    confidence: float
    is_accepted: bool = False

    @property
    def status(self) -> str:
        return "accepted" if self.is_accepted else "proposed"


@dataclass(frozen=True, slots=True)
class Plan:
    """``replaced``: ids of older proposals that go. ``left_out``: how many candidates by reason."""

    proposals: tuple[NewProposal, ...]
    replaced: tuple[UUID, ...]
    left_out: dict[str, int]


def plan_for(
    candidates: Iterable[Candidate],
    boxes: Sequence[BoxState],
    *,
    labels: Mapping[str, int | None],
    looked_for: Collection[str],
    width: int,
    height: int,
    promises: Mapping[str, Promise] = NOTHING_PROMISED,
    brought_back: Collection[UUID] = (),
    later: Mapping[UUID, Collection[int]] = NOBODY_LATER,
) -> Plan:
    """``boxes``: all of the frame that are alive. ``labels``: by class name, None for what is not wanted.
    ``looked_for``: the class names that the model could have answered with.
    ``brought_back``: those that were replaced once and restored when that was taken back (take_back.py).
    ``later``: see later.py.

    What a person drew, accepted, moved or rejected stays, and keeps a proposal of the same object away. What an earlier
    run proposed, or accepted without a person, and nobody touched goes, unless it is proposed again exactly as it was.
    Only under labels that were looked for: a run that looks for persons says nothing of the cars that are proposed.
    And only what was asked for before: where a later request has answered, nothing is added to it.
    """
    left_out: Counter[str] = Counter()
    settled = {label for answered in later.values() for label in answered}
    answerable = {labels.get(name) for name in looked_for} - settled
    stale = {
        box.id: box
        for box in boxes
        if box.fields["label"] in answerable
        and box.detection not in later
        and is_untouched_proposal(box, is_back=box.id in brought_back)
    }
    kept = [box for box in boxes if box.id not in stale]
    proposals: list[NewProposal] = []
    for candidate in candidates:
        label = labels.get(candidate.class_name)
        edges = clamped(candidate.edges, width, height)
        if label is None:
            left_out["unmapped"] += 1
        elif edges is None:
            left_out["too_small"] += 1
        elif label in settled:
            left_out[OVERTAKEN] += 1
        elif any(is_same_object(box, edges, label) for box in kept):
            left_out["already_there"] += 1
        else:
            is_sure = is_promised(promises.get(candidate.class_name), label, candidate.confidence)
            new = NewProposal(edges, label, candidate.class_name, candidate.confidence, is_sure)
            if same := same_proposal(stale.values(), new):
                left_out["unchanged"] += 1
                kept.append(stale.pop(same))
            else:
                proposals.append(new)
    return Plan(tuple(proposals), tuple(stale), dict(left_out))


def is_untouched_proposal(box: BoxState, *, is_back: bool = False) -> bool:
    """As the model made it: no field was written since, not even by an undo. ``is_back``: a machine restored it."""
    since = box.versions.get("deleted") if is_back else box.created_revision
    is_of_model = box.source == "model" and (box.fields["status"] == "proposed" or is_accepted_alone(box))
    return is_of_model and all(box.versions.get(name) == since for name in FIELDS)


def is_accepted_alone(box: BoxState) -> bool:
    """Accepted when it was made, by a detection. An imported box has no detection, a restored one has an author."""
    is_accepted = box.fields["status"] == "accepted" and box.authored.get("status") == box.created_revision
    return is_accepted and box.source == "model" and box.detection is not None and box.created_by is None


def is_promised(promise: Promise | None, label: int, confidence: float) -> bool:
    return promise is not None and promise.label == label and confidence >= promise.threshold


def is_same_object(box: BoxState, edges: Edges, label: int) -> bool:
    return box.fields["label"] == label and edges_of(box).iou(edges) >= SAME_OBJECT_IOU


def same_proposal(boxes: Iterable[BoxState], new: NewProposal) -> UUID | None:
    for box in boxes:
        same_edges = all(box.fields[name] == getattr(new.edges, name) for name in EDGES)
        same_fields = box.fields["label"] == new.label and box.fields["status"] == new.status
        if same_edges and same_fields and box.confidence == new.confidence:
            return box.id
    return None


def clamped(edges: Edges, width: int, height: int) -> Edges | None:
    """The part inside the image; None when less than a pixel is left."""
    x1, x2 = max(0.0, edges.x1), min(float(width), edges.x2)
    y1, y2 = max(0.0, edges.y1), min(float(height), edges.y2)
    return Edges(x1, y1, x2, y2) if x2 - x1 >= MIN_SIDE_PX and y2 - y1 >= MIN_SIDE_PX else None


def uncertainty_of(confidences: Sequence[float]) -> float | None:
    """0 (the model is sure of every box) to 0.5 (of none); None without a box. mlops.md 4.3."""
    if not confidences:
        return None
    return 0.5 * sum(1 - abs(2 * p - 1) for p in confidences) / len(confidences)
