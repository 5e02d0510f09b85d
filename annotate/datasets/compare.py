"""What became of the boxes between two versions, frame by frame, by the id of each box. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .formats.records import BoxRecord, FrameRecord

ADDED, REMOVED, MOVED, RELABELLED, JUDGED, OTHER = (
    "added",
    "removed",
    "moved",
    "relabelled",
    "judged",
    "other",
)
KINDS = (ADDED, REMOVED, MOVED, RELABELLED, JUDGED, OTHER)
"""``judged``: accepted, rejected or rated otherwise. ``other``: attributes, stacking, track."""


@dataclass(frozen=True, slots=True)
class BoxChange:
    """``kinds``: of KINDS, in that order; never empty. ``iou``: between before and after, of one that moved."""

    kinds: tuple[str, ...]
    before: BoxRecord | None
    after: BoxRecord | None
    iou: float | None = None

    @property
    def box(self) -> BoxRecord:
        """As it is, or was."""
        found = self.after or self.before
        assert found is not None  # noqa: S101  (one of them is there by construction)
        return found

    @property
    def model(self) -> str:
        """Whose proposal it was; "" for a box that a person drew."""
        return str(self.box.extra.get("model") or "?") if self.box.source == "model" else ""


@dataclass(frozen=True, slots=True)
class FrameChange:
    """``before`` or ``after`` None: the frame is not in that version."""

    frame_id: int
    before: FrameRecord | None
    after: FrameRecord | None
    boxes: tuple[BoxChange, ...]

    @property
    def record(self) -> FrameRecord:
        found = self.after or self.before
        assert found is not None  # noqa: S101  (one of them is there by construction)
        return found

    @property
    def counts(self) -> Counter[str]:
        return Counter(kind for change in self.boxes for kind in change.kinds)


@dataclass(slots=True)
class Sums:
    """Boxes by what became of them: in all, per person and per model (by name)."""

    kinds: Counter[str] = field(default_factory=Counter)
    people: dict[str, Counter[str]] = field(default_factory=dict)
    models: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, change: FrameChange, who: Mapping[str, str]) -> None:
        """``who``: the name of whoever changed a box last, by its id, "" for nobody that is known. Without one, whoever
        made it; but nobody removed a box whose image is gone."""
        for box in change.boxes:
            self.kinds.update(box.kinds)
            person = who.get(box.box.id, box.box.author if box.after else "")
            if person:
                self.people.setdefault(person, Counter()).update(box.kinds)
            if box.model:
                self.models.setdefault(box.model, Counter()).update(box.kinds)


def compared(frame_id: int, before: FrameRecord | None, after: FrameRecord | None) -> FrameChange:
    return FrameChange(frame_id, before, after, tuple(box_changes(boxes_of(before), boxes_of(after))))


def boxes_of(record: FrameRecord | None) -> dict[str, BoxRecord]:
    return {box.id: box for box in record.boxes} if record else {}


def box_changes(before: Mapping[str, BoxRecord], after: Mapping[str, BoxRecord]) -> Iterator[BoxChange]:
    """Those that are gone first, in the order of before; then the others, in the order of after."""
    for box_id, box in before.items():
        if box_id not in after:
            yield BoxChange((REMOVED,), box, None)
    for box_id, box in after.items():
        known = before.get(box_id)
        if known is None:
            yield BoxChange((ADDED,), None, box)
        elif kinds := tuple(kinds_of(known, box)):
            yield BoxChange(kinds, known, box, known.edges.iou(box.edges) if MOVED in kinds else None)


def kinds_of(before: BoxRecord, after: BoxRecord) -> Iterator[str]:
    if before.edges != after.edges:
        yield MOVED
    if before.label != after.label:
        yield RELABELLED
    if (before.status, before.feedback) != (after.status, after.feedback):
        yield JUDGED
    if (before.attributes, before.z, before.track) != (after.attributes, after.z, after.track):
        yield OTHER
