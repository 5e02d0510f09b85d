"""All live boxes of a frame at one revision."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import FilteredRelation, Q

from annotate.models import Frame

from .operations import BoxState
from .protocol import encode, wire_box
from .records import BOX_COLUMNS, state_of
from .submit import FrameMissing

PART_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Snapshot:
    frame_id: int
    epoch: UUID
    revision: int
    boxes: tuple[BoxState, ...]


def snapshot_of(frame_id: int) -> Snapshot:
    """Boxes and revision by one statement, hence of one moment. Raises FrameMissing."""
    rows = list(
        Frame.objects.filter(pk=frame_id)
        .annotate(live=FilteredRelation("boxes", condition=Q(boxes__deleted_revision__isnull=True)))
        .order_by("live__created_revision", "live__id")
        .values_list("epoch", "revision", *(f"live__{column}" for column in BOX_COLUMNS))
    )
    if not rows:
        raise FrameMissing(frame_id)
    boxes = tuple(state_of(row[2:]) for row in rows if row[2] is not None)
    return Snapshot(frame_id, rows[0][0], rows[0][1], boxes)


def snapshot_texts(snapshot: Snapshot) -> list[str]:
    """The ``snapshot`` messages, each of about PART_BYTES at most."""
    parts: list[list[bytes]] = [[]]
    size = 0
    for box in snapshot.boxes:
        encoded = encode(wire_box(box))
        if parts[-1] and size + len(encoded) > PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(encoded)
        size += len(encoded) + 1
    head = b'{"t":"snapshot","head":%d,"part":%d,"parts":%d,"boxes":[%b]}'
    return [
        (head % (snapshot.revision, index, len(parts), b",".join(part))).decode()
        for index, part in enumerate(parts)
    ]
