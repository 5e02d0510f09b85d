"""What detections left in the log of a frame."""

from collections.abc import Iterable
from uuid import UUID

from ..models import Operation
from ..sync.operations import BoxState

DETECTED, TAKEN_BACK = "detect:", "undetect:"
"""How their gestures begin, and those of taking them back."""


def gesture_of(detection: UUID) -> str:
    """Of all that it did to a frame."""
    return f"{DETECTED}{detection.hex}"


def undo_gesture_of(detection: UUID) -> str:
    return f"{TAKEN_BACK}{detection.hex}"


def brought_back(frame_id: int, boxes: Iterable[BoxState]) -> frozenset[UUID]:
    """Those of the living that were replaced by a detection and restored when it was taken back: by a machine, so that
    nobody has touched them by that. One query, and none where nothing was restored."""
    restored = {
        box.id: box.versions["deleted"]
        for box in boxes
        if box.source == "model" and box.versions.get("deleted", 0) > box.created_revision
    }
    if not restored:
        return frozenset()
    by_machines = Operation.objects.filter(
        frame=frame_id, revision__gte=min(restored.values()), kind=Operation.Kind.RESTORE, origin="model"
    )
    rows = by_machines.order_by().values_list("box_id", "revision")
    return frozenset(box for box, revision in rows if restored.get(box) == revision)


def is_outdated(frame_id: int, revision: int) -> bool:
    """Whether another detection, which stands, changed the frame after ``revision``."""
    later = Operation.objects.filter(frame=frame_id, revision__gt=revision, origin="model").order_by()
    gestures = set(later.values_list("gesture", flat=True).distinct())
    undone = {one.removeprefix(TAKEN_BACK) for one in gestures if one.startswith(TAKEN_BACK)}
    return any(one.removeprefix(DETECTED) not in undone for one in gestures if one.startswith(DETECTED))
